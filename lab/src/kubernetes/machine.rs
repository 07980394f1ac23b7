//! What a node changes of the machine outside of its folder, and how the machine gets it back.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::folder::Folder;

/// What pods need: packets go from one to another, and those across the bridge pass the rules that make Services.
const NEEDED: [(&str, &str); 2] = [("net/ipv4/ip_forward", "1"), ("net/bridge/bridge-nf-call-iptables", "1")];
/// What the kubelet sets by itself, for the whole machine.
pub(super) const TOUCHED: [&str; 6] = [
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
];
/// Folders of fixed names that are made on the way.
const FOLDERS: [&str; 4] = ["/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers"];
/// The kubelet's files for plugins of devices, which it keeps there whatever its own folder is.
const DEVICE_PLUGINS: [&str; 2] = [
    "/var/lib/kubelet/device-plugins/kubelet.sock",
    "/var/lib/kubelet/device-plugins/kubelet_internal_checkpoint",
];

/// How the machine was before.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    settings: BTreeMap<String, String>,
    absent: Vec<PathBuf>,
    /// Folders that were there with nothing in them, such as those that [seats](super::seat) mount something on.
    #[serde(default)]
    empty: Vec<PathBuf>,
}

impl Before {
    /// Removes what components made on the way of folders that nobody used.
    fn prune(&self) -> Result<()> {
        let unused = || self.absent.iter().chain(&self.empty);
        let plugins = DEVICE_PLUGINS.iter().map(Path::new);
        plugins.filter(|file| unused().any(|folder| file.starts_with(folder))).try_for_each(remove_file)?;
        self.absent.iter().for_each(|folder| prune(folder));
        self.empty.iter().flat_map(|folder| entries(folder)).for_each(|entry| prune(&entry));
        Ok(())
    }
}

/// Writes down how the machine is, and then sets what pods need.
pub(super) fn prepare(folder: &Folder) -> Result<()> {
    let names = NEEDED.iter().map(|(name, _)| *name).chain(TOUCHED);
    let read =
        |name: &str| Some((name.to_owned(), fs::read_to_string(setting(name)).ok()?.trim().to_owned()));
    let (present, absent) = FOLDERS.iter().map(PathBuf::from).partition::<Vec<_>, _>(|path| path.exists());
    let empty = present.into_iter().filter(|path| entries(path).is_empty()).collect();
    let before = Before { settings: names.filter_map(read).collect(), absent, empty };
    fs::write(record(folder), serde_json::to_vec_pretty(&before)?)
        .context("could not write down how the machine is")?;
    for (name, value) in NEEDED {
        match fs::write(setting(name), value) {
            // Without that module, what a Service's pod answers to a pod beside it skips the rules, and seems to come
            // from somebody else.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                anyhow::bail!("the kernel has no `{name}`: `modprobe br_netfilter` gives it")
            }
            set => set.with_context(|| format!("could not set `{name}`"))?,
        }
    }
    Ok(())
}

/// Gives the machine back what [`prepare`] wrote down, and removes what the components left outside of the folder.
pub(super) fn restore(folder: &Folder) -> Result<()> {
    remove_sockets(folder)?;
    remove_results(folder)?;
    remove_links(folder)?;
    let text = match fs::read(record(folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        text => text.context("could not read how the machine was")?,
    };
    let before: Before = serde_json::from_slice(&text).context("could not read how the machine was")?;
    for (name, value) in &before.settings {
        if fs::read_to_string(setting(name)).is_ok_and(|now| now.trim() != value) {
            fs::write(setting(name), value)
                .with_context(|| format!("could not set `{name}` to `{value}` again"))?;
        }
    }
    before.prune()
}

fn record(folder: &Folder) -> PathBuf {
    folder.join("machine-before.json")
}

fn setting(name: &str) -> PathBuf {
    Path::new("/proc/sys").join(name)
}

/// Each container's shim has a socket in a folder that all of containerd's share.
fn remove_sockets(folder: &Folder) -> Result<()> {
    for task in entries(&folder.tasks()) {
        let address = fs::read_to_string(task.join("address")).unwrap_or_default();
        if let Some(socket) = address.trim().strip_prefix("unix:///run/containerd/s/") {
            remove_file(&Path::new("/run/containerd/s").join(socket))?;
        }
    }
    Ok(())
}

/// CNI keeps what it answered for each network of a pod, with the path of the pod's network namespace.
fn remove_results(folder: &Folder) -> Result<()> {
    let path = folder.path().as_os_str().as_encoded_bytes();
    let names_it = |text: Vec<u8>| text.windows(path.len()).any(|part| part == path);
    let is_ours = |file: &PathBuf| fs::read(file).is_ok_and(names_it);
    entries(Path::new("/var/lib/cni/results"))
        .iter()
        .filter(|file| is_ours(file))
        .try_for_each(|file| remove_file(file))
}

/// The kubelet links the logs of containers into a folder of a fixed name.
fn remove_links(folder: &Folder) -> Result<()> {
    let is_ours = |path: &PathBuf| fs::read_link(path).is_ok_and(|target| target.starts_with(folder.path()));
    entries(Path::new("/var/log/containers"))
        .iter()
        .filter(|path| is_ours(path))
        .try_for_each(|path| remove_file(path))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a folder that has nothing in it but such folders. Others have come to use what is not empty.
fn prune(folder: &Path) {
    if fs::symlink_metadata(folder).is_ok_and(|entry| entry.is_dir()) {
        entries(folder).iter().for_each(|entry| prune(entry));
        let _ = fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_nobody_used_are_as_they_were() {
        let root = tempfile::tempdir().unwrap();
        let [absent, empty, used] = ["absent", "empty", "used"].map(|name| root.path().join(name));
        for folder in [&absent, &empty, &used] {
            fs::create_dir_all(folder.join("made/on/the/way")).unwrap();
        }
        let before =
            Before { settings: BTreeMap::new(), absent: vec![absent.clone()], empty: vec![empty.clone()] };
        before.prune().unwrap();
        assert!(!absent.exists() && empty.exists() && entries(&empty).is_empty());
        assert!(used.join("made/on/the/way").exists());
    }

    #[test]
    fn only_empty_folders_are_pruned() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b/c")).unwrap();
        fs::create_dir_all(root.path().join("a/d")).unwrap();
        fs::write(root.path().join("a/d/file"), "somebody's").unwrap();
        prune(&root.path().join("a"));
        assert!(root.path().join("a/d/file").exists() && !root.path().join("a/b").exists());
        fs::remove_file(root.path().join("a/d/file")).unwrap();
        prune(&root.path().join("a"));
        assert!(!root.path().join("a").exists());
    }
}
