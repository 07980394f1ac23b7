//! What an image's file system is made of.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

/// Folders and files of an image, by their paths without a slash in front.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
enum Entry {
    Folder { mode: u32 },
    File { mode: u32, content: Vec<u8> },
    Link { target: String },
}

/// A layer as it lies in an archive.
pub(super) struct Packed {
    /// The digest of what it contains, with its algorithm.
    pub(super) content: String,
    pub(super) packed: Vec<u8>,
}

impl Layer {
    /// One that adds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A program that everybody may run.
    #[must_use]
    pub fn program(self, path: &str, content: Vec<u8>) -> Self {
        self.add(path, Entry::File { mode: 0o755, content })
    }

    /// A file that everybody may read.
    #[must_use]
    pub fn file(self, path: &str, content: Vec<u8>) -> Self {
        self.add(path, Entry::File { mode: 0o644, content })
    }

    /// A folder. Those that other entries are in need not be named.
    #[must_use]
    pub fn folder(self, path: &str, mode: u32) -> Self {
        self.add(path, Entry::Folder { mode })
    }

    /// A symbolic link.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.add(path, Entry::Link { target: target.to_owned() })
    }

    fn add(mut self, path: &str, entry: Entry) -> Self {
        let path = path.trim_matches('/');
        for above in Path::new(path).ancestors().skip(1) {
            if let Some(above) = above.to_str().filter(|above| !above.is_empty()) {
                self.entries.entry(above.to_owned()).or_insert(Entry::Folder { mode: 0o755 });
            }
        }
        self.entries.insert(path.to_owned(), entry);
        self
    }

    pub(super) fn pack(&self) -> Result<Packed> {
        let mut tar = tar::Builder::new(Vec::new());
        // A folder's path is less than those of what is in it.
        for (path, what) in &self.entries {
            match what {
                Entry::Folder { mode } => folder(&mut tar, path, *mode)?,
                Entry::File { mode, content } => entry(&mut tar, path, *mode, content)?,
                Entry::Link { target } => {
                    let mut header = header(EntryType::Symlink, 0o777, 0);
                    tar.append_link(&mut header, path, target)
                        .with_context(|| format!("could not pack `{path}`"))?;
                }
            }
        }
        let tar = tar.into_inner()?;
        // Its header has no time and no name.
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&tar)?;
        Ok(Packed { content: format!("sha256:{}", digest(&tar)), packed: gzip.finish()? })
    }
}

pub(super) fn folder(tar: &mut tar::Builder<impl Write>, path: &str, mode: u32) -> Result<()> {
    let mut header = header(EntryType::Directory, mode, 0);
    tar.append_data(&mut header, format!("{path}/"), [].as_slice())
        .with_context(|| format!("could not pack `{path}`"))
}

pub(super) fn entry(tar: &mut tar::Builder<impl Write>, path: &str, mode: u32, content: &[u8]) -> Result<()> {
    let mut header = header(EntryType::Regular, mode, u64::try_from(content.len())?);
    tar.append_data(&mut header, path, content).with_context(|| format!("could not pack `{path}`"))
}

/// Belongs to root, and has no time.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

pub(super) fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
