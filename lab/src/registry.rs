//! A real registry of images on loopback, and the tool that copies images between places: Debian's.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::image::Archive;
use crate::prerequisites::{self, DOCKER_REGISTRY, SKOPEO};
use crate::process::{output, quote, start_detached};

/// A [registry](https://github.com/opencontainers/distribution-spec), without TLS, until it is dropped.
#[derive(Debug)]
pub struct Registry {
    process: Child,
    address: SocketAddr,
    /// What it keeps.
    folder: TempDir,
}

const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

impl Registry {
    /// Starts one, which is empty. What it needs is installed where that is possible without asking.
    ///
    /// # Errors
    /// When it cannot be installed, or does not answer within 30 seconds.
    pub fn start(mut say: impl FnMut(&str)) -> Result<Self> {
        prerequisites::ensure(&[DOCKER_REGISTRY, SKOPEO], &mut say)?;
        let folder = tempfile::tempdir().context("could not make a folder for the registry")?;
        // It is free again before it is taken: whoever takes it in between makes this fail.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|port| port.local_addr())
            .context("there is no free port")?;
        let configuration = folder.path().join("config.yml");
        let kept = folder.path().join("kept");
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: '{}'}}}}\nhttp: {{addr: '{address}'}}\n",
            kept.display()
        );
        fs::write(&configuration, text).context("could not write the registry's configuration")?;
        let log = folder.path().join("log");
        let mut command = Command::new("docker-registry");
        let process = start_detached(command.arg("serve").arg(&configuration), &log)?;
        let mut registry = Self { process, address, folder };
        registry.wait()?;
        Ok(registry)
    }

    /// Puts an image there as `name`, and returns the digest by which it is found there.
    ///
    /// # Errors
    /// When the registry does not take it.
    pub fn push(&self, archive: &Archive, name: &str) -> Result<String> {
        let place = format!("docker://{}/{name}", self.address);
        skopeo(&["copy", "--insecure-policy", "--dest-tls-verify=false", &oci(archive), &place])?;
        let digest = skopeo(&["inspect", "--tls-verify=false", "--format={{.Digest}}", &place])?;
        Ok(digest.trim().to_owned())
    }

    fn wait(&mut self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_err() {
            let ended = self.process.try_wait().context("could not ask for the registry")?;
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            ensure!(ended.is_none(), "the registry has ended: {}", quote(&log));
            ensure!(Instant::now() < end, "the registry does not answer: {}", quote(&log));
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The configuration of an image, as JSON: as tools for OCI archives find it, and as those for `docker load` do.
///
/// # Errors
/// When one of them cannot read the archive.
pub fn configurations(archive: &Archive) -> Result<[String; 2]> {
    let docker = format!("docker-archive:{}", archive.path().display());
    Ok([
        skopeo(&["inspect", "--config", "--raw", &oci(archive)])?,
        skopeo(&["inspect", "--config", "--raw", &docker])?,
    ])
}

fn oci(archive: &Archive) -> String {
    format!("oci-archive:{}", archive.path().display())
}

fn skopeo(arguments: &[&str]) -> Result<String> {
    output(Command::new("skopeo").args(arguments))
}
