//! Our programs as they are released, and as processes on this machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use dast_lab::program::{Profile, Program};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::zap::process::most_resident_kib_of;

const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where a program lies as it is released. It is built if nobody says where.
pub(crate) fn program(built: Option<&Path>, name: &str) -> Result<PathBuf> {
    if let Some(built) = built {
        return Ok(built.to_owned());
    }
    let program = Program::ALL.into_iter().find(|program| program.name() == name);
    let program = program.context("there is no such program")?;
    let built = Program::build(&[program], Profile::Release, |line| eprintln!("{name}: {line}"))?;
    built.into_iter().next().context("there is no program")
}

/// A program that runs, and ends when this is dropped.
pub(crate) struct Running {
    process: Child,
    begun: Instant,
    log: PathBuf,
}

impl Running {
    /// Starts it. What it tells is kept in `target/benches`, since it may tell why something was not measured.
    pub(crate) fn start(mut command: Command, name: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/benches");
        fs::create_dir_all(&folder)?;
        let log = folder.join(format!("{name}.log"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let begun = Instant::now();
        let process = command.spawn().with_context(|| format!("`{name}` does not start"))?;
        Ok(Self { process, begun, log })
    }

    /// Waits until it says at this address that it is ready, and `enough` agrees, and says how long that took since it was
    /// started. `enough` hears each time whether it is ready, how long that took, and what it has told.
    pub(crate) async fn ready(
        &mut self,
        address: &str,
        mut enough: impl FnMut(bool, Duration, &str) -> bool,
    ) -> Result<Duration> {
        let client = reqwest::Client::new();
        loop {
            let told = fs::read_to_string(&self.log)?;
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended with {status}: {told}");
            }
            ensure!(self.begun.elapsed() < PATIENCE, "not ready: {told}");
            if let Ok(answer) = client.get(format!("http://{address}/readyz")).send().await {
                let is_ready = answer.status().is_success();
                if enough(is_ready, self.begun.elapsed(), &fs::read_to_string(&self.log)?) && is_ready {
                    return Ok(self.begun.elapsed());
                }
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// KiB of it that were in memory at the same time, at most.
    pub(crate) fn most_resident_kib(&self) -> Result<u64> {
        most_resident_kib_of(self.process.id())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(mut self) -> Result<()> {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("the id of no process")?, Signal::TERM)?;
        let status = self.process.wait()?;
        ensure!(status.success(), "it ended with {status}");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, and there is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
