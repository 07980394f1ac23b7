//! A ZAP that goes on after the program that started it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Api;
use crate::process::Known;

/// How long it may take to end after it said that it will, and after it was killed.
const GOODBYE: Duration = Duration::from_secs(120);

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
        self.process().is_running()
    }

    /// The memory that it has now, in bytes (`VmRSS` of proc(5)).
    ///
    /// # Errors
    /// If it does not run.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.process().resident_bytes().context("ZAP does not run")
    }

    /// Asks it over the API to end, and kills it if it does not within half a minute.
    ///
    /// Says whether it ended as asked. Nothing happens if it does not run.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn end(&self) -> Result<bool> {
        let asked = self.api().get("JSON/core/action/shutdown/");
        let process = self.process();
        if asked.is_ok() && process.is_gone_within(GOODBYE) {
            return Ok(true);
        }
        if !process.is_running() {
            return Ok(true);
        }
        process.kill().context("could not kill ZAP")?;
        ensure!(process.is_gone_within(GOODBYE), "ZAP was killed, and still runs");
        Ok(false)
    }

    /// No other process is told to use its home folder.
    fn process(&self) -> Known {
        Known::new(self.pid, &self.home)
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::thread;

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
