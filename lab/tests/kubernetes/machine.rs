//! What a node changes of a machine, as it is now.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const FOLDERS: [&str; 7] = [
    "/run/containerd",
    "/run/netns",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/log/containers",
    "/var/log/pods",
];
const SETTINGS: [&str; 4] =
    ["net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables", "kernel/panic", "vm/overcommit_memory"];

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    links: BTreeSet<String>,
    mounts: BTreeSet<String>,
    control_groups: BTreeSet<String>,
    rules: String,
    /// All entries of the folders that are there.
    files: BTreeSet<String>,
    settings: Vec<Option<String>>,
    /// Those with the lab's folder among their arguments.
    processes: BTreeSet<String>,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mounts: BTreeSet<String> =
            mounts.lines().map(|line| line.split(' ').nth(4).unwrap().to_owned()).collect();
        let in_cgroups = mounts.iter().filter(|mount| mount.starts_with("/sys/fs/cgroup/"));
        let control_groups =
            in_cgroups.chain([&"/sys/fs/cgroup".to_owned()]).flat_map(|path| names(path)).collect();
        let nft = Command::new("nft").args(["list", "tables"]).output();
        Self {
            links: names("/sys/class/net"),
            control_groups,
            mounts,
            rules: nft.map(|nft| String::from_utf8(nft.stdout).unwrap()).unwrap_or_default(),
            files: FOLDERS.iter().flat_map(|folder| below(Path::new(folder))).collect(),
            settings: SETTINGS.map(|name| fs::read_to_string(Path::new("/proc/sys").join(name)).ok()).into(),
            processes: processes(),
        }
    }
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| format!("{folder}/{}", entry.file_name().display())).collect()
}

fn below(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let within = entries.flat_map(|entry| below(&entry.path()));
    within.chain(path.symlink_metadata().is_ok().then(|| path.display().to_string())).collect()
}

fn processes() -> BTreeSet<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines
        .filter(|line| {
            line.contains("target/lab/cluster") || line.starts_with("/probe") || line.starts_with("/pause")
        })
        .collect()
}
