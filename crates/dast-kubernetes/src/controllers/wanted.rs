//! What is wanted of a target now: what it is, and how it is to be scanned, or why it is not.

use dast_core::discovery::{DiscoveredTarget, ObjectName, TargetId};
use dast_core::scan::{DueSettings, Schedule, ScheduleError};
use dast_policy::{Origin, Profile, Revision};
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Resource, ResourceExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::definition::{is_of_another_port, own_document};
use super::scanner::{self, Remark};
use super::settings::Settings;
use super::subject::Subject;
use crate::crd::{
    Dast, ProfileName, Rescan, ScanProfile, ScanTargetSpec, ScannerRef, ServicePort, TargetExposure,
    TimeSpan, ZapMode,
};
use crate::known::Known;

/// What is wanted of a target now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    /// Whose it is: with it, the target goes.
    pub(crate) owner: OwnerReference,
    /// What its ScanTarget says.
    pub(crate) spec: ScanTargetSpec,
    /// Whether something runs behind it that can be ready and has revisions.
    pub(crate) has_workload: bool,
    /// Whether it is ready.
    pub(crate) is_ready: bool,
    /// What runs now.
    pub(crate) revision: Option<Revision>,
    /// Where its Service leads, as a hash.
    pub(crate) service_hash: Option<String>,
    /// How it is to be scanned, or why it must not be.
    pub(crate) scan: Result<Scan, Remark>,
    /// What else is to be told of it.
    pub(crate) remarks: Vec<Remark>,
}

/// How a target is to be scanned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scan {
    /// The Dast.
    pub(crate) scanner: ObjectName,
    /// What a scan does; its name and its time are there.
    pub(crate) what: ScanProfile,
    /// The same as evidence has it: its name, and a hash over all that changes what can be found.
    pub(crate) profile: Profile,
    /// The ZAP, unless the built-in engine scans.
    pub(crate) zap: Option<Zap>,
    /// The image of the analyzer.
    pub(crate) analyzer_image: String,
    /// When it is due.
    pub(crate) due: DueSettings,
    /// Whether no new scans are begun.
    pub(crate) suspended: bool,
}

/// A ZAP, as far as people may choose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zap {
    /// Its image.
    pub(crate) image: String,
    /// Its options, those that are not accepted left out.
    pub(crate) options: Vec<String>,
    /// Whether it is the one that its Dast shares, and not one of the scan's own.
    pub(crate) is_shared: bool,
}

/// A scan is asked to visit no more places than this, so that what it rests on fits into a status.
const MOST_EXPOSURES: usize = 64;
const MOST_EXPOSURE_BYTES: usize = 16 * 1024;

impl Wanted {
    /// What is wanted of the ScanTarget of this name; `None` if it is to be no more.
    pub(crate) fn of(name: &ObjectName, known: &Known, settings: &Settings) -> Option<Self> {
        match Subject::of(name)? {
            Subject::Port(id) => Self::of_port(&id, known, settings),
            Subject::External(name) => Self::of_external(&name, known, settings),
        }
    }

    fn of_port(id: &TargetId, known: &Known, settings: &Settings) -> Option<Self> {
        let index = known.index();
        let discovered = index.target(id)?.clone();
        let service = index.service(&id.service)?.clone();
        drop(index);
        let port = service.ports.iter().find(|port| port.port == id.port)?;
        let resolved = scanner::of_wishes(discovered.wishes(), &id.service.namespace, known, settings);
        let (exposures, left_out) = exposures(&discovered);
        let mut remarks: Vec<Remark> = discovered.notices().map(Remark::from).collect();
        if left_out > 0 {
            let message = format!("{left_out} places of routes are not scanned: there are too many");
            remarks.push(Remark::new("TooManyNames", message));
        }
        let spec = ScanTargetSpec {
            service: Some(ServicePort {
                name: id.service.name.to_string(),
                port: id.port,
                port_name: Some(port.name.to_string()).filter(|name| !name.is_empty()),
                uid: Some(service.uid.to_string()),
            }),
            url: None,
            origin: discovered.origin().to_string(),
            exposures,
            scanner: scanner_ref(&resolved.name),
        };
        let scan = match (discovered.refusal(), resolved.dast) {
            (Some(problem), _) => Err(Remark::from(problem)),
            (None, Err(remark)) => Err(remark),
            (None, Ok(dast)) => {
                let wishes = discovered.wishes();
                let owner_agrees = discovered.provenance().annotation;
                let names = names_of(&id.service, &settings.discovery.cluster_domain);
                // The Service has one annotation for all of its ports.
                let ports: Vec<u16> = service.ports.iter().map(|port| port.port).collect();
                let is_here = |url: &&Url| !is_of_another_port(url, &names, id.port, &ports);
                let openapi = wishes.openapi.as_ref().filter(is_here).map(ToString::to_string);
                let choice = Choice {
                    dast: &dast,
                    name: &resolved.name,
                    owner_agrees,
                    is_outside: false,
                    openapi,
                    origin: discovered.origin(),
                    names: &names,
                };
                let image = settings.analyzer_image(wishes.image.as_deref());
                let image = image.map_err(|error| {
                    Remark::new("ImageNotAllowed", format!("annotation `analyzer_image`: {error}"))
                });
                image.and_then(|image| {
                    choice.settle(&id.service.namespace, image.to_owned(), settings, &mut remarks)
                })
            }
        };
        Some(Self {
            owner: OwnerReference {
                api_version: "v1".to_owned(),
                kind: "Service".to_owned(),
                name: id.service.name.to_string(),
                uid: service.uid.to_string(),
                controller: Some(true),
                block_owner_deletion: None,
            },
            spec,
            has_workload: true,
            is_ready: discovered.is_ready(),
            revision: discovered.revision().cloned(),
            service_hash: Some(service.hash_of(port)),
            scan,
            remarks,
        })
    }

    fn of_external(name: &ObjectName, known: &Known, settings: &Settings) -> Option<Self> {
        let dasts = scanner::outside(name, known);
        let dast = dasts.first()?;
        let analyzer = dast.spec.analyzer.as_ref()?;
        let url = analyzer.target.clone()?;
        let mut remarks = Vec::new();
        let dast_name = ObjectName::new(name.namespace.clone(), dast.metadata.name.as_deref()?);
        let target = match dasts.get(1) {
            None => settings
                .external(&url)
                .map_err(|error| Remark::new("HostNotAllowed", format!("spec.analyzer.target: {error}"))),
            Some(other) => Err(Remark::new(
                "NoScanner",
                format!(
                    "there is more than one Dast in namespace `{}` whose `spec.analyzer.name` is `{}`, such as `{}` and `{}`",
                    name.namespace,
                    name.name,
                    dast_name.name,
                    other.name_any()
                ),
            )),
        };
        // An origin that cannot be is never asked for anything: the target is refused.
        let origin =
            target.as_ref().map_or("http://invalid".to_owned(), |target| target.origin().to_string());
        let scan = target.and_then(|target| {
            let wish = Some(analyzer.image.as_str()).filter(|image| !image.is_empty());
            let image = settings.analyzer_image(wish);
            let image = image
                .map_err(|error| Remark::new("ImageNotAllowed", format!("spec.analyzer.image: {error}")))?;
            let choice = Choice {
                dast,
                name: &dast_name,
                owner_agrees: true,
                is_outside: true,
                openapi: None,
                origin: target.origin(),
                names: &[],
            };
            choice.settle(&name.namespace, image.to_owned(), settings, &mut remarks)
        });
        Some(Self {
            owner: dast.controller_owner_ref(&())?,
            spec: ScanTargetSpec {
                service: None,
                url: Some(url),
                origin,
                exposures: Vec::new(),
                scanner: scanner_ref(&dast_name),
            },
            has_workload: false,
            is_ready: true,
            revision: None,
            service_hash: None,
            scan,
            remarks,
        })
    }
}

/// What a scanner, a target's owner and the configuration have to agree on.
struct Choice<'a> {
    dast: &'a Dast,
    name: &'a ObjectName,
    /// Whether the owner of what is scanned agrees to attacks.
    owner_agrees: bool,
    /// Whether it is outside of the cluster.
    is_outside: bool,
    openapi: Option<String>,
    /// Where it is scanned.
    origin: &'a Origin,
    /// The names of a Service in the cluster.
    names: &'a [String],
}

impl Choice<'_> {
    fn settle(
        &self,
        namespace: &str,
        analyzer_image: String,
        settings: &Settings,
        remarks: &mut Vec<Remark>,
    ) -> Result<Scan, Remark> {
        let spec = &self.dast.spec;
        let mut what = spec.profile.clone().unwrap_or_else(|| settings.profile.clone());
        if self.openapi.is_some() && what.name != Some(ProfileName::Passive) {
            what.openapi_url.clone_from(&self.openapi);
            what.name = Some(ProfileName::Api);
        }
        let may_attack = self.owner_agrees && settings.may_attack(namespace);
        let name = match what.name {
            Some(ProfileName::Passive) => ProfileName::Passive,
            Some(ProfileName::Baseline) => ProfileName::Baseline,
            asked @ (Some(ProfileName::Full | ProfileName::Api) | None) if may_attack => {
                asked.unwrap_or(ProfileName::Full)
            }
            Some(ProfileName::Full | ProfileName::Api) | None => {
                let missing = if self.owner_agrees {
                    "`allowed.activeNamespaces` of the configuration does not name this namespace"
                } else {
                    "the Service's owner has not asked for it by annotation"
                };
                remarks
                    .push(Remark::new("ActiveScanNotGranted", format!("it is scanned passively: {missing}")));
                ProfileName::Baseline
            }
        };
        what.name = Some(name);
        if !matches!(name, ProfileName::Full | ProfileName::Api) {
            (what.attack_strength, what.alert_threshold) = (None, None);
        }
        if name != ProfileName::Api {
            what.openapi_url = None;
        }
        what.openapi_url = what
            .openapi_url
            .map(|document| own_document(&document, self.origin, self.names))
            .transpose()
            .map_err(|error| Remark::new("DocumentNotAllowed", error))?;
        let timeout = SignedDuration::try_from(settings.scans.timeout).unwrap_or(SignedDuration::MAX);
        what.timeout.get_or_insert_with(|| TimeSpan::from(timeout));
        let due = due_settings(settings, spec.rescan.as_ref())
            .map_err(|error| Remark::new("InvalidValue", format!("spec.rescan of the scanner: {error}")))?;
        let zap = match name {
            ProfileName::Passive => None,
            ProfileName::Baseline | ProfileName::Full | ProfileName::Api => {
                let image = settings.zap_image(spec.zaproxy.image.as_deref());
                Some(image.map_err(|error| {
                    Remark::new("ImageNotAllowed", format!("spec.zaproxy.image: {error}"))
                })?)
            }
        };
        let (options, refused) = settings.zap_options(&spec.zaproxy.config);
        remarks.extend(
            refused.iter().map(|problem| Remark::new("OptionNotAllowed", format!("spec.zaproxy.{problem}"))),
        );
        let options = options.into_iter().map(str::to_owned).collect();
        // What is outside was looked up once, and leads there in the pod of a scan. A ZAP elsewhere would look it up by itself,
        // and whoever owns the name could lead it into the cluster.
        let is_shared = spec.zaproxy.mode() == ZapMode::Shared && !self.is_outside;
        let zap = zap.map(|image| Zap { image: image.to_owned(), options, is_shared });
        let profile = profile(name, &what, self.dast, zap.as_ref());
        let suspended = spec.suspend;
        Ok(Scan { scanner: self.name.clone(), what, profile, zap, analyzer_image, due, suspended })
    }
}

/// The names by which a Service is known in the cluster.
fn names_of(service: &ObjectName, domain: &str) -> [String; 4] {
    let ObjectName { namespace, name } = service;
    let short = format!("{name}.{namespace}");
    [format!("{short}.svc"), name.to_string(), format!("{short}.svc.{domain}"), short]
}

/// When it is due, as the scanner says where it does, and else as the installation does.
pub(super) fn due_settings(
    settings: &Settings,
    rescan: Option<&Rescan>,
) -> Result<DueSettings, ScheduleError> {
    let mut due = settings.due_settings();
    if let Some(interval) = rescan.and_then(|rescan| rescan.interval.as_ref()) {
        due.interval = Some(interval.as_str().parse()?);
    }
    if let Some((rescan, schedule)) = rescan.and_then(|rescan| Some((rescan, rescan.schedule.as_ref()?))) {
        due.schedule = Some(Schedule::new(schedule, rescan.time_zone.as_deref())?);
    }
    Ok(due)
}

/// The name of the profile, and a hash over all that changes what can be found. The image of the analyzer is not among it,
/// or each new version of this program would scan everything at once.
fn profile(name: ProfileName, what: &ScanProfile, dast: &Dast, zap: Option<&Zap>) -> Profile {
    let zap = zap.map(|zap| (&zap.image, &zap.options));
    let facts = json!({"what": what, "login": dast.spec.login, "zap": zap}).to_string();
    let hash = Sha256::digest(facts).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name = match name {
        ProfileName::Passive => "passive",
        ProfileName::Baseline => "baseline",
        ProfileName::Full => "full",
        ProfileName::Api => "api",
    };
    Profile { name: name.to_owned(), hash }
}

fn scanner_ref(name: &ObjectName) -> ScannerRef {
    ScannerRef { namespace: name.namespace.to_string(), name: name.name.to_string() }
}

/// The first places of a target, and how many are left out.
fn exposures(discovered: &DiscoveredTarget) -> (Vec<TargetExposure>, usize) {
    let all = discovered.exposures();
    let mut bytes = 0;
    let kept = all.iter().take(MOST_EXPOSURES).take_while(|exposure| {
        bytes += exposure.host.len() + exposure.path.len();
        bytes <= MOST_EXPOSURE_BYTES
    });
    let kept: Vec<TargetExposure> = kept
        .map(|exposure| TargetExposure { host: exposure.host.clone(), path: exposure.path.clone() })
        .collect();
    let left_out = all.len() - kept.len();
    (kept, left_out)
}

#[cfg(test)]
mod tests;
