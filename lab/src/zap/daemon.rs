//! A running ZAP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::launch::{self, Launch};
use super::{Api, Detached, Installation, Options};

/// How often a start is tried with another port, if the port was ours to choose and somebody else was quicker.
const TRIES: u32 = 3;
const POLL: Duration = Duration::from_millis(50);
/// ZAP takes four to five seconds from its OK to its end, and more if it has a scan to stop.
const GOODBYE: Duration = Duration::from_secs(60);

/// A running ZAP, which is killed when this is dropped. It can be shared between threads.
///
/// Something in a `static` is never dropped: keep daemons in tests, or in what tests share by reference counting.
#[derive(Debug)]
pub struct Daemon {
    launch: Launch,
    process: Mutex<Child>,
    detached: bool,
    /// Removed after the process has ended.
    temporary: Option<TempDir>,
}

impl Daemon {
    pub(super) fn start(installation: &Installation, options: Options, detached: bool) -> Result<Self> {
        let temporary = match &options.home {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("zap-home-").tempdir()?),
        };
        let home = options.home.as_deref().or(temporary.as_ref().map(TempDir::path));
        let home = home.context("there is no home folder")?;
        let mut tries = if options.port == 0 { TRIES } else { 1 };
        loop {
            let launch = Launch::prepare(installation, &options, home, detached)?;
            tries -= 1;
            match launch.run() {
                Ok(child) => {
                    return Ok(Self { launch, process: Mutex::new(child), detached: false, temporary });
                }
                Err(error) if tries > 0 && launch::is_about_the_port(&error.to_string()) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it answers, as `http://127.0.0.1:8090`.
    pub fn url(&self) -> String {
        format!("http://{}", self.launch.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.launch.address
    }

    /// The key that its API wants.
    pub fn api_key(&self) -> &str {
        &self.launch.key
    }

    /// Its API, as bare requests.
    pub fn api(&self) -> &Api {
        &self.launch.api
    }

    /// The id of its process, which changes with [`Daemon::restart`].
    pub fn pid(&self) -> u32 {
        self.process().id()
    }

    /// Its home folder.
    pub fn home(&self) -> &Path {
        &self.launch.home
    }

    /// The file with all that it printed, restarts included.
    pub fn log(&self) -> PathBuf {
        self.launch.log()
    }

    /// Whether its process still is, suspended or not.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.exit_status()?.is_none())
    }

    /// How its process ended, if it did.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn exit_status(&self) -> Result<Option<ExitStatus>> {
        Ok(self.process().try_wait()?)
    }

    /// Ends it at once (`SIGKILL`) and waits until its process is gone. It may be gone already.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill(&self) -> Result<()> {
        let mut process = self.process();
        process.kill().context("could not kill ZAP")?;
        process.wait()?;
        Ok(())
    }

    /// Stops it where it is (`SIGSTOP`): connections stay open, and nothing answers.
    ///
    /// # Errors
    /// If it has ended.
    pub fn suspend(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a suspended one go on (`SIGCONT`).
    ///
    /// # Errors
    /// If it has ended.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks it over the API to end, and waits up to a minute until it has.
    ///
    /// # Errors
    /// If it refuses, or takes longer. It goes on then.
    pub fn shutdown(&self) -> Result<ExitStatus> {
        self.api().get("JSON/core/action/shutdown/")?;
        let asked = Instant::now();
        loop {
            if let Some(status) = self.exit_status()? {
                return Ok(status);
            }
            ensure!(asked.elapsed() < GOODBYE, "ZAP said that it ends, and still runs after a minute");
            thread::sleep(POLL);
        }
    }

    /// Kills it, unless it has ended, and starts it again as it was: the same port, key and home folder, and an empty
    /// session, in which ids begin at 0 again. That is what a container's restart looks like to a client.
    ///
    /// # Errors
    /// As [`Installation::start`].
    pub fn restart(&self) -> Result<()> {
        let mut process = self.process();
        process.kill().context("could not kill ZAP")?;
        process.wait()?;
        *process = self.launch.run()?;
        Ok(())
    }

    /// Leaves it running without this program.
    pub(super) fn detach(mut self) -> Detached {
        self.detached = true;
        if let Some(home) = &mut self.temporary {
            home.disable_cleanup(true);
        }
        Detached::new(self.pid(), self.launch.address, self.launch.home.clone(), self.launch.key.clone())
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let mut process = self.process();
        ensure!(process.try_wait()?.is_none(), "ZAP has ended");
        // Its id cannot have gone to another process, since nobody has waited for it.
        let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw).context("the id of no process")?;
        kill_process(pid, signal).context("could not send ZAP a signal")
    }

    /// A thread that panicked with the lock has done no harm to what it guards.
    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !self.detached {
            // There is nobody to tell.
            let _ = self.kill();
        }
    }
}
