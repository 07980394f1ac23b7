//! The control group that all containers of the cluster are in.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::{mounts, seat};

/// Its name in every hierarchy: version 1 of control groups has one for each controller, version 2 has one.
pub(super) fn name() -> Result<String> {
    Ok(format!("/dast-lab{}", seat::suffix()?))
}

const POLL: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_secs(20);

/// Makes it, since the kubelet wants to find it.
pub(super) fn make() -> Result<()> {
    for folder in folders()? {
        fs::create_dir_all(&folder)
            .with_context(|| format!("could not make the control group `{}`", folder.display()))?;
    }
    Ok(())
}

/// Kills every process in it, and removes it, if it is there.
pub(super) fn remove() -> Result<()> {
    let folders: Vec<_> = folders()?.into_iter().filter(|folder| folder.exists()).collect();
    let began = Instant::now();
    loop {
        // From the innermost to the outermost, since only empty ones can be removed.
        let groups: Vec<_> = folders.iter().flat_map(|folder| groups(folder)).collect();
        if groups.iter().all(|group| removed(group)) {
            return Ok(());
        }
        for group in &groups {
            processes(group).into_iter().for_each(kill);
        }
        ensure!(began.elapsed() < LIMIT, "the containers' processes were killed, and still run");
        thread::sleep(POLL);
    }
}

fn folders() -> Result<Vec<PathBuf>> {
    let (mounts, name) = (mounts::all()?, name()?);
    let hierarchies =
        mounts.iter().filter(|mount| matches!(mount.file_system.as_str(), "cgroup" | "cgroup2"));
    Ok(hierarchies.map(|mount| mount.path.join(name.trim_start_matches('/'))).collect())
}

/// A group after those within it.
fn groups(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let within = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    within.flat_map(|entry| groups(&entry.path())).chain([folder.to_owned()]).collect()
}

fn removed(group: &Path) -> bool {
    match fs::remove_dir(group) {
        Ok(()) => true,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

fn processes(group: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok().and_then(Pid::from_raw)).collect()
}

/// What is gone already need not be killed, and what cannot be killed is still there in the next round.
fn kill(process: Pid) {
    let _ = kill_process(process, Signal::KILL);
}
