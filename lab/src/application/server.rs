//! A running application.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process;

const POLL: Duration = Duration::from_millis(50);
/// They take a second, and many times that on a busy machine.
const STARTUP: Duration = Duration::from_secs(60);
/// How often a start is tried, each time with another port: somebody may take one before the application does.
const TRIES: u32 = 3;

/// A running application, which is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
    /// Its home and working folder, removed after the process has ended.
    _folder: TempDir,
}

impl Server {
    pub(super) fn start(serve: impl Fn(u16) -> Command) -> Result<Self> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match Self::try_start(&serve) {
                Err(_) if tries > 0 => {}
                result => return result,
            }
        }
    }

    fn try_start(serve: impl Fn(u16) -> Command) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("application-").tempdir()?;
        let log = folder.path().join("output.log");
        let output = File::create(&log)?;
        let address = free_address()?;
        let mut command = serve(address.port());
        // A home of its own, so that nobody's settings count.
        command.current_dir(folder.path()).env("HOME", folder.path()).stdin(Stdio::null());
        let process =
            command.stderr(output.try_clone()?).stdout(output).spawn().context("no such program")?;
        let mut server = Self { process, address, _folder: folder };
        server.wait(&log)?;
        Ok(server)
    }

    fn wait(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        loop {
            let answers = TcpStream::connect_timeout(&self.address, POLL).is_ok();
            // Asked after the connection: if somebody else has the port, the process ends.
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended with {status}; {}", quote(log)?);
            }
            if answers {
                return Ok(());
            }
            if started.elapsed() > STARTUP {
                bail!("it was not ready after {} s; {}", STARTUP.as_secs(), quote(log)?);
            }
            thread::sleep(POLL);
        }
    }

    /// Its first page, as `http://127.0.0.1:8001/`.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // There is nobody to tell, and what has ended need not be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn quote(log: &Path) -> Result<String> {
    Ok(process::quote(&String::from_utf8_lossy(&fs::read(log)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ends_is_quoted() {
        let serve = |_| {
            let mut shell = Command::new("sh");
            shell.args(["-c", "echo no such database; exit 3"]);
            shell
        };
        let error = Server::start(serve).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.ends_with("no such database"), "{error}");
    }
}
