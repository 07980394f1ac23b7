//! The folder that everything of a cluster lies in.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::component::Component;
use super::seat;

/// A socket's path may have 107 bytes (unix(7)).
const LONGEST_SOCKET: usize = 107;

/// The folder that everything of a cluster lies in. Nobody but its owner may look into it: it has the cluster's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The cluster's folder in `cache`, which need not be there yet.
    pub(super) fn of(cache: &Path) -> Result<Self> {
        fs::create_dir_all(cache).with_context(|| format!("could not make `{}`", cache.display()))?;
        let cache = cache.canonicalize().context("could not find the folder just made")?;
        let folder = Self { path: cache.join(format!("cluster{}", seat::suffix()?)) };
        // It goes into configuration files of several formats, and into options of mounts.
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
        let text = folder.path.to_str().filter(|text| text.chars().all(plain));
        ensure!(
            text.is_some(),
            "a cluster cannot lie in `{}`: move the repository to a folder with letters, digits and `._-+@` only",
            folder.path.display()
        );
        ensure!(
            folder.socket().as_os_str().len() <= LONGEST_SOCKET,
            "`{}` is too long for a socket: move the repository to a folder with a shorter path",
            folder.socket().display()
        );
        Ok(folder)
    }

    /// The folder of a cluster that was started elsewhere.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn create(&self) -> Result<()> {
        let private = |path: &Path| {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.with_context(|| format!("could not make `{}`", path.display()))
        };
        private(&self.path)?;
        ["programs", "logs", "keys", "configuration", "networks", "temporary"]
            .into_iter()
            .try_for_each(|name| private(&self.join(name)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The name that a component is started under. No process of anybody else has it.
    pub(super) fn program(&self, component: Component) -> PathBuf {
        self.programs().join(component.program())
    }

    /// What another program needs to find the cluster.
    pub(super) fn record(&self) -> PathBuf {
        self.join("cluster.json")
    }

    pub(super) fn programs(&self) -> PathBuf {
        self.join("programs")
    }

    pub(super) fn log(&self, component: Component) -> PathBuf {
        self.join("logs").join(format!("{}.log", component.program()))
    }

    /// A certificate, a key or a kubeconfig.
    pub(super) fn key(&self, name: &str) -> PathBuf {
        self.join("keys").join(name)
    }

    pub(super) fn configuration(&self, name: &str) -> PathBuf {
        self.join("configuration").join(name)
    }

    /// What people and tests use: may do everything.
    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.key("admin.kubeconfig")
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.join("logs").join("audit.log")
    }

    /// Where containerd listens.
    pub(super) fn socket(&self) -> PathBuf {
        self.join("containerd/containerd.sock")
    }

    /// What containerd keeps of each running container.
    pub(super) fn tasks(&self) -> PathBuf {
        self.join("containerd/state/io.containerd.runtime.v2.task/k8s.io")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_would_break_a_configuration_file_is_refused() {
        let cache = tempfile::tempdir().unwrap();
        assert!(Folder::of(&cache.path().join("lab")).is_ok());
        for name in ["with space", "colon:", "quote\"", "ünder"] {
            let error = Folder::of(&cache.path().join(name)).unwrap_err().to_string();
            assert!(error.contains("letters, digits"), "{error}");
        }
        let error = Folder::of(&cache.path().join("long".repeat(25))).unwrap_err().to_string();
        assert!(error.contains("too long for a socket"), "{error}");
    }
}
