//! The controller of Dasts: whether one can scan, and what of it is not accepted.

use std::sync::Arc;

use dast_core::discovery::ObjectName;
use dast_policy::printable;
use jiff::Timestamp;
use kube::{Api, ResourceExt};

use super::apply::apply_status;
use super::context::Context;
use super::scanner;
use super::settings::Settings;
use super::sharing;
use super::statement::Statement;
use super::wanted::due_settings;
use super::work::Next;
use crate::crd::{Dast, ProfileName, ScannerRef, ZapMode};
use crate::known::Known;
use crate::name::is_label;

/// Brings a Dast's ZAP to what it is to be, and says how it is.
pub(super) async fn reconcile(name: ObjectName, context: &Context) -> kube::Result<Next> {
    let known = context.known();
    let dast = known.dasts.get(&name).filter(|dast| dast.metadata.deletion_timestamp.is_none());
    let Some(dast) = dast else {
        context.shared_zaps.forget(&name);
        return Ok(Next::Rest);
    };
    let settings = context.settings();
    let mut status = dast.status.clone().unwrap_or_default();
    status.observed_generation = dast.metadata.generation;
    status.targets = u32::try_from(known.targets_of(&itself(&name))).ok();
    let image = settings.zap_image(dast.spec.zaproxy.image.as_deref());
    status.image = image.as_ref().ok().map(|image| (*image).to_owned());
    let wrong = wrong(&dast, known, &settings);
    let mut next = Next::Rest;
    let ready = match dast.spec.zaproxy.mode() {
        _ if is_passive(&dast, &settings) => {
            context.shared_zaps.forget(&name);
            Statement::new("True", "BuiltIn", "the built-in engine scans: no ZAP is needed")
        }
        _ if !wrong.is_empty() && image.is_err() => Statement::new("False", "InvalidValue", wrong.join("; ")),
        ZapMode::PerScan => {
            context.shared_zaps.forget(&name);
            Statement::new("True", "PerScan", per_scan(&name, known))
        }
        ZapMode::Shared if !namesakes(&dast, known, &settings).is_empty() => {
            Statement::new("False", "InvalidValue", wrong.join("; "))
        }
        ZapMode::Shared => {
            next = Next::After(sharing::LOOK);
            sharing::share(&name, &dast, &settings, context).await?
        }
    };
    let accepted = match wrong.first() {
        None => Statement::new("True", "Accepted", remark(&dast)),
        Some(_) => Statement::new("False", "InvalidValue", wrong.join("; ")),
    };
    for (type_, statement) in [("Accepted", accepted), ("Ready", ready)] {
        statement.put(&mut status.conditions, type_, dast.metadata.generation, Timestamp::now());
    }
    if dast.status.as_ref() != Some(&status) {
        let api = Api::<Dast>::namespaced(context.client(), &name.namespace);
        known.dasts.apply(apply_status(&api, &dast, &status).await?);
    }
    Ok(next)
}

/// What follows from scans having ZAPs of their own.
fn per_scan(name: &ObjectName, known: &Known) -> String {
    let mut told = "every scan has a ZAP of its own".to_owned();
    for left in known.deployments.group(name) {
        let zap = left.name_any();
        told += &format!(
            "; what was shared is left: kubectl delete deployment,service,secret,networkpolicy {zap} --namespace {}",
            name.namespace
        );
    }
    told
}

/// Other Dasts that share a ZAP of the same name in the same namespace: of two, each would take it away from the other.
fn namesakes(dast: &Dast, known: &Known, settings: &Settings) -> Vec<Arc<Dast>> {
    let mut all = known.dasts.group(&ObjectName::new(dast.namespace().unwrap_or_default(), ""));
    let shares = |dast: &Dast| dast.spec.zaproxy.mode() == ZapMode::Shared && !is_passive(dast, settings);
    all.retain(|other| {
        other.metadata.name != dast.metadata.name
            && other.spec.zaproxy.name == dast.spec.zaproxy.name
            && shares(other)
    });
    if shares(dast) { all } else { Vec::new() }
}

/// What of it is not accepted.
fn wrong(dast: &Dast, known: &Known, settings: &Settings) -> Vec<String> {
    let image = settings.zap_image(dast.spec.zaproxy.image.as_deref()).err();
    let image = image.map(|error| format!("spec.zaproxy.image: {error}"));
    let (_, refused) = settings.zap_options(&dast.spec.zaproxy.config);
    let name = dast.spec.analyzer.as_ref().map(|analyzer| analyzer.name.as_str());
    let misnamed = name.filter(|name| !name.is_empty() && !is_label(name, "")).map(|name| {
        let name = printable(name);
        format!("spec.analyzer.name: `{name}` is not accepted: expected small letters, digits and `-`, such as `shop`")
    });
    let outside = scanner::outside_of(dast);
    let external = outside.as_ref().and_then(|(_, url)| settings.external(url).err());
    let external = external.map(|error| format!("spec.analyzer.target: {error}"));
    let rivals = outside.iter().flat_map(|(name, _)| {
        let mut rivals = scanner::outside(name, known);
        rivals.retain(|rival| rival.metadata.name != dast.metadata.name);
        let told = |rival: Arc<Dast>| {
            let rival = rival.name_any();
            format!("spec.analyzer.name: Dast `{rival}` has `{}`, too, and neither is scanned", name.name)
        };
        rivals.into_iter().map(told)
    });
    let namesakes = namesakes(dast, known, settings);
    let namesakes = namesakes.iter().map(|other| {
        let (other, name) = (other.name_any(), &dast.spec.zaproxy.name);
        format!(
            "spec.zaproxy.name: Dast `{other}` shares a ZAP called `{name}`, too, and neither is looked after"
        )
    });
    let options = refused.iter().map(|problem| format!("spec.zaproxy.{problem}"));
    let rescan = due_settings(settings, dast.spec.rescan.as_ref()).err();
    let rescan = rescan.map(|error| format!("spec.rescan: {error}"));
    image
        .into_iter()
        .chain(misnamed)
        .chain(external)
        .chain(rivals)
        .chain(namesakes)
        .chain(options)
        .chain(rescan)
        .collect()
}

/// What is accepted for the sake of old manifests, and would be better in another way.
fn remark(dast: &Dast) -> String {
    let zaproxy = &dast.spec.zaproxy;
    let plain = zaproxy.apikey.as_ref().is_some_and(|key| !key.expose().is_empty());
    let remarks = [
        (
            zaproxy.namespace.is_some(),
            "spec.zaproxy.namespace is ignored: a ZAP is in the namespace of its Dast",
        ),
        (plain, "spec.zaproxy.apikey shows the key to whoever reads this: leave it out, or use apiKeySecret"),
    ];
    let made = remarks.iter().filter(|(made, _)| *made).map(|(_, text)| *text);
    made.collect::<Vec<_>>().join("; ")
}

fn is_passive(dast: &Dast, settings: &Settings) -> bool {
    let profile = dast.spec.profile.as_ref().unwrap_or(&settings.profile);
    profile.name == Some(ProfileName::Passive)
}

fn itself(name: &ObjectName) -> ScannerRef {
    ScannerRef { namespace: name.namespace.to_string(), name: name.name.to_string() }
}

#[cfg(test)]
mod tests;
