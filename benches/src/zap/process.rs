//! What Linux says of processes.

use std::process::Child;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// KiB of this process that were in memory at the same time, at most.
pub(super) fn most_resident_kib() -> Result<u64> {
    most_resident_kib_of("self")
}

/// The same of another process.
pub(crate) fn most_resident_kib_of(id: impl std::fmt::Display) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Waits for the end of a process, and says how long it had a processor.
pub(super) fn processor_time(child: &Child) -> Result<Duration> {
    let id = child.id();
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw).context("the id of no process")?;
    // It is left there, so that it can still be asked.
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in parentheses, may have spaces in it. User and system time are fields 14 and 15 (proc(5)).
    let (_, fields) = stat.rsplit_once(") ").context("no name")?;
    let times = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks = times.sum::<Result<u64, _>>()?;
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}
