//! The lab's own add-on: compiled and packed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// This file: another way to build is another installation.
pub(super) const SOURCE: &str = include_str!("addon.rs");

const MANIFEST: &str = "ZapAddOn.xml";
macro_rules! java {
    ($class:literal) => {
        (
            concat!("src/dast/lab/", $class, ".java"),
            include_str!(concat!("../../zap/addon/src/dast/lab/", $class, ".java")),
        )
    };
}

/// The add-on's files by their paths in `zap/addon`.
pub(super) const FILES: [(&str, &str); 22] = [
    (MANIFEST, include_str!("../../zap/addon/ZapAddOn.xml")),
    java!("ActiveRule"),
    java!("ContentSecurityPolicyRule"),
    java!("CookieHttpOnlyRule"),
    java!("ExampleValues"),
    java!("ExtensionPassiveLab"),
    java!("ExtensionStandIns"),
    java!("FramingRule"),
    java!("HeaderRule"),
    java!("NosniffRule"),
    java!("OddAlertRule"),
    java!("OpenApiDocument"),
    java!("OpenApiStandIn"),
    java!("Operation"),
    java!("PassiveQueue"),
    java!("PassiveRule"),
    java!("ReflectedMarkupRule"),
    java!("ReplacerStandIn"),
    java!("Requests"),
    java!("RuleBook"),
    java!("StoredMarkupRule"),
    java!("Target"),
];

/// Compiles against the core and puts the add-on to the plugins.
pub(super) fn build(class_path: &str, plugins: &Path) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let classes = scratch.path().join("classes");
    let sources = lay_out(scratch.path())?;
    let mut javac = Command::new("javac");
    // The parts of the core that an outside passive scanner must use are marked for removal.
    javac.args(["-nowarn", "-Xlint:-removal", "-proc:none", "--release", "17", "-encoding", "UTF-8"]);
    javac.args(["-classpath", class_path]).arg("-d").arg(&classes).args(sources);
    let said = javac.stdin(Stdio::null()).output().context("could not start `javac`")?;
    let errors = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "the lab's add-on does not compile:\n{}", errors.trim());
    fs::copy(scratch.path().join(MANIFEST), classes.join(MANIFEST))?;
    pack(&classes, &plugins.join(file_name("dastlab", "alpha", "0.1.0")))
}

/// What ZAP wants a file of an add-on to be called.
pub(super) fn file_name(id: &str, status: &str, version: &str) -> String {
    format!("{id}-{status}-{version}.zap")
}

/// Writes the files to `folder`, and names the sources among them.
fn lay_out(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text)?;
        if name != MANIFEST {
            sources.push(path);
        }
    }
    Ok(sources)
}

/// All files in `folder` as an archive, in the order of their names.
fn pack(folder: &Path, archive: &Path) -> Result<()> {
    let mut archive = ZipWriter::new(File::create(archive)?);
    for path in files(folder)? {
        let name = path.strip_prefix(folder)?.to_str().context("a file's name is not text")?;
        archive.start_file(name, SimpleFileOptions::default())?;
        io::copy(&mut File::open(&path)?, &mut archive)?;
    }
    archive.finish()?;
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_add_on_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("zap/addon");
        let there = files(&folder).unwrap();
        let there: Vec<_> =
            there.iter().map(|path| path.strip_prefix(&folder).unwrap().to_str().unwrap()).collect();
        let built_in: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(there, built_in);
    }

    #[test]
    fn an_archive_has_the_files_of_all_folders() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("in/a/b")).unwrap();
        fs::write(folder.path().join("in/a/b/c"), "text").unwrap();
        fs::write(folder.path().join("in/d"), "").unwrap();
        let path = folder.path().join("x.zap");
        pack(&folder.path().join("in"), &path).unwrap();
        let archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
        assert_eq!(archive.file_names().map(Result::unwrap).collect::<Vec<_>>(), ["a/b/c", "d"]);
    }
}
