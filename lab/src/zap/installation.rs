//! The folder that ZAP is installed in.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Daemon, Detached, Options, addon, assembly};
use crate::cache;
use crate::prerequisites::{self, JAVA, JAVAC, MAVEN};

/// A ZAP that is ready to be started. It is only read, so many daemons can run from it at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
    version: String,
}

impl Installation {
    /// [`Installation::ensure_in`] the workspace's own `target/lab`.
    ///
    /// # Errors
    /// As [`Installation::ensure_in`].
    pub fn ensure(say: impl FnMut(&str)) -> Result<Self> {
        Self::ensure_in(Self::cache(), say)
    }

    /// The folder that [`Installation::ensure`] assembles in: `target/lab` of this workspace.
    pub fn cache() -> PathBuf {
        cache::folder()
    }

    /// Finds the installation in `cache`, or assembles it there, which takes the network and half a minute.
    ///
    /// It lies in a folder named after all that it is made from, so a change of the pom or of the add-on makes a new
    /// one. Callers at the same time, in other processes too, wait for the first. `say` gets a line for each step that
    /// takes time, and none if there is nothing to do.
    ///
    /// # Errors
    /// If a program is missing and cannot be installed, if Maven cannot get the packages, or if they are not what they
    /// were when this was written.
    pub fn ensure_in(cache: impl AsRef<Path>, mut say: impl FnMut(&str)) -> Result<Self> {
        prerequisites::ensure(&[JAVA], &mut say)?;
        let mut assembled = false;
        let folder = cache::made(cache.as_ref(), &format!("zap-{}", key()), |part| {
            prerequisites::ensure(&[JAVAC, MAVEN], &mut say)?;
            assembled = true;
            assembly::assemble(part, &mut say)
        })?;
        if assembled {
            say(&format!("ZAP is assembled in {}", folder.display()));
        }
        let version = assembly::version(&folder)?;
        Ok(Self { folder, version })
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// ZAP's version, as `2.17.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Starts a daemon and waits until its API answers.
    ///
    /// # Errors
    /// If it ends before that, or takes longer than [`Options::startup`]; the end of its log is quoted. Nothing is
    /// left running then.
    pub fn start(&self, options: Options) -> Result<Daemon> {
        Daemon::start(self, options, false)
    }

    /// Like [`Installation::start`], but the daemon goes on when this program ends, and is not told of Ctrl-C.
    ///
    /// # Errors
    /// As [`Installation::start`].
    pub fn start_detached(&self, options: Options) -> Result<Detached> {
        Ok(Daemon::start(self, options, true)?.detach())
    }
}

/// A hash of everything that the installation is made from, the code that does it included.
fn key() -> String {
    let code = [assembly::SOURCE, addon::SOURCE];
    let addon = addon::FILES.iter().flat_map(|(name, text)| [*name, *text]);
    cache::key([assembly::POM].into_iter().chain(code).chain(addon))
}
