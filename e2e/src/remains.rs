//! What is kept of a cluster in which a test failed: all that tells why.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use dast_lab::kubernetes::Cluster;
use serde_json::Value;

use crate::process::output;
use crate::stage::SYSTEM;

/// What is read when something went wrong. Secrets are none of anybody's business, even here.
const KINDS: [&str; 15] = [
    "configmaps",
    "dast-all",
    "deployments",
    "endpointslices",
    "events.v1.events.k8s.io",
    "ingresses",
    "jobs",
    "leases",
    "mutatingwebhookconfigurations",
    "namespaces",
    "networkpolicies",
    "nodes",
    "pods",
    "services",
    "validatingwebhookconfigurations",
];
/// How much of the operator's log is printed.
const LINES: &str = "--tail=100";

/// Writes objects, logs, and who asked for what to `folder`, instead of what was there. What cannot be had is left out: a
/// cluster in which a test failed may be in any state.
pub(crate) fn keep(cluster: &Cluster, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).context("could not remove what an earlier failure left")?;
    }
    let (objects, logs) = (folder.join("objects"), folder.join("logs"));
    [&objects, &logs].into_iter().try_for_each(fs::create_dir_all).context("could not make the folders")?;
    let kubectl = |arguments: &[&str]| output(cluster.kubectl().args(arguments).arg("--request-timeout=20s"));
    for kind in KINDS {
        if let Ok(text) = kubectl(&["get", kind, "--all-namespaces", "--output=yaml"]) {
            fs::write(objects.join(format!("{kind}.yaml")), text)?;
        }
    }
    let pods = kubectl(&["get", "pods", "--all-namespaces", "--output=json"]).unwrap_or_default();
    let pods: Value = serde_json::from_str(&pods).unwrap_or_default();
    for container in containers(&pods) {
        let Container { namespace, pod, name } = &container;
        let log = ["logs", "--namespace", namespace, pod, "--container", name];
        for (when, more) in [("", None), (".previous", Some("--previous"))] {
            let arguments: Vec<&str> = log.into_iter().chain(more).collect();
            if let Ok(text) = kubectl(&arguments) {
                fs::write(logs.join(format!("{namespace}.{pod}.{name}{when}.log")), text)?;
            }
        }
    }
    for component in cluster.status()?.components() {
        let file = format!("{}.log", component.component().program());
        let _ = fs::copy(cluster.log(component.component()), logs.join(file));
    }
    if let Some(audit) = cluster.audit_log() {
        let _ = fs::copy(audit, logs.join("audit.jsonl"));
    }
    let operator = ["logs", "--namespace", SYSTEM, "--selector=app.kubernetes.io/name=dast-operator", LINES];
    eprintln!("{}", kubectl(&operator).unwrap_or_else(|error| format!("the operator has no log: {error:#}")));
    Ok(())
}

struct Container {
    namespace: String,
    pod: String,
    name: String,
}

fn containers(pods: &Value) -> Vec<Container> {
    let list =
        |of: &Value, path: &str| of.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
    let text =
        |of: &Value, path: &str| of.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of_pod = |pod: &Value| {
        let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
        let all = [list(pod, "/spec/initContainers"), list(pod, "/spec/containers")].concat();
        let container = |container: &Value| Container {
            namespace: namespace.clone(),
            pod: name.clone(),
            name: text(container, "/name"),
        };
        all.iter().map(container).collect::<Vec<_>>()
    };
    list(pods, "/items").iter().flat_map(of_pod).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_container_of_every_pod_is_named() {
        let pods = json!({"items": [
            {"metadata": {"namespace": "a", "name": "one"}, "spec": {"containers": [{"name": "x"}]}},
            {"metadata": {"namespace": "b", "name": "two"},
             "spec": {"initContainers": [{"name": "y"}], "containers": [{"name": "z"}]}},
        ]});
        let names: Vec<_> =
            containers(&pods).into_iter().map(|one| [one.namespace, one.pod, one.name]).collect();
        assert_eq!(names, [["a", "one", "x"], ["b", "two", "y"], ["b", "two", "z"]]);
        assert!(containers(&Value::Null).is_empty());
    }
}
