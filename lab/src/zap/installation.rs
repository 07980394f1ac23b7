//! The folder that ZAP is installed in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{Daemon, Detached, Options, addon, assembly, prerequisites};

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
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        package.parent().unwrap_or(package).join("target").join("lab")
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
        let cache = cache.as_ref();
        let made = format!("zap-{}", key());
        fs::create_dir_all(cache).with_context(|| format!("could not make `{}`", cache.display()))?;
        let cache = cache.canonicalize().context("could not find the folder just made")?;
        let folder = cache.join(&made);

        prerequisites::ensure_java(&mut say)?;
        let lock = cache.join(format!("{made}.lock"));
        let lock = File::create(&lock).with_context(|| format!("could not write `{}`", lock.display()))?;
        // Held until the end of this function; the system gives it back if the process is killed.
        lock.lock().context("could not lock the lab's folder")?;
        if !folder.exists() {
            prerequisites::ensure_maven_and_compiler(&mut say)?;
            let part = cache.join(format!("{made}.part"));
            if part.exists() {
                fs::remove_dir_all(&part).context("could not remove what a broken assembly left")?;
            }
            fs::create_dir(&part).context("could not make a folder to assemble in")?;
            assembly::assemble(&part, &mut say)?;
            fs::rename(&part, &folder).context("could not move the assembled ZAP to its place")?;
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
    let mut hash = Sha256::new();
    for part in [assembly::POM].into_iter().chain(code).chain(addon) {
        // With their lengths, so that no text can move from one part to the next unseen.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_a_short_name_for_a_folder() {
        assert_eq!(key().len(), 12);
        assert!(key().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(key(), key());
    }

    #[test]
    fn the_cache_is_the_workspaces() {
        assert!(Installation::cache().ends_with("target/lab"));
        assert!(Installation::cache().join("../../lab/zap/pom.xml").parent().is_some());
    }
}
