//! Pods of the node, which is this machine: what runs in them can be sent signals.

use std::fs;

use anyhow::{Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::stage::{SYSTEM, Stage};
use crate::until::until;

/// The operator's pods.
const OPERATORS: &str = "--selector=app.kubernetes.io/name=dast-operator";
/// Its program.
const PROGRAM: &str = "dast-operator";

/// A pod of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// One of the same name that comes after it has another.
    pub uid: String,
}

impl Pod {
    fn read(pod: &Value) -> Option<Self> {
        let text = |path: &str| pod.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            namespace: text("/metadata/namespace")?,
            name: text("/metadata/name")?,
            uid: text("/metadata/uid")?,
        })
    }

    /// Sends a signal to all processes of a program in it. What ends at this moment need not get it.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn signal(&self, program: &str, signal: Signal) -> Result<()> {
        let processes = self.processes(program)?;
        ensure!(!processes.is_empty(), "pod `{}` has no process `{program}` here", self.name);
        for process in processes {
            let _ = kill_process(process, signal);
        }
        Ok(())
    }

    /// The name of the control group of a pod has its uid in it.
    fn processes(&self, program: &str) -> Result<Vec<Pid>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let folder = entry?.path();
            let number = folder.file_name().and_then(|name| name.to_str()?.parse().ok());
            let Some(process) = number.and_then(Pid::from_raw) else { continue };
            // What ends while it is read is not it.
            let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
            if read("cgroup").contains(&format!("pod{}", self.uid)) && read("comm").trim() == program {
                found.push(process);
            }
        }
        Ok(found)
    }
}

impl Stage {
    /// Pods of a namespace, perhaps only those of a `--selector=…`.
    ///
    /// # Errors
    /// When the API server does not say.
    pub fn pods(&self, namespace: &str, selector: Option<&str>) -> Result<Vec<Pod>> {
        let pods = ["pods", "--namespace", namespace];
        let pods = self.get(&pods.into_iter().chain(selector).collect::<Vec<_>>())?;
        let pods = pods.get("items").and_then(Value::as_array);
        Ok(pods.into_iter().flatten().filter_map(Pod::read).collect())
    }

    /// The operator's pods.
    ///
    /// # Errors
    /// When the API server does not say.
    pub fn operators(&self) -> Result<Vec<Pod>> {
        self.pods(SYSTEM, Some(OPERATORS))
    }

    /// Stops an operator where it is, or lets it go on.
    ///
    /// # Errors
    /// When it has no process here.
    pub fn signal_operator(&self, operator: &Pod, signal: Signal) -> Result<()> {
        operator.signal(PROGRAM, signal)
    }

    /// Ends an operator's process at once (`SIGKILL`), and then its pod: one that is only started again waits longer each time.
    ///
    /// # Errors
    /// When it is not there, or no other pod comes in its place.
    pub fn kill_operator(&self, operator: &Pod) -> Result<()> {
        let before = self.operators()?;
        operator.signal(PROGRAM, Signal::KILL)?;
        let at_once = ["--namespace", SYSTEM, "--grace-period=0", "--force", "--wait=false"];
        self.kubectl(&[&["delete", "pod", &operator.name][..], &at_once].concat())?;
        until("another operator", || {
            let now = self.operators()?;
            ensure!(now.iter().any(|pod| before.iter().all(|one| one.uid != pod.uid)), "there is none yet");
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_that_is_nowhere_has_no_processes() {
        let pod = json!({"metadata": {"namespace": "shop", "name": "a", "uid": "no-such-uid"}});
        let pod = Pod::read(&pod).unwrap();
        assert_eq!(pod.name, "a");
        let error = pod.signal("dast-shop", Signal::CONT).unwrap_err().to_string();
        assert_eq!(error, "pod `a` has no process `dast-shop` here");
    }
}
