//! What is written down of the daemon, so that a later command finds it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use dast_lab::zap::Detached;
use serde::{Deserialize, Serialize};

/// The files of the daemon in target/lab: what it is, its key, its home folder.
pub(super) struct Record {
    folder: PathBuf,
}

/// What is in zap-daemon.json.
#[derive(Serialize, Deserialize)]
struct Entry {
    url: String,
    key_file: PathBuf,
    #[serde(flatten)]
    zap: Detached,
}

impl Record {
    pub(super) fn of(workspace: &Path) -> Self {
        Self { folder: workspace.join("target").join("lab") }
    }

    /// Where everything of the lab is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Holds the API key and nothing else.
    pub(super) fn key_file(&self) -> PathBuf {
        self.folder.join("zap-daemon.key")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.folder.join("zap-daemon-home")
    }

    fn entry_file(&self) -> PathBuf {
        self.folder.join("zap-daemon.json")
    }

    /// The daemon, if one was written down and still runs.
    pub(super) fn running(&self) -> Result<Option<Detached>> {
        let path = self.entry_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("could not read `{}`", path.display())),
        };
        let entry: Entry = serde_json::from_str(&text).with_context(|| {
            format!("`{}` is damaged: end ZAP yourself and remove that file", path.display())
        })?;
        if !entry.zap.is_running() {
            return Ok(None);
        }
        let key = fs::read_to_string(&entry.key_file).context("ZAP runs, and its key file cannot be read")?;
        Ok(Some(entry.zap.with_api_key(key.trim())))
    }

    pub(super) fn write(&self, zap: &Detached) -> Result<()> {
        self.clear_files()?;
        self.write_private(&self.key_file(), zap.api_key())?;
        let entry = Entry { url: zap.url(), key_file: self.key_file(), zap: zap.clone() };
        self.write_private(&self.entry_file(), &serde_json::to_string_pretty(&entry)?)
    }

    /// When the daemon was written down, which is when it had started.
    pub(super) fn written(&self) -> Result<SystemTime> {
        super::modified(&self.entry_file())
    }

    /// Removes everything of a daemon that does not run.
    pub(super) fn clear(&self) -> Result<()> {
        self.clear_files()?;
        gone(fs::remove_dir_all(self.home()), &self.home())
    }

    fn clear_files(&self) -> Result<()> {
        for path in [self.entry_file(), self.key_file()] {
            gone(fs::remove_file(&path), &path)?;
        }
        Ok(())
    }

    /// Nobody else may read it, from the first byte on.
    fn write_private(&self, path: &Path, text: &str) -> Result<()> {
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        let written = file.and_then(|mut file| writeln!(file, "{text}"));
        written.with_context(|| format!("could not write `{}`", path.display()))
    }
}

/// What was not there is gone as well.
fn gone(removed: std::io::Result<()>, path: &Path) -> Result<()> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    use super::*;

    fn record(folder: &Path) -> Record {
        let record = Record::of(folder);
        fs::create_dir_all(record.home()).unwrap();
        record
    }

    fn zap(pid: u32) -> Detached {
        let text = format!(r#"{{"pid":{pid},"address":"127.0.0.1:9","home":"a-home-folder"}}"#);
        serde_json::from_str::<Detached>(&text).unwrap().with_api_key("secret")
    }

    #[test]
    fn what_is_written_is_found_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        let record = record(folder.path());
        assert!(record.running().unwrap().is_none());
        // The shell keeps what follows the script as arguments, and waits for a line that does not come.
        let script = ["-c", "read line", "zap", "a-home-folder"];
        let mut process = Command::new("sh").args(script).stdin(Stdio::piped()).spawn().unwrap();
        record.write(&zap(process.id())).unwrap();
        // For a moment, a new process has no command line yet.
        let found = loop {
            assert!(process.try_wait().unwrap().is_none());
            if let Some(found) = record.running().unwrap() {
                break found;
            }
        };
        assert_eq!((found.pid(), found.api_key()), (process.id(), "secret"));
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(record.running().unwrap().is_none());
        record.clear().unwrap();
        assert_eq!(fs::read_dir(record.folder()).unwrap().count(), 0);
    }

    #[test]
    fn the_key_is_in_a_file_of_its_own_that_only_the_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let record = record(folder.path());
        record.write(&zap(1)).unwrap();
        record.write(&zap(2)).unwrap();
        assert_eq!(fs::read_to_string(record.key_file()).unwrap(), "secret\n");
        assert!(!fs::read_to_string(record.entry_file()).unwrap().contains("secret"));
        for path in [record.key_file(), record.entry_file()] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_entry_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let record = record(folder.path());
        fs::write(record.entry_file(), "{").unwrap();
        assert!(record.running().is_err());
    }
}
