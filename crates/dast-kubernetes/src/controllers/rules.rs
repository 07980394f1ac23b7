//! What stands over a namespace: the layers of policy, and whose evidence counts.

use dast_core::discovery::{self, Namespaces, ObjectName};
use dast_policy::{Layer, Policy, PolicyDocument, Scope};
use jiff::Timestamp;

use super::cluster::Known;
use super::settings::Settings;
use crate::crd::{ClusterThresholdPolicy, Exemption, ScannerRef};
use crate::facts;

/// What stands over a namespace.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The layers that judge, or why there is no judgement: a policy that cannot be read is none that may be left out.
    pub(crate) policy: Result<Policy, String>,
    /// For each ceiling that names scanners, those; `None` where the namespaces of the configuration count.
    trusted: Vec<Vec<ScannerRef>>,
}

impl Rules {
    /// Gathers what stands over `namespace`.
    pub(crate) fn over(namespace: &str, known: &Known, settings: &Settings) -> Self {
        let ceilings = known.ceilings.all();
        let ceilings: Vec<&ClusterThresholdPolicy> =
            ceilings.iter().filter(|ceiling| governs(ceiling, namespace)).map(AsRef::as_ref).collect();
        let trusted = ceilings.iter().filter_map(|ceiling| ceiling.spec.trusted_scanners.clone()).collect();
        Self { policy: policy(namespace, &ceilings, known, settings), trusted }
    }

    /// These layers, and no ceiling that names scanners.
    #[cfg(test)]
    pub(super) fn of(policy: Result<Policy, String>) -> Self {
        Self { policy, trusted: Vec::new() }
    }

    /// Why the evidence of a scanner does not count, if it does not.
    pub(crate) fn distrust(&self, scanner: &ScannerRef, settings: &Settings) -> Option<String> {
        let named = |list: &Vec<ScannerRef>| list.contains(scanner);
        let shown = format!("scanner `{}/{}`", scanner.namespace, scanner.name);
        if !self.trusted.is_empty() {
            let trusted = self.trusted.iter().all(named);
            return (!trusted)
                .then(|| format!("{shown} is not among the `trustedScanners` of the cluster policy"));
        }
        let trusted = settings.trusts(&scanner.namespace);
        (!trusted).then(|| {
            format!("{shown} does not count here: `trustedNamespaces` of the configuration do not name its namespace")
        })
    }

    /// When time alone changes the verdict on evidence from a scan that ended at `ended`.
    pub(crate) fn expires(&self, ended: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let layers = self.policy.as_ref().map(Policy::layers).unwrap_or_default();
        let ages = layers.iter().filter_map(|layer| {
            let most = layer.document().max_age.unwrap_or(PolicyDocument::DEFAULT_MAX_AGE);
            ended.checked_add(most).ok()
        });
        let exemptions = layers.iter().flat_map(|layer| &layer.document().exemptions);
        let exemptions = exemptions.map(|exemption| exemption.expires());
        ages.chain(exemptions).filter(|at| *at > now).min()
    }
}

fn policy(
    namespace: &str,
    ceilings: &[&ClusterThresholdPolicy],
    known: &Known,
    settings: &Settings,
) -> Result<Policy, String> {
    // One that cannot be read may stand over any namespace.
    if let Some((name, reason)) = known.ceilings.unreadable().into_iter().next() {
        return Err(format!("cluster policy `{}` cannot be read: {reason}", name.name));
    }
    let unreadable = known.policies.unreadable();
    if let Some((name, reason)) = unreadable.iter().find(|(name, _)| &*name.namespace == namespace) {
        return Err(format!("policy `{}` cannot be read: {reason}", name.name));
    }
    let mut layers = Vec::new();
    for ceiling in ceilings {
        let name = ceiling.metadata.name.clone().unwrap_or_default();
        let document = ceiling.spec.policy.read();
        let mut document = document.map_err(|error| format!("cluster policy `{name}`: {error}"))?;
        document.exemptions.extend(exemptions_under(ceiling, namespace, known, settings));
        layers.push(layer(Scope::Cluster, name, document)?);
    }
    for policy in known.policies.group(&ObjectName::new(namespace, "")) {
        let name = policy.metadata.name.clone().unwrap_or_default();
        let document = policy.spec.policy.read();
        let mut document = document.map_err(|error| format!("policy `{name}`: {error}"))?;
        if ceilings.is_empty() {
            document.exemptions.extend(own_exemptions(namespace, known));
        }
        layers.push(layer(Scope::Namespace, name, document)?);
    }
    if layers.is_empty() {
        let mut document = settings.policy.clone();
        document.exemptions.extend(own_exemptions(namespace, known));
        layers.push(layer(Scope::Cluster, "configuration".to_owned(), document)?);
    }
    Policy::new(layers).map_err(|error| error.to_string())
}

fn layer(scope: Scope, name: String, document: PolicyDocument) -> Result<Layer, String> {
    Layer::new(scope, name.clone(), document).map_err(|error| format!("{scope} `{name}`: {error}"))
}

fn governs(ceiling: &ClusterThresholdPolicy, namespace: &str) -> bool {
    match facts::ceiling(ceiling) {
        Some(discovery::Policy::Cluster { governs, .. }) => governs.contains(namespace),
        _ => true,
    }
}

/// The exemptions that a ceiling lets count: in the namespaces that it names, for this namespace.
fn exemptions_under(
    ceiling: &ClusterThresholdPolicy,
    namespace: &str,
    known: &Known,
    settings: &Settings,
) -> Vec<dast_policy::Exemption> {
    let own = || vec![settings.namespace.clone()];
    let accepted = ceiling.spec.exemption_namespaces.clone().unwrap_or_else(own);
    let accepted = Namespaces::matching(Some(accepted), Vec::new());
    let exemptions = known.exemptions.all();
    let counting = exemptions.iter().filter(|exemption| {
        accepted.contains(exemption.metadata.namespace.as_deref().unwrap_or_default())
            && is_for(exemption, namespace)
    });
    read(counting.map(AsRef::as_ref))
}

/// The exemptions of a namespace over which no ceiling stands.
fn own_exemptions(namespace: &str, known: &Known) -> Vec<dast_policy::Exemption> {
    let own = known.exemptions.group(&ObjectName::new(namespace, ""));
    read(own.iter().map(AsRef::as_ref).filter(|exemption| is_for(exemption, namespace)))
}

fn is_for(exemption: &Exemption, namespace: &str) -> bool {
    match &exemption.spec.namespaces {
        Some(named) => Namespaces::matching(Some(named.clone()), Vec::new()).contains(namespace),
        None => exemption.metadata.namespace.as_deref() == Some(namespace),
    }
}

/// What does not read exempts nothing; its own condition says why.
fn read<'e>(exemptions: impl Iterator<Item = &'e Exemption>) -> Vec<dast_policy::Exemption> {
    exemptions.filter_map(|exemption| exemption.spec.exemption.read().ok()).collect()
}

#[cfg(test)]
mod tests;
