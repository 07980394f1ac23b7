//! What is mounted, and where.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::mount::{UnmountFlags, unmount};

/// A line of `/proc/self/mountinfo` (proc(5)).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) path: PathBuf,
    pub(super) file_system: String,
}

/// Takes away all that is mounted below a folder, in use or not, so that the folder can be removed without harm to what
/// was mounted there.
pub(super) fn detach_below(folder: &Path) -> Result<()> {
    let below = || -> Result<Vec<_>> {
        Ok(all()?.into_iter().map(|mount| mount.path).filter(|path| path.starts_with(folder)).collect())
    };
    // The last one lies on top.
    for path in below()?.into_iter().rev() {
        unmount(&path, UnmountFlags::DETACH)
            .with_context(|| format!("could not unmount `{}`", path.display()))?;
    }
    let left = below()?;
    ensure!(left.is_empty(), "something is still mounted below `{}`", folder.display());
    Ok(())
}

pub(super) fn all() -> Result<Vec<Mount>> {
    let text = fs::read_to_string("/proc/self/mountinfo").context("could not list the mounts")?;
    Ok(text.lines().filter_map(parse).collect())
}

/// The path is the fifth field. A dash ends the optional ones, and the file system follows. Spaces in paths are written
/// as `\040`; the lab's own paths have none.
fn parse(line: &str) -> Option<Mount> {
    let mut fields = line.split(' ');
    let path = fields.nth(4)?.into();
    let file_system = fields.skip_while(|field| *field != "-").nth(1)?.to_owned();
    Some(Mount { path, file_system })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_path_and_a_file_system() {
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue";
        assert_eq!(parse(line), Some(Mount { path: "/mnt2".into(), file_system: "ext3".to_owned() }));
        assert_eq!(parse("36 35 98:0 / /proc rw - proc proc rw").unwrap().file_system, "proc");
        assert_eq!(parse("36 35"), None);
        assert!(all().unwrap().iter().any(|mount| mount.path == Path::new("/")));
    }

    #[test]
    fn a_folder_without_mounts_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        detach_below(folder.path()).unwrap();
    }
}
