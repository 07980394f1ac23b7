//! What the story of a scan is made of: something is served, somebody asks for a scan, and reads what came of it.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::shop::{SHOP, Shop};
use crate::stage::Stage;

/// The `scans` of a configuration with which nothing has to be waited for that a person would wait for.
pub fn quick() -> Value {
    json!({"stability": "1s", "minimumInterval": "1s", "requestInterval": "1s"})
}

/// The values of an installation whose scans are [`quick`] to begin, and take long enough to have a middle: some 20 s if
/// the profile is `passive`. Whoever needs more adds it.
pub fn slow(profile: &str) -> Value {
    // The default scanner leaves it to the configuration what it does.
    json!({
        "configuration": {"scans": quick(), "profile": {"name": profile, "requestsPerSecond": 2}},
        "defaultScanner": {"profile": ""},
    })
}

/// What an object says of one thing; nothing if it does not.
pub fn condition<'a>(object: &'a Value, type_: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| condition.get("type").and_then(Value::as_str) == Some(type_))
}

impl Stage {
    /// Has this version of the shop running, and nothing of another one.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn serve(&self, shop: Shop) -> Result<()> {
        self.apply(&shop.manifests())?;
        let wait = ["rollout", "status", "deployment", SHOP, "--namespace", SHOP, "--timeout=120s"];
        self.kubectl(&wait).map(drop)
    }

    /// Has another revision of the shop running that is as weak, or as well mended, as it was.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn roll_out(&self, revision: &str) -> Result<()> {
        let variable = format!("REVISION={revision}");
        self.kubectl(&["set", "env", "deployment", SHOP, "--namespace", SHOP, &variable])?;
        let wait = ["rollout", "status", "deployment", SHOP, "--namespace", SHOP, "--timeout=120s"];
        self.kubectl(&wait).map(drop)
    }

    /// Annotates a Service, by a name without our prefix.
    ///
    /// # Errors
    /// When the API server refuses.
    pub fn annotate(&self, namespace: &str, service: &str, name: &str, value: &str) -> Result<()> {
        let annotation = format!("dast.security.banzaicloud.io/{name}={value}");
        let service = ["annotate", "--overwrite", "service", service, "--namespace", namespace];
        self.kubectl(&[&service[..], &[annotation.as_str()]].concat()).map(drop)
    }

    /// Asks for a scan of a target, and returns the name of the run.
    ///
    /// # Errors
    /// When the API server refuses.
    pub fn ask(&self, namespace: &str, target: &str) -> Result<String> {
        let run = json!({
            "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
            "metadata": {"generateName": format!("{target}-"), "namespace": namespace}, "spec": {"target": target},
        });
        let file = NamedTempFile::new()?;
        fs::write(&file, run.to_string())?;
        let file = file.path().to_str().context("a path is no text")?;
        let name = self.kubectl(&["create", "--filename", file, "--output=jsonpath={.metadata.name}"])?;
        Ok(name.trim().to_owned())
    }

    /// A ScanTarget, if that is the verdict on it.
    ///
    /// # Errors
    /// When it is another one, or none.
    pub fn judged(&self, namespace: &str, target: &str, verdict: &str) -> Result<Value> {
        let target = self.get(&["scantarget", target, "--namespace", namespace])?;
        let status = target.get("status").unwrap_or(&Value::Null);
        ensure!(status.get("verdict").and_then(Value::as_str) == Some(verdict), "its status is {status}");
        Ok(target)
    }

    /// An object, if it says that of one thing, and of what it is by now.
    ///
    /// # Errors
    /// When it says something else, or nothing, or says it of what it was before.
    pub fn stated(
        &self,
        kind: &str,
        (namespace, name): (&str, &str),
        (type_, state, reason): (&str, &str, &str),
    ) -> Result<Value> {
        let object = self.get(&[kind, name, "--namespace", namespace])?;
        let said = condition(&object, type_).unwrap_or(&Value::Null);
        let is = |field: &str, value: &str| said.get(field).and_then(Value::as_str) == Some(value);
        ensure!(is("status", state) && is("reason", reason), "{kind} `{name}` says {said} of {type_}");
        let now = object.pointer("/metadata/generation").context("it has no generation")?;
        for of in [said, object.get("status").unwrap_or(&Value::Null)] {
            let observed = of.get("observedGeneration");
            ensure!(
                observed == Some(now),
                "{kind} `{name}` says {said}, and is of generation {now}: {object}"
            );
        }
        Ok(object)
    }

    /// Whether an event for this reason is told of an object.
    ///
    /// # Errors
    /// When there is none.
    pub fn told(&self, namespace: &str, kind: &str, name: &str, reason: &str) -> Result<()> {
        let selector =
            format!("--field-selector=regarding.kind={kind},regarding.name={name},reason={reason}");
        let events = self.get(&["events.v1.events.k8s.io", "--namespace", namespace, &selector])?;
        let some = events.get("items").and_then(Value::as_array).is_some_and(|events| !events.is_empty());
        ensure!(some, "there is no event `{reason}` of {kind} `{name}`");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_nothing() {
        let object = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        assert_eq!(condition(&object, "Ready"), Some(&json!({"type": "Ready", "status": "True"})));
        assert_eq!(condition(&object, "Passed"), None);
        assert_eq!(condition(&Value::Null, "Ready"), None);
    }
}
