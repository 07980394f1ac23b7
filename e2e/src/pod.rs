//! Pods of the node, which is this machine: what runs in them can be sent signals, or lose its memory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::stage::{SYSTEM, Stage};
use crate::until::until;

/// The operator's pods.
const OPERATORS: &str = "--selector=app.kubernetes.io/name=dast-operator";
/// Its program.
const PROGRAM: &str = "dast-operator";
/// Where the system shows control groups. In version 1 each controller has a folder of its own there.
const GROUPS: &str = "/sys/fs/cgroup";
/// More than any container has here, and a step towards it that is small beside what any program has, in bytes.
const MEMORY: (u64, usize) = (4 << 30, 64 << 10);

/// A pod of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// One of the same name that comes after it has another.
    pub uid: String,
    /// Its address, once it has one.
    pub address: Option<String>,
}

impl Pod {
    fn read(pod: &Value) -> Option<Self> {
        let text = |path: &str| pod.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            namespace: text("/metadata/namespace")?,
            name: text("/metadata/name")?,
            uid: text("/metadata/uid")?,
            address: text("/status/podIP"),
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

    /// Leaves the container of a program no more memory than what cannot be taken from it, so that the kernel ends the
    /// program as one that is over its limit.
    ///
    /// # Errors
    /// When there is no such process, or the system does not let its memory be limited.
    pub fn starve(&self, program: &str) -> Result<()> {
        let process = self.processes(program)?.pop();
        let process =
            process.with_context(|| format!("pod `{}` has no process `{program}` here", self.name))?;
        let groups = fs::read_to_string(format!("/proc/{}/cgroup", process.as_raw_pid()))?;
        let limit = memory_limit(&groups).context("it is in no control group for memory")?;
        // Version 2 takes any limit at once. Version 1 takes none below what is in use, and only takes back what it can.
        let (most, step) = MEMORY;
        let taken = (0..most).step_by(step).find(|bytes| fs::write(&limit, bytes.to_string()).is_ok());
        taken.with_context(|| format!("`{}` takes no limit", limit.display())).map(drop)
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

/// The file with the limit of memory of a process of which these are the control groups (cgroups(7)).
fn memory_limit(groups: &str) -> Option<PathBuf> {
    let group = |hierarchy: &Path, path: &str| hierarchy.join(path.trim_start_matches('/'));
    let of = |controllers: &str| {
        groups.lines().find_map(|line| {
            let (of, path) = line.split_once(':')?.1.split_once(':')?;
            (of == controllers).then_some(path)
        })
    };
    let first = of("memory").map(|path| group(&Path::new(GROUPS).join("memory"), path));
    first.map(|group| group.join("memory.limit_in_bytes")).or_else(|| {
        let only = group(Path::new(GROUPS), of("")?);
        Some(only.join("memory.max"))
    })
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

    /// The operator's pod that holds the lease.
    ///
    /// # Errors
    /// When none does that is there.
    pub fn leader(&self) -> Result<Pod> {
        let lease = self.get(&["lease", "dast-operator", "--namespace", SYSTEM])?;
        let holder = lease.pointer("/spec/holderIdentity").and_then(Value::as_str);
        let holder = holder.context("nobody holds the lease")?;
        let leader = self.operators()?.into_iter().find(|pod| pod.name == holder);
        leader.with_context(|| format!("`{holder}` holds the lease, and is not there"))
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
        assert_eq!((pod.name.as_str(), &pod.address), ("a", &None));
        let error = pod.signal("dast-shop", Signal::CONT).unwrap_err().to_string();
        assert_eq!(error, "pod `a` has no process `dast-shop` here");
        let error = pod.starve("dast-shop").unwrap_err().to_string();
        assert_eq!(error, "pod `a` has no process `dast-shop` here");
    }

    #[test]
    fn the_limit_of_memory_is_where_the_version_of_control_groups_has_it() {
        let limit = |groups: &str| memory_limit(groups).map(|path| path.display().to_string());
        let first = "5:cpu:/a\n4:memory:/lab/pod\n0::/\n";
        assert_eq!(limit(first).as_deref(), Some("/sys/fs/cgroup/memory/lab/pod/memory.limit_in_bytes"));
        assert_eq!(limit("0::/lab/pod\n").as_deref(), Some("/sys/fs/cgroup/lab/pod/memory.max"));
        assert_eq!(limit("5:cpu:/a\n"), None);
    }
}
