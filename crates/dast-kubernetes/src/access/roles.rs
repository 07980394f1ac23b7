//! Cluster roles that add themselves to those that every cluster has
//! (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles>).

use std::collections::BTreeMap;

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use kube::core::ObjectMeta;

use crate::crd::GROUP;

const READ: [&str; 3] = ["get", "list", "watch"];

/// For `view`: targets, runs and policies. Not reports, which show an attacker where to begin, and not scanners, whose old
/// manifests have a key in plain text.
pub fn viewer_role() -> ClusterRole {
    let shown = ["clusterthresholdpolicies", "exemptions", "scanruns", "scantargets", "thresholdpolicies"];
    role("dast-viewer", "view", vec![rule(&shown, &READ)])
}

/// For `edit`: scanners and reports too, and to ask for a scan or stop one. Policies and exemptions are for whoever answers
/// for them.
pub fn developer_role() -> ClusterRole {
    let runs = ["create", "delete"];
    role("dast-developer", "edit", vec![rule(&["dasts", "scanreports"], &READ), rule(&["scanruns"], &runs)])
}

fn role(name: &str, aggregated_to: &str, rules: Vec<PolicyRule>) -> ClusterRole {
    let label = format!("rbac.authorization.k8s.io/aggregate-to-{aggregated_to}");
    ClusterRole {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(BTreeMap::from([(label, "true".to_owned())])),
            ..ObjectMeta::default()
        },
        rules: Some(rules),
        ..ClusterRole::default()
    }
}

fn rule(resources: &[&str], verbs: &[&str]) -> PolicyRule {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    PolicyRule {
        api_groups: Some(list(&[GROUP])),
        resources: Some(list(resources)),
        verbs: list(verbs),
        ..PolicyRule::default()
    }
}
