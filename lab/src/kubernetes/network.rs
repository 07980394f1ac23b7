//! The addresses of the cluster, and the bridge that the node and its pods meet at.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run;

/// The bridge of the lab.
pub(super) const BRIDGE: &str = "dastlab0";
/// The node's address on the bridge, where the API server and DNS listen too: Kubernetes refuses loopback addresses for
/// nodes and endpoints.
pub(super) const NODE: Ipv4Addr = Ipv4Addr::new(10, 213, 0, 1);
/// The addresses of pods, and the bridge's.
pub(super) const PODS: &str = "10.213.0.0/16";
/// The addresses of Services.
pub(super) const SERVICES: &str = "10.214.0.0/16";
/// The address of the Service `kubernetes`: the first of its range.
pub(super) const API_SERVICE: Ipv4Addr = Ipv4Addr::new(10, 214, 0, 1);
/// The network's name in CNI, which names its files.
pub(super) const NAME: &str = "dast-lab";

/// Makes the bridge, which must not be there, and writes on it whose it is.
pub(super) fn make_bridge(owner: &Path) -> Result<()> {
    let address = format!("{NODE}/16");
    ip(&["link", "add", BRIDGE, "type", "bridge"])?;
    fs::write(bridge().join("ifalias"), owner.as_os_str().as_encoded_bytes())
        .context("could not write on the bridge whose it is")?;
    ip(&["address", "add", &address, "dev", BRIDGE])?;
    ip(&["link", "set", BRIDGE, "up"])
}

/// Whose bridge there is, and with it whose node or what is left of one: the path of a cluster's folder, or nothing if it
/// was made only half.
pub(super) fn bridge_owner() -> Result<Option<PathBuf>> {
    if !bridge().exists() {
        return Ok(None);
    }
    let owner =
        fs::read_to_string(bridge().join("ifalias")).context("could not read whose bridge there is")?;
    Ok(Some(owner.trim_end().into()))
}

/// Removes the bridge, which must be there, and the pods' ends of it, which the kernel would remove a little later.
pub(super) fn remove_bridge() -> Result<()> {
    for end in fs::read_dir(bridge().join("brif")).context("could not list the pods' links")? {
        let (end, name) = (end?.path(), "the name of a link is no text");
        let deleted = ip(&["link", "delete", end.file_name().and_then(|end| end.to_str()).context(name)?]);
        // It may have been quicker.
        if end.exists() {
            deleted?;
        }
    }
    ip(&["link", "delete", BRIDGE])
}

fn bridge() -> PathBuf {
    Path::new("/sys/class/net").join(BRIDGE)
}

/// Removes what kube-proxy has told the kernel, if anything.
pub(super) fn remove_tables() -> Result<()> {
    for family in ["ip", "ip6"] {
        let table = ["table", family, "kube-proxy"];
        // `nft destroy` would do both, and older kernels do not know it.
        if run(nft().arg("list").args(table)).is_ok() {
            run(nft().arg("delete").args(table)).context("could not remove kube-proxy's table")?;
        }
    }
    Ok(())
}

fn ip(arguments: &[&str]) -> Result<()> {
    run(Command::new("ip").args(arguments))
        .with_context(|| format!("could not set up the node's network: `ip {}`", arguments.join(" ")))
}

fn nft() -> Command {
    Command::new("nft")
}
