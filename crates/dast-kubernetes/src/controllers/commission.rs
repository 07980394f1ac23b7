//! What a run's pod is told and given, from what is known and from the Secrets that it takes.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use dast_core::discovery::{Index, ObjectName, ServiceKind, TargetId, TargetPort};
use dast_policy::{Exposure, Origin, Revision};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::{Api, ResourceExt};
use secrecy::SecretString;

use super::context::Context;
use super::sharing;
use super::subject::Subject;
use super::wanted::{Scan, Wanted};
use crate::access::ServiceAccount;
use crate::configuration::check_external_address;
use crate::crd::{Dast, RunBasis, ScanRun, ScanTarget};
use crate::job::{Credentials, Dispatch, Engine, LOGIN_FOLDER, Objects, Reach, TOKEN_FILE};
use crate::order::{Delivery, Order, OrderedLogin, RunId};
use crate::refused::is_gone;

/// The objects of the attempt that a run is in, or why it cannot be made: which another look would not change.
pub(super) async fn objects(
    run: &ScanRun,
    wanted: &Wanted,
    context: &Context,
) -> kube::Result<Result<Objects, String>> {
    let namespace = run.namespace().unwrap_or_default();
    let name = ObjectName::new(namespace.as_str(), run.spec.target.as_str());
    let known = context.known();
    let (Ok(scan), Some(target)) = (&wanted.scan, known.targets.get(&name)) else {
        return Ok(Err("the target is no more, or refused".to_owned()));
    };
    let (Some(dast), Some(basis)) =
        (known.dasts.get(&scan.scanner), run.status.as_ref().and_then(|status| status.basis.as_ref()))
    else {
        return Ok(Err("the scanner is no more".to_owned()));
    };
    let place = match Place::of(&name, &wanted.spec.origin, context).await {
        Ok(place) => place,
        Err(why) => return Ok(Err(why)),
    };
    let key = match shared_key(&dast, scan, context).await? {
        Ok(key) => key,
        Err(why) => return Ok(Err(why)),
    };
    let credentials = match credentials(&namespace, &dast, scan, context).await? {
        Ok(credentials) => credentials,
        Err(why) => return Ok(Err(why)),
    };
    let settings = context.settings();
    let engine = engine(scan, &dast, key.as_ref());
    let origins = place.origins_for(&engine);
    let order =
        order(run, &target, basis, scan, origins, &engine, credentials.is_some().then_some(&dast), context);
    let operator = ServiceAccount { namespace: settings.namespace.clone(), ..ServiceAccount::default() };
    let dispatch = Dispatch {
        order: &order,
        configuration: &settings,
        operator: &operator,
        image: &scan.analyzer_image,
        engine,
        reach: place.reach,
        addresses: place.addresses,
        credentials,
    };
    Ok(dispatch.objects().map_err(|error| error.to_string()))
}

fn engine<'a>(scan: &'a Scan, dast: &'a Dast, key: Option<&'a SecretString>) -> Engine<'a> {
    match (&scan.zap, key) {
        (None, _) => Engine::Builtin,
        (Some(zap), None) => {
            Engine::PerScan { image: &zap.image, options: zap.options.iter().map(String::as_str).collect() }
        }
        (Some(_), Some(key)) => Engine::Shared {
            namespace: &scan.scanner.namespace,
            dast: &scan.scanner.name,
            zap: &dast.spec.zaproxy.name,
            key,
        },
    }
}

#[allow(clippy::too_many_arguments, reason = "an order has that many parts")]
fn order(
    run: &ScanRun,
    target: &ScanTarget,
    basis: &RunBasis,
    scan: &Scan,
    origins: Vec<Origin>,
    engine: &Engine<'_>,
    logs_in: Option<&std::sync::Arc<Dast>>,
    context: &Context,
) -> Order {
    let settings = context.settings();
    let login = logs_in.and_then(|dast| dast.spec.login.clone());
    Order {
        run: RunId {
            namespace: run.namespace().unwrap_or_default(),
            name: run.name_any(),
            uid: run.uid().unwrap_or_default(),
        },
        attempt: run.status.as_ref().and_then(|status| status.attempt).unwrap_or(1),
        target: target.called(),
        origins,
        exposures: basis
            .exposures
            .iter()
            .map(|place| Exposure::new(place.host.as_str(), place.path.as_str()))
            .collect(),
        revision: basis.revision.as_deref().map(Revision::new),
        profile: scan.profile.clone(),
        settings: scan.what.clone(),
        engine: engine.ordered(),
        login: login.map(|login| OrderedLogin { login, folder: LOGIN_FOLDER.into() }),
        delivery: Delivery {
            url: settings.results_url.clone(),
            token_file: TOKEN_FILE.into(),
            authorities: settings.authorities.to_string(),
        },
    }
}

/// Where a target is.
struct Place {
    /// Under which names it is scanned, its own first.
    origins: Vec<Origin>,
    reach: Reach,
    /// Where its names lead in the pod, but for its own.
    addresses: Vec<IpAddr>,
}

impl Place {
    async fn of(target: &ObjectName, origin: &str, context: &Context) -> Result<Self, String> {
        match Subject::of(target) {
            Some(Subject::Port(id)) => {
                let index = context.known().index();
                Self::of_port(&id, &index).ok_or_else(|| "the Service is no more".to_owned())
            }
            Some(Subject::External(_)) => Self::outside(origin).await,
            None => Err("it is neither a port of a Service nor a URL".to_owned()),
        }
    }

    /// Under which names an engine may ask for the target: those that lead to it there. Elsewhere than in a pod that was told
    /// where the names of routes lead, they lead wherever their owners in the world want, and only its own name is left.
    fn origins_for(&self, engine: &Engine<'_>) -> Vec<Origin> {
        let is_led = !self.addresses.is_empty() && !matches!(engine, Engine::Shared { .. });
        let kept = if is_led { self.origins.len() } else { 1 };
        self.origins.iter().take(kept).cloned().collect()
    }

    fn of_port(id: &TargetId, index: &Index) -> Option<Self> {
        let (discovered, service) = (index.target(id)?, index.service(&id.service)?);
        let port = service.ports.iter().find(|port| port.port == id.port)?;
        let endpoints: Vec<SocketAddr> = index.endpoints(id).into_iter().collect();
        // A headless Service has no address of its own: the names of routes lead to its pods.
        let addresses = match service.kind {
            ServiceKind::Virtual => service.cluster_ips.clone(),
            ServiceKind::Headless | ServiceKind::ExternalName(_) => {
                endpoints.iter().map(SocketAddr::ip).collect()
            }
        };
        let numbers: BTreeSet<u16> = endpoints.iter().map(SocketAddr::port).collect();
        let ports = match &port.target {
            // Named ports may have another number in each pod.
            TargetPort::Name(name) => vec![IntOrString::String(name.to_string())],
            TargetPort::Number(_) => {
                numbers.into_iter().map(|number| IntOrString::Int(number.into())).collect()
            }
        };
        let reach = match service.selector.is_empty() {
            false => Reach::Pods {
                namespace: id.service.namespace.to_string(),
                selector: service.selector.clone(),
                ports,
            },
            true => Reach::Addresses(endpoints),
        };
        Some(Self { origins: discovered.origins().to_vec(), reach, addresses })
    }

    /// What is outside of the cluster is looked up once, here: its name leads to the same place for the whole scan, and to
    /// none that is not public.
    async fn outside(origin: &str) -> Result<Self, String> {
        let origin: Origin = origin.parse().map_err(|error| format!("`{origin}`: {error}"))?;
        let host = origin.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let found = tokio::net::lookup_host((host.as_str(), origin.port())).await;
        let found: Vec<SocketAddr> =
            found.map_err(|error| format!("`{host}` is not found: {error}"))?.collect();
        for address in &found {
            check_external_address(address.ip()).map_err(|error| format!("`{host}` leads to {error}"))?;
        }
        if found.is_empty() {
            return Err(format!("`{host}` leads nowhere"));
        }
        let is_name = host.parse::<IpAddr>().is_err();
        let addresses = found.iter().map(SocketAddr::ip).filter(|_| is_name).collect();
        Ok(Self { origins: vec![origin], reach: Reach::Addresses(found), addresses })
    }
}

/// The key of a shared ZAP, if one scans.
async fn shared_key(
    dast: &Dast,
    scan: &Scan,
    context: &Context,
) -> kube::Result<Result<Option<SecretString>, String>> {
    if !scan.zap.as_ref().is_some_and(|zap| zap.is_shared) {
        return Ok(Ok(None));
    }
    Ok(sharing::lent(&scan.scanner, dast, context).await?.map(Some))
}

/// What a scan logs in with, as the owner of what is scanned lets the operator read it.
async fn credentials(
    namespace: &str,
    dast: &Dast,
    scan: &Scan,
    context: &Context,
) -> kube::Result<Result<Option<Credentials>, String>> {
    // The built-in engine does not log in.
    let Some(login) = dast.spec.login.as_ref().filter(|_| scan.zap.is_some()) else { return Ok(Ok(None)) };
    let secret = &login.secret_name;
    let found = match Api::<Secret>::namespaced(context.client(), namespace).get(secret).await {
        Ok(found) => found,
        Err(error) if is_gone(&error) => {
            return Ok(Err(format!("there is no Secret `{secret}` to log in with")));
        }
        Err(kube::Error::Api(refusal)) if refusal.code == 403 => {
            let why = format!(
                "the operator may not read Secret `{secret}`: grant it by a Role and a RoleBinding in `{namespace}`"
            );
            return Ok(Err(why));
        }
        Err(error) => return Err(error),
    };
    let entry = |key: &str| {
        let value = found.data.as_ref().and_then(|data| data.get(key));
        let text = value.and_then(|value| String::from_utf8(value.0.clone()).ok());
        text.map(SecretString::from).ok_or_else(|| format!("Secret `{secret}` has no text `{key}`"))
    };
    let both =
        entry("username").and_then(|username| Ok(Credentials { username, password: entry("password")? }));
    Ok(both.map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_routes_are_asked_for_only_where_they_lead_to_the_target() {
        let origins = ["http://web.shop.svc", "http://shop.example"].map(|origin| origin.parse().unwrap());
        let place = |addresses: &[&str]| Place {
            origins: origins.to_vec(),
            reach: Reach::Addresses(Vec::new()),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        };
        let key = SecretString::from("key");
        let shared = Engine::Shared { namespace: "zaproxy", dast: "sample", zap: "test", key: &key };
        assert_eq!(place(&["10.96.0.7"]).origins_for(&Engine::Builtin), origins);
        // Another pod than the scan's looks the name up in the world.
        assert_eq!(place(&["10.96.0.7"]).origins_for(&shared), origins[..1]);
        assert_eq!(place(&[]).origins_for(&Engine::Builtin), origins[..1]);
    }
}
