//! The programs of this workspace as images: built without shared libraries, so that nothing else need be in them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::cache;
use crate::image::{Archive, Image, Layer};
use crate::prerequisites::{self, AUTHORITIES};

/// Static programs for this target look names up without shared libraries, too.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Where images of the project are published. A node that was given one by hand asks nobody for it.
const REPOSITORY: &str = "ghcr.io/banzaicloud";
/// No image of a program may be larger: it is pulled by every node that a scan runs on.
const LARGEST: u64 = 25 << 20;

/// How programs are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As they are released.
    Release,
    /// The same in half the time, and larger: for images in tests.
    Story,
}

impl Profile {
    /// As cargo calls it, which also calls its folder so.
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Story => "story",
        }
    }
}

/// A program of this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    name: &'static str,
}

impl Program {
    /// Those that there are images of. Package and program have the same name.
    pub const ALL: [Self; 4] = [
        Self { name: "dast-analyzer" },
        Self { name: "dast-operator" },
        Self { name: "dast-shop" },
        Self { name: "dast-webhook" },
    ];

    /// A ZAP that attacks nobody. There is no image of it: it stands in for ZAP in one.
    pub const FAKE_ZAP: Self = Self { name: "dast-fake-zap" };

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The name of its image in this version of the workspace.
    pub fn image(self) -> String {
        format!("{REPOSITORY}/{}:{}", self.name, env!("CARGO_PKG_VERSION"))
    }

    /// Builds programs as they are in their images, some minutes the first time, and says where they are.
    ///
    /// # Errors
    /// If they do not build.
    pub fn build(programs: &[Self], profile: Profile, mut say: impl FnMut(&str)) -> Result<Vec<PathBuf>> {
        say("building static programs, which takes minutes the first time");
        Ok(executables(programs, profile)?.into_iter().map(|(_, executable)| executable).collect())
    }

    /// Builds programs, some minutes the first time, and writes their images to `target/lab/images`.
    ///
    /// The same sources make the same bytes. `say` gets a line for each step that takes time.
    ///
    /// # Errors
    /// If they do not build, or if an image is larger than 25 MiB.
    pub fn build_images(
        programs: &[Self],
        profile: Profile,
        mut say: impl FnMut(&str),
    ) -> Result<Vec<Archive>> {
        prerequisites::ensure(&[AUTHORITIES], &mut say)?;
        say("building static programs, which takes minutes the first time");
        let executables = executables(programs, profile)?;
        let base = base()?;
        let folder = cache::folder().join("images");
        fs::create_dir_all(&folder).context("could not make the folder for images")?;
        let images = executables.iter().map(|(program, executable)| {
            let content =
                fs::read(executable).with_context(|| format!("could not read `{}`", program.name))?;
            let layer = Layer::new().program(program.name, content);
            let image = Image::new(program.image(), &[&format!("/{}", program.name)])
                .layer(base.clone())
                .layer(layer);
            write(&image, &folder.join(format!("{}.tar", program.name)), LARGEST)
        });
        images.collect()
    }
}

fn write(image: &Image, path: &Path, largest: u64) -> Result<Archive> {
    let archive = image.write(path)?;
    let bytes = archive.bytes();
    ensure!(bytes <= largest, "the image `{}` has {bytes} bytes, and {largest} are the most", image.name());
    Ok(archive)
}

/// What programs expect to find of a system: authorities for TLS, who is who, where names are looked up, a place for
/// temporary files.
fn base() -> Result<Layer> {
    Ok(Layer::new()
        .file("etc/group", b"root:x:0:\nnobody:x:65532:\n".to_vec())
        .file("etc/nsswitch.conf", b"hosts: files dns\n".to_vec())
        .file("etc/passwd", b"root:x:0:0::/:/\nnobody:x:65532:65532::/:/\n".to_vec())
        .file("etc/ssl/certs/ca-certificates.crt", authorities(Path::new(AUTHORITIES_FOLDER))?)
        .folder("tmp", 0o1777))
}

/// The package's own, and not the machine's bundle, to which its owner may have added authorities.
const AUTHORITIES_FOLDER: &str = "/usr/share/ca-certificates/mozilla";

/// One bundle of all certificates in a folder, in the order of their names.
fn authorities(folder: &Path) -> Result<Vec<u8>> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut files: Vec<_> = entries
        .context("could not list the certificate authorities")?
        .iter()
        .map(fs::DirEntry::path)
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "crt"));
    files.sort();
    ensure!(!files.is_empty(), "there are no certificate authorities in `{}`", folder.display());
    let texts = files.iter().map(fs::read).collect::<Result<Vec<_>, _>>();
    Ok(texts.context("could not read the certificate authorities")?.concat())
}

/// A message of `cargo build`, of which only those about programs have an executable.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Builds programs, and says where they are.
fn executables(programs: &[Program], profile: Profile) -> Result<Vec<(Program, PathBuf)>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the lab has no workspace")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "--profile", profile.name()]);
    cargo.args(["--target", TARGET, "--message-format=json"]);
    for program in programs {
        cargo.args(["--package", program.name, "--bin", program.name]);
    }
    // What cargo or a person has said of flags for other builds does not count.
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(workspace)?);
    cargo.current_dir(workspace).stdin(Stdio::null()).stderr(Stdio::inherit());
    let built = cargo.output().context("could not start `cargo`")?;
    ensure!(built.status.success(), "`cargo build` ended with {}", built.status);
    let messages =
        String::from_utf8(built.stdout).context("`cargo build` printed something other than text")?;
    let messages: Vec<Message> = messages.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let executables: Vec<_> = messages.into_iter().filter_map(|message| message.executable).collect();
    let of = |program: &Program| {
        let executable =
            executables.iter().find(|path| path.file_name().is_some_and(|name| name == program.name));
        Ok((*program, executable.with_context(|| format!("cargo has built no `{}`", program.name))?.clone()))
    };
    programs.iter().map(of).collect()
}

/// Flags of the compiler, as cargo takes them: without shared libraries, and with no path of this machine in the program,
/// which would make it another one elsewhere.
fn flags(workspace: &Path) -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo"))).context("cargo has no home folder")?;
    let renamed = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok(["-Ctarget-feature=+crt-static".to_owned(), renamed(workspace, "/dast"), renamed(&home, "/cargo")]
        .join("\x1f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_one_bundle_in_order() {
        let folder = tempfile::tempdir().unwrap();
        assert!(authorities(folder.path()).is_err());
        for (name, text) in [("b.crt", "two\n"), ("a.crt", "one\n"), ("notes.txt", "no\n")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(authorities(folder.path()).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn an_image_that_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let image = Image::new("example.test/large:1", &["/large"]);
        let path = folder.path().join("large.tar");
        let bytes = write(&image, &path, LARGEST).unwrap().bytes();
        let error = write(&image, &path, bytes - 1).unwrap_err().to_string();
        assert!(error.ends_with(&format!("has {bytes} bytes, and {} are the most", bytes - 1)), "{error}");
    }

    #[test]
    fn each_program_has_a_package_here() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for program in Program::ALL.into_iter().chain([Program::FAKE_ZAP]) {
            let folder = workspace.join("bins").join(program.name.trim_start_matches("dast-"));
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            assert!(manifest.contains(&format!("name = \"{}\"\n", program.name)), "{}", program.name);
        }
        assert_eq!(
            Program::ALL[0].image(),
            concat!("ghcr.io/banzaicloud/dast-analyzer:", env!("CARGO_PKG_VERSION"))
        );
    }
}
