//! How a cluster is doing.

use std::fmt;

use super::Component;

/// How a cluster is doing. As text, it is a table.
#[derive(Debug, Clone)]
pub struct Status {
    pub(super) version: String,
    pub(super) components: Vec<ComponentStatus>,
    pub(super) is_ready: bool,
    /// Other facts, by name.
    pub(super) facts: Vec<(&'static str, String)>,
}

/// How one component of a cluster is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentStatus {
    pub(super) component: Component,
    pub(super) process: Option<Process>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) resident_bytes: u64,
}

impl Status {
    /// Whether all components run and the API server is ready.
    pub fn is_well(&self) -> bool {
        self.is_ready && self.components.iter().all(|component| component.process.is_some())
    }

    /// The components, in the order of their starts.
    pub fn components(&self) -> &[ComponentStatus] {
        &self.components
    }
}

impl ComponentStatus {
    /// Which one.
    pub fn component(&self) -> Component {
        self.component
    }

    /// Its process, if it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.map(|process| process.pid)
    }

    /// Its memory, in bytes, if it runs.
    pub fn resident_bytes(&self) -> Option<u64> {
        self.process.map(|process| process.resident_bytes)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}  {:>8}  {:>8}", format!("Kubernetes {}", self.version), "process", "memory")?;
        let mut total = 0;
        for ComponentStatus { component, process } in &self.components {
            let name = component.program();
            match process {
                None => writeln!(f, "{name:<24}  {:>8}", "ended")?,
                Some(Process { pid, resident_bytes }) => {
                    total += resident_bytes;
                    writeln!(f, "{name:<24}  {pid:>8}  {:>8}", mebibytes(*resident_bytes))?;
                }
            }
        }
        writeln!(f, "{:<24}  {:>8}  {:>8}\n", "", "", mebibytes(total))?;
        let ready = if self.is_ready { "ready" } else { "not ready" };
        write!(f, "{:<12}{ready}", "API server")?;
        self.facts.iter().try_for_each(|(name, fact)| write!(f, "\n{name:<12}{fact}"))
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes / 1024 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_table() {
        let process = Some(Process { pid: 12, resident_bytes: 30 << 20 });
        let status = Status {
            version: "1.2.3".to_owned(),
            components: vec![
                ComponentStatus { component: Component::Etcd, process },
                ComponentStatus { component: Component::ApiServer, process: None },
            ],
            is_ready: false,
            facts: vec![("node", "Ready".to_owned())],
        };
        assert!(!status.is_well());
        let table = "\
Kubernetes 1.2.3           process    memory
etcd                            12    30 MiB
kube-apiserver               ended
                                      30 MiB

API server  not ready
node        Ready";
        assert_eq!(status.to_string(), table);
    }
}
