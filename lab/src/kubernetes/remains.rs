//! What is left of a cluster, whole or broken, and how it is removed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::folder::Folder;
use super::{cgroup, machine, mounts, network};
use crate::process::Known;

const POLL: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_secs(20);

/// Ends all processes of the cluster and removes everything that it made. Says whether there was anything.
///
/// It asks nothing of the components, whose state is thrown away, so it does the same after a crash.
pub(super) fn remove(folder: &Folder) -> Result<bool> {
    let ended = end(folder)?;
    let has_node = has_node(folder)?;
    if has_node {
        restore_machine(folder)?;
    }
    let existed = match fs::remove_dir_all(folder.path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        removed => {
            removed.with_context(|| format!("could not remove `{}`", folder.path().display()))?;
            true
        }
    };
    Ok(ended || has_node || existed)
}

/// Ends all processes of the cluster and what they have mounted, and leaves its files. Says whether there was any.
pub(super) fn end(folder: &Folder) -> Result<bool> {
    let ended = end_processes(folder)?;
    if has_node(folder)? {
        cgroup::remove()?;
    }
    mounts::detach_below(folder.path())?;
    Ok(ended)
}

/// Whether there is anything that [`remove`] would remove.
pub(super) fn exist(folder: &Folder) -> Result<bool> {
    Ok(folder.path().exists() || has_node(folder)? || !processes(folder)?.is_empty())
}

/// Removes what is left of the node of another cluster on this machine, if there is anything, so that there can be one
/// here. Its own files stay.
///
/// # Errors
/// If that cluster runs.
pub(super) fn remove_others(folder: &Folder) -> Result<()> {
    let Some(owner) = network::bridge_owner()?.filter(|owner| owner != folder.path()) else { return Ok(()) };
    // A bridge that says nothing is of a start that broke off.
    let other = if owner.is_absolute() { Folder::at(owner) } else { folder.clone() };
    let running = processes(&other)?;
    ensure!(
        running.is_empty(),
        "another cluster is up in `{}`, and there can be one a machine: `cargo xtask cluster down` there ends it",
        other.path().display()
    );
    cgroup::remove()?;
    restore_machine(&other)
}

fn has_node(folder: &Folder) -> Result<bool> {
    Ok(network::bridge_owner()?.is_some_and(|owner| owner == folder.path()))
}

/// The bridge goes last, because it says that there is something to remove.
fn restore_machine(folder: &Folder) -> Result<()> {
    network::remove_tables()?;
    machine::restore(folder)?;
    network::remove_bridge()
}

/// Kills until there is nobody left, since a component may start one more before it is killed itself. Then their ports are free.
fn end_processes(folder: &Folder) -> Result<bool> {
    let (began, mut killed) = (Instant::now(), Vec::new());
    loop {
        let processes = processes(folder)?;
        if processes.is_empty() && !killed.iter().any(Known::is_ending) {
            return Ok(!killed.is_empty());
        }
        for process in processes {
            process.kill()?;
            if !killed.contains(&process) {
                killed.push(process);
            }
        }
        ensure!(began.elapsed() < LIMIT, "processes of the cluster were killed, and still run: {killed:?}");
        thread::sleep(POLL);
    }
}

/// The components, known by the names that they are started under, and the shims of containers, which are told
/// containerd's socket.
fn processes(folder: &Folder) -> Result<Vec<Known>> {
    let (programs, socket) = (folder.programs(), folder.socket());
    Known::all(|argument: &Path| argument.starts_with(&programs) || argument == socket)
}
