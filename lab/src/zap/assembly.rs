//! From packages to an installation.
//!
//! What ZAP's own distribution has, and Maven does not give: the core in the root, add-ons in `plugin/` under names
//! with their status, each with its own libraries inside, all other libraries in `lib/`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::addon;

/// The packages and their versions.
pub(super) const POM: &str = include_str!("../../zap/pom.xml");
/// This file: another way to assemble is another installation.
pub(super) const SOURCE: &str = include_str!("assembly.rs");

/// Add-ons that the others ask for, that no registry has, and that do nothing a test needs: `callhome` is mandatory,
/// `spider` depends on `database`.
const STUBS: [(&str, &str); 2] = [("callhome", "0.0.1"), ("database", "0.9.0")];

/// A binding for a logger that one of `network`'s libraries brings in another class loader: with both, ZAP ends in a
/// `LinkageError`.
const CLASHES: &str = "log4j-slf4j-impl-";

pub(super) fn assemble(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    say("fetching ZAP and its add-ons with Maven");
    fetch(folder)?;
    say("putting ZAP together");
    let (libraries, plugins) = (libraries(folder), folder.join("plugin"));
    fs::create_dir(&plugins)?;
    let core = core(&libraries)?;
    fs::rename(&core, folder.join(file_name(&core)))?;
    // Add-ons take other jars with them, so all are known before the first is moved.
    let jars = jars(&libraries)?;
    let manifests = jars.iter().map(|jar| manifest(jar)).collect::<Result<Vec<_>>>()?;
    for (jar, manifest) in jars.iter().zip(manifests) {
        if let Some(manifest) = manifest {
            plug_in(jar, &manifest, &plugins)
                .with_context(|| format!("could not make an add-on of `{}`", jar.display()))?;
        } else if file_name(jar).starts_with(CLASHES) {
            fs::remove_file(jar)?;
        }
    }
    for (id, version) in STUBS {
        stub(id, version, &plugins)?;
    }
    say("compiling the lab's own add-on");
    addon::build(&class_path(folder)?, &plugins)
}

/// ZAP's version, from the name of its core.
pub(super) fn version(folder: &Path) -> Result<String> {
    let core = file_name(&core(folder)?);
    let version = core.strip_prefix("zap-").and_then(|name| name.strip_suffix(".jar"));
    Ok(version.context("the core has no version in its name")?.to_owned())
}

/// What Java needs to run the core. Add-ons load their own libraries.
pub(super) fn class_path(folder: &Path) -> Result<String> {
    let core = core(folder)?;
    let (Some(core), Some(libraries)) = (core.to_str(), folder.to_str()) else {
        bail!("`{}` is not text, which Java would need", folder.display());
    };
    Ok(format!("{core}:{libraries}/lib/*"))
}

fn libraries(folder: &Path) -> PathBuf {
    folder.join("lib")
}

fn fetch(folder: &Path) -> Result<()> {
    let pom = folder.join("pom.xml");
    fs::write(&pom, POM)?;
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--no-transfer-progress", "--quiet", "dependency:copy-dependencies"]);
    maven.arg("--file").arg(&pom);
    maven.arg(format!("-DoutputDirectory={}", libraries(folder).display()));
    let said = maven.stdin(Stdio::null()).output().context("could not start `mvn`")?;
    // Maven tells of errors on standard output.
    let errors = String::from_utf8_lossy(&said.stdout);
    ensure!(
        said.status.success(),
        "Maven could not get ZAP's packages, which takes Maven Central or a mirror of it in ~/.m2/settings.xml:\n{}",
        errors.trim()
    );
    Ok(())
}

/// The jar of ZAP's core, which is named `zap-` and a version.
fn core(folder: &Path) -> Result<PathBuf> {
    let is_core = |jar: &PathBuf| {
        let rest = file_name(jar).strip_prefix("zap-").and_then(|rest| rest.chars().next());
        rest.is_some_and(|c| c.is_ascii_digit())
    };
    let core = jars(folder)?.into_iter().find(is_core);
    core.with_context(|| format!("no core of ZAP in `{}`: remove that folder", folder.display()))
}

fn jars(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read `{}`", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut jars: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "jar")).collect();
    jars.sort();
    Ok(jars)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What matters here of an add-on's `ZapAddOn.xml`.
#[derive(Debug, PartialEq, Deserialize)]
struct Manifest {
    version: String,
    status: String,
    #[serde(default)]
    libs: Libraries,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Libraries {
    #[serde(default)]
    lib: Vec<String>,
}

/// The manifest of a jar that is an add-on.
fn manifest(jar: &Path) -> Result<Option<Manifest>> {
    let file = File::open(jar).with_context(|| format!("could not open `{}`", jar.display()))?;
    let mut archive = ZipArchive::new(file).with_context(|| format!("`{}` is no archive", jar.display()))?;
    let Some(index) = archive.index_for_name("ZapAddOn.xml") else { return Ok(None) };
    let mut text = String::new();
    archive.by_index(index)?.read_to_string(&mut text)?;
    let manifest = quick_xml::de::from_str(&text);
    Ok(Some(manifest.with_context(|| format!("could not read the manifest of `{}`", jar.display()))?))
}

/// Moves an add-on to the plugins, and the libraries that it lists from beside it to its inside.
fn plug_in(jar: &Path, manifest: &Manifest, plugins: &Path) -> Result<()> {
    let name = file_name(jar);
    let ending = format!("-{}.jar", manifest.version);
    let id = name.strip_suffix(&ending).context("its name and its manifest differ in the version")?;
    let plugin = plugins.join(addon::file_name(id, &manifest.status, &manifest.version));
    fs::rename(jar, &plugin)?;
    if manifest.libs.lib.is_empty() {
        return Ok(());
    }
    let plugin = File::options().read(true).write(true).open(&plugin)?;
    let mut archive = ZipWriter::new_append(plugin)?;
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for listed in &manifest.libs.lib {
        let library = jar.with_file_name(file_name(Path::new(listed)));
        let mut content = File::open(&library)
            .with_context(|| format!("it lists `{listed}`, which Maven did not bring"))?;
        archive.start_file(listed.as_str(), stored)?;
        io::copy(&mut content, &mut archive)?;
        fs::remove_file(&library)?;
    }
    archive.finish()?;
    Ok(())
}

fn stub(id: &str, version: &str, plugins: &Path) -> Result<()> {
    let manifest = format!(
        "<zapaddon><name>{id} (nothing but its name)</name><version>{version}</version><semver>{version}</semver>\
         <status>alpha</status><description/><author/><not-before-version>2.17.0</not-before-version></zapaddon>"
    );
    let mut archive = ZipWriter::new(File::create(plugins.join(addon::file_name(id, "alpha", version)))?);
    archive.start_file("ZapAddOn.xml", SimpleFileOptions::default())?;
    io::Write::write_all(&mut archive, manifest.as_bytes())?;
    archive.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, entries: &[(&str, &str)]) -> PathBuf {
        let path = folder.join(name);
        let mut archive = ZipWriter::new(File::create(&path).unwrap());
        for (name, text) in entries {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            io::Write::write_all(&mut archive, text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        path
    }

    const MANIFEST: &str = "<zapaddon><name>Network</name><version>0.25.0</version><status>beta</status>\
        <libs><lib>libs/a.jar</lib><lib>libs/b.jar</lib></libs><extensions/></zapaddon>";

    #[test]
    fn an_add_on_gets_its_libraries_inside() {
        let folder = tempfile::tempdir().unwrap();
        let jar = write(folder.path(), "network-0.25.0.jar", &[("ZapAddOn.xml", MANIFEST), ("x", "y")]);
        for name in ["a.jar", "b.jar", "c.jar"] {
            write(folder.path(), name, &[("inside", name)]);
        }
        let plugins = folder.path().join("plugin");
        fs::create_dir(&plugins).unwrap();
        plug_in(&jar, &manifest(&jar).unwrap().unwrap(), &plugins).unwrap();

        let plugin = File::open(plugins.join("network-beta-0.25.0.zap")).unwrap();
        let archive = ZipArchive::new(plugin).unwrap();
        let mut names: Vec<_> = archive.file_names().map(Result::unwrap).collect();
        names.sort_unstable();
        assert_eq!(names, ["ZapAddOn.xml", "libs/a.jar", "libs/b.jar", "x"]);
        let left: Vec<_> = jars(folder.path()).unwrap().iter().map(|jar| file_name(jar)).collect();
        assert_eq!(left, ["c.jar"]);
    }

    #[test]
    fn a_library_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let jar = write(folder.path(), "network-0.25.0.jar", &[("ZapAddOn.xml", MANIFEST)]);
        let error = plug_in(&jar, &manifest(&jar).unwrap().unwrap(), folder.path()).unwrap_err();
        assert!(error.to_string().contains("`libs/a.jar`"), "{error}");
    }

    #[test]
    fn a_jar_without_a_manifest_is_a_library() {
        let folder = tempfile::tempdir().unwrap();
        let jar = write(folder.path(), "a.jar", &[("inside", "a")]);
        assert_eq!(manifest(&jar).unwrap(), None);
    }

    #[test]
    fn the_core_is_told_from_other_jars_by_its_version() {
        let folder = tempfile::tempdir().unwrap();
        assert!(core(folder.path()).is_err());
        write(folder.path(), "zap-clientapi-1.0.jar", &[]);
        assert!(core(folder.path()).is_err());
        write(folder.path(), "zap-2.17.0.jar", &[]);
        assert_eq!(version(folder.path()).unwrap(), "2.17.0");
    }

    #[test]
    fn all_packages_are_pinned() {
        let versions = POM.matches("<version>").count();
        let packages = POM.matches("<artifactId>").count();
        assert_eq!(versions, packages);
        assert!(!POM.contains("LATEST") && !POM.contains("RELEASE") && !POM.contains('['));
    }
}
