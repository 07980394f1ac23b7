//! The controllers of cert-manager, which issue and renew certificates (<https://cert-manager.io>, Apache-2.0), with the
//! definitions of what they read.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::cache;
use crate::go;
use crate::prerequisites::{self, LATER_GO};
use crate::process::{quote, run};

const MODULE: &str = "github.com/cert-manager/cert-manager";
/// Where the module has its definitions.
const DEFINITIONS: &str = "deploy/crds";
/// Those that the controllers read which are built.
const NAMES: [&str; 4] = ["certificaterequests", "certificates", "clusterissuers", "issuers"];
const PROGRAM: &str = "cert-manager";
const FILES: [(&str, &str); 3] = [
    ("go.mod", include_str!("../cert-manager/go.mod")),
    ("go.sum", include_str!("../cert-manager/go.sum")),
    ("main.go", include_str!("../cert-manager/main.go")),
];
const SOURCES: [&str; 2] = [include_str!("cert_manager.rs"), include_str!("go.rs")];

/// cert-manager in the version that `lab/cert-manager/go.mod` pins, for a cluster that has none.
///
/// ```no_run
/// use dast_lab::cert_manager::CertManager;
/// use dast_lab::kubernetes::{Cluster, Options};
///
/// # fn main() -> anyhow::Result<()> {
/// let cert_manager = CertManager::ensure(|line| eprintln!("{line}"))?;
/// let cluster = Cluster::up(&Options::default(), |line| eprintln!("{line}"))?;
/// for definition in cert_manager.definitions() {
///     cluster.kubectl().args(["create", "--filename"]).arg(definition).status()?;
/// }
/// // Dropping it ends it.
/// let running = cert_manager.start(&cluster.kubeconfig(), "cert-manager.log".as_ref())?;
/// # drop(running);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertManager {
    folder: PathBuf,
}

impl CertManager {
    /// Finds it in `target/lab`, or builds it there from Go modules, which takes the network and some minutes.
    ///
    /// # Errors
    /// If Go is missing and cannot be installed, or if the modules cannot be got or are not what go.sum says.
    pub fn ensure(mut say: impl FnMut(&str)) -> Result<Self> {
        let key = cache::key(FILES.iter().flat_map(|(name, text)| [*name, *text]).chain(SOURCES));
        let folder = cache::made(&cache::folder(), &format!("cert-manager-{key}"), |part| {
            prerequisites::ensure(&[LATER_GO], &mut say)?;
            say("building cert-manager from Go modules, which takes minutes the first time");
            make(part).context("could not build cert-manager")
        })?;
        Ok(Self { folder })
    }

    /// The files that define what it reads. They are too long for an annotation with what was applied: `kubectl create`
    /// takes them.
    pub fn definitions(&self) -> Vec<PathBuf> {
        NAMES.iter().map(|name| self.folder.join(file(name))).collect()
    }

    /// Starts the controllers on this machine, as whom the kubeconfig names. What they say is written to `log`.
    ///
    /// # Errors
    /// If the program cannot be started or the log cannot be written.
    pub fn start(&self, kubeconfig: &Path, log: &Path) -> Result<Running> {
        let file = File::create(log).with_context(|| format!("could not write `{}`", log.display()))?;
        let mut program = Command::new(self.folder.join(PROGRAM));
        // It ends with its input, so that nobody who is killed leaves it behind.
        program.arg("-kubeconfig").arg(kubeconfig).stdin(Stdio::piped());
        program.stderr(file.try_clone()?).stdout(file);
        let process = program.spawn().context("could not start cert-manager")?;
        Ok(Running { process, log: log.to_owned() })
    }
}

/// cert-manager at work, which ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    process: Child,
    log: PathBuf,
}

impl Running {
    /// Whether it still runs.
    ///
    /// # Errors
    /// If it has ended; the end of what it said is quoted.
    pub fn check(&mut self) -> Result<()> {
        let ended = self.process.try_wait().context("could not ask for the state of cert-manager")?;
        let said = || quote(&fs::read_to_string(&self.log).unwrap_or_default());
        ensure!(ended.is_none(), "cert-manager has ended; {}", said());
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn make(folder: &Path) -> Result<()> {
    let source = folder.join("source");
    fs::create_dir(&source).context("could not make a folder for the sources")?;
    for (name, text) in FILES {
        fs::write(source.join(name), text).with_context(|| format!("could not write `{name}`"))?;
    }
    let mut build = go::go(&source);
    build.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"]);
    run(build.arg(folder.join(PROGRAM)).arg(".").env("CGO_ENABLED", "0"))?;
    let definitions = go::module(&source, MODULE)?.join(DEFINITIONS);
    for name in NAMES {
        let from = definitions.join(file(name));
        // What Go keeps cannot be written to, and a copy would be the same.
        let text = fs::read(&from).with_context(|| format!("could not read `{}`", from.display()))?;
        fs::write(folder.join(file(name)), text).with_context(|| format!("could not write `{name}`"))?;
    }
    fs::remove_dir_all(&source).context("could not remove the sources")
}

/// The file that defines a kind.
fn file(name: &str) -> String {
    format!("cert-manager.io_{name}.yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_pinned_by_its_hash() {
        let [(_, modules), (_, sums), _] = FILES;
        let version = modules.lines().find_map(|line| line.strip_prefix("require ")?.split_once(' '));
        let (module, version) = version.unwrap();
        assert_eq!(module, MODULE);
        assert!(sums.contains(&format!("{module} {version} h1:")), "{version}");
    }
}
