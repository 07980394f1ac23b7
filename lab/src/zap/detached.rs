//! A ZAP that goes on after the program that started it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::Api;

const POLL: Duration = Duration::from_millis(100);
/// How long it may take to end after it said that it will, and after it was killed.
const GOODBYE: Duration = Duration::from_secs(30);

/// A ZAP that goes on after the program that started it: what another program needs to find it, as a serde type.
#[derive(Clone, Serialize, Deserialize)]
pub struct Detached {
    pid: u32,
    address: SocketAddr,
    home: PathBuf,
    /// Belongs into a file of its own.
    #[serde(skip)]
    key: String,
}

impl Detached {
    pub(super) fn new(pid: u32, address: SocketAddr, home: PathBuf, key: String) -> Self {
        Self { pid, address, home, key }
    }

    /// With the key that serde leaves out.
    #[must_use]
    pub fn with_api_key(self, key: impl Into<String>) -> Self {
        Self { key: key.into(), ..self }
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Where it answers, as `http://127.0.0.1:8090`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The key that its API wants.
    pub fn api_key(&self) -> &str {
        &self.key
    }

    /// Its API, as bare requests.
    pub fn api(&self) -> Api {
        Api::new(self.address, self.key.clone())
    }

    /// Whether the process still is, and still is this ZAP: ids are given again to others.
    pub fn is_running(&self) -> bool {
        let home = self.home.as_os_str().as_encoded_bytes();
        // A process that has ended and was not waited for has an empty command line.
        let command_line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        command_line.split(|byte| *byte == 0).any(|argument| argument == home)
    }

    /// The memory that it has now, in bytes (`VmRSS` of proc(5)).
    ///
    /// # Errors
    /// If it does not run.
    pub fn resident_bytes(&self) -> Result<u64> {
        ensure!(self.is_running(), "ZAP does not run");
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        Ok(kib.context("the system does not say how much memory it has")?.saturating_mul(1024))
    }

    /// Asks it over the API to end, and kills it if it does not within half a minute.
    ///
    /// Says whether it ended as asked. Nothing happens if it does not run.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn end(&self) -> Result<bool> {
        let asked = self.api().get("JSON/core/action/shutdown/");
        if asked.is_ok() && self.is_gone_within(GOODBYE) {
            return Ok(true);
        }
        if !self.is_running() {
            return Ok(true);
        }
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).context("the id of no process")?;
        kill_process(pid, Signal::KILL).context("could not kill ZAP")?;
        ensure!(self.is_gone_within(GOODBYE), "ZAP was killed, and still runs");
        Ok(false)
    }

    fn is_gone_within(&self, limit: Duration) -> bool {
        let begin = Instant::now();
        while self.is_running() {
            if begin.elapsed() > limit {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn detached(pid: u32, home: &str) -> Detached {
        Detached::new(pid, ([127, 0, 0, 1], 9).into(), home.into(), "k".to_owned())
    }

    #[test]
    fn a_process_is_known_by_its_home_folder() {
        // The shell keeps what follows the script as arguments, and waits for a line that does not come.
        let script = ["-c", "read line", "zap", "a-home-folder"];
        let mut other = Command::new("sh").args(script).stdin(Stdio::piped()).spawn().unwrap();
        let _input = other.stdin.take();
        // For a moment, a new process has no command line yet.
        while !detached(other.id(), "a-home-folder").is_running() {
            assert!(other.try_wait().unwrap().is_none());
        }
        assert!(!detached(other.id(), "another-home-folder").is_running());
        assert!(detached(other.id(), "a-home-folder").resident_bytes().unwrap() > 0);
        // Nothing listens on the discard port, so there is nobody to ask; the shell is reaped from a second thread.
        let zap = detached(other.id(), "a-home-folder");
        let reaper = thread::spawn(move || other.wait().unwrap());
        assert!(!zap.end().unwrap(), "it was killed");
        assert!(!reaper.join().unwrap().success());
        assert!(!zap.is_running());
        assert!(zap.end().unwrap(), "there is nothing to do");
    }

    #[test]
    fn the_key_is_not_written() {
        let text = serde_json::to_string(&detached(1, "a")).unwrap();
        assert_eq!(text, r#"{"pid":1,"address":"127.0.0.1:9","home":"a"}"#);
        let read: Detached = serde_json::from_str(&text).unwrap();
        assert_eq!(read.with_api_key("k").api_key(), "k");
    }
}
