//! What is made once and kept in `target/lab`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// `target/lab` of this workspace.
pub(crate) fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join("target").join("lab")
}

/// The folder `name` in `cache`, which `make` fills if it is not there yet.
///
/// Callers at the same time, in other processes too, wait for the first. What a broken making left is thrown away.
pub(crate) fn made(cache: &Path, name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    fs::create_dir_all(cache).with_context(|| format!("could not make `{}`", cache.display()))?;
    let cache = cache.canonicalize().context("could not find the folder just made")?;
    let folder = cache.join(name);
    let lock = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock).with_context(|| format!("could not write `{}`", lock.display()))?;
    // Held until the end of this function; the system gives it back if the process is killed.
    lock.lock().context("could not lock the lab's folder")?;
    if !folder.exists() {
        let part = cache.join(format!("{name}.part"));
        if part.exists() {
            fs::remove_dir_all(&part).context("could not remove what a broken assembly left")?;
        }
        fs::create_dir(&part).context("could not make a folder to assemble in")?;
        make(&part)?;
        fs::rename(&part, &folder).context("could not move what was made to its place")?;
    }
    Ok(folder)
}

/// A hash of everything that something is made from, as a short name for a folder.
pub(crate) fn key(parts: impl IntoIterator<Item = &'static str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
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
    fn the_key_is_a_short_name_that_changes_with_any_part() {
        assert_eq!(key(["a"]).len(), 12);
        assert!(key(["a"]).bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(key(["a", "b"]), key(["a", "b"]));
        assert_ne!(key(["a", "b"]), key(["ab", ""]));
    }

    #[test]
    fn the_cache_is_the_workspaces() {
        assert!(folder().ends_with("target/lab"));
        assert!(folder().join("../../lab/zap/pom.xml").parent().is_some());
    }

    #[test]
    fn a_folder_is_made_once_and_half_a_one_is_no_folder() {
        let cache = tempfile::tempdir().unwrap();
        let broken = made(cache.path(), "a", |part| {
            fs::write(part.join("half"), "")?;
            anyhow::bail!("broken")
        });
        assert_eq!(broken.unwrap_err().to_string(), "broken");
        let whole = made(cache.path(), "a", |part| Ok(fs::write(part.join("whole"), "")?)).unwrap();
        assert!(whole.join("whole").exists() && !whole.join("half").exists());
        assert_eq!(made(cache.path(), "a", |_| anyhow::bail!("again")).unwrap(), whole);
    }
}
