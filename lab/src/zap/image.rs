//! An image of the lab's ZAP, with a Java of its own.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Installation;
use crate::cache;
use crate::image::{Archive, Image, Layer};
use crate::prerequisites::{self, JLINK};
use crate::process::{output, run};

/// What ZAP and its add-ons use of Java.
const MODULES: &str = "java.se,jdk.crypto.ec,jdk.unsupported,jdk.zipfs";
/// The user of ZAP's own image.
const USER: u32 = 1000;
/// Where it may write, whoever it runs as.
const HOME: &str = "var/zap";

impl Installation {
    /// Writes an image of it to `target/lab/images`, which takes half a minute: ZAP, a Java of its own, and the system's
    /// libraries that Java uses.
    ///
    /// It is started as ZAP's own image is, by `zap.sh` with ZAP's arguments, and runs as user 1000.
    ///
    /// # Errors
    /// If the JDK has no `jlink`, or if a file cannot be read or written.
    pub fn image(&self, mut say: impl FnMut(&str)) -> Result<Archive> {
        prerequisites::ensure(&[JLINK], &mut say)?;
        say("making an image of ZAP");
        let work = tempfile::tempdir().context("could not make a folder to work in")?;
        let java = work.path().join("java");
        let slim =
            ["--strip-debug", "--no-header-files", "--no-man-pages", "--add-modules", MODULES, "--output"];
        run(Command::new("jlink").args(slim).arg(&java)).context("could not make a Java for ZAP")?;
        let launcher = work.path().join("zap.sh");
        let source = work.path().join("launcher.rs");
        fs::write(&source, include_str!("../../zap/launcher.rs"))?;
        let flags =
            ["--edition=2024", "-Ctarget-feature=+crt-static", "-Copt-level=s", "-Cstrip=symbols", "-o"];
        run(Command::new("rustc").args(flags).arg(&launcher).arg(&source))
            .context("could not build `zap.sh`")?;

        let mut system = Layer::new().folder("tmp", 0o1777).folder(HOME, 0o1777);
        system = system.file("etc/passwd", format!("zap:x:{USER}:{USER}::/{HOME}:/\n").into_bytes());
        for library in libraries(&java)? {
            // The loader is asked for by a path that need not be where the file is.
            system = system.program(&library.display().to_string(), fs::read(&library)?);
        }
        let zap =
            add(Layer::new(), self.folder(), Path::new("zap"))?.program("zap/zap.sh", fs::read(&launcher)?);
        let folder = cache::folder().join("images");
        fs::create_dir_all(&folder).context("could not make the folder for images")?;
        Image::new(format!("lab.invalid/zap:{}", self.version()), &["/zap/zap.sh"])
            .environment(&["PATH=/zap:/java/bin", &format!("HOME=/{HOME}")])
            .user(USER)
            .working_dir(format!("/{HOME}"))
            .layer(system)
            .layer(add(Layer::new(), &java, Path::new("java"))?)
            .layer(zap)
            .write(&folder.join("zap.tar"))
    }
}

/// Adds all of a folder.
fn add(mut layer: Layer, from: &Path, to: &Path) -> Result<Layer> {
    for entry in fs::read_dir(from).with_context(|| format!("could not list `{}`", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        // Links, such as those to licences of other packages, are followed.
        if fs::metadata(&from)?.is_dir() {
            layer = add(layer, &from, &to)?;
        } else {
            layer = layer.program(to.to_str().context("a file's name is no text")?, fs::read(&from)?);
        }
    }
    Ok(layer)
}

/// The system's libraries that the programs and libraries of a Java ask for.
fn libraries(java: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for folder in ["bin", "lib", "lib/server"] {
        for entry in fs::read_dir(java.join(folder)).context("Java has no such folder")? {
            let path = entry?.path();
            let is_linked = folder == "bin" || path.extension() == Some(OsStr::new("so"));
            if is_linked && path.is_file() {
                // A script is not linked to anything, and `ldd` says so by failing.
                let said = output(Command::new("ldd").arg(&path)).unwrap_or_default();
                found.extend(said.lines().filter_map(linked).filter(|library| !library.starts_with(java)));
            }
        }
    }
    Ok(found)
}

/// What a line of `ldd` names: `libz.so.1 => /lib/libz.so.1 (0x…)`, or `/lib64/ld-linux.so.2 (0x…)`.
fn linked(line: &str) -> Option<PathBuf> {
    let line = line.split_once("=>").map_or(line, |(_, found)| found);
    let path = line.trim().split(' ').next()?;
    path.starts_with('/').then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_those_that_ldd_names() {
        assert_eq!(linked("\tlibz.so.1 => /lib/libz.so.1 (0x00007f)"), Some("/lib/libz.so.1".into()));
        assert_eq!(linked("\t/lib64/ld-linux.so.2 (0x00007f)"), Some("/lib64/ld-linux.so.2".into()));
        assert_eq!(linked("\tlinux-vdso.so.1 (0x00007f)"), None);
        assert_eq!(linked("\tlibjvm.so => not found"), None);
    }
}
