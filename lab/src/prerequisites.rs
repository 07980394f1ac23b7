//! The programs that are not ours: Java and its compiler, Maven, Python, Go, and what a Kubernetes node runs on.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A program that must be on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its name, or the path of a file that programs expect there.
    name: &'static str,
    /// How it is asked whether it is there. A path is not asked.
    ask: &'static [&'static str],
    /// What somebody is told to install.
    what: &'static str,
    /// The Debian packages that have it.
    packages: &'static [&'static str],
}

const JDK: (&str, &[&str]) = ("a JDK from 17 on", &["default-jdk-headless"]);

pub(crate) const JAVA: Program = Program { name: "java", ask: &["-version"], what: JDK.0, packages: JDK.1 };
pub(crate) const JAVAC: Program = Program { name: "javac", ask: &["-version"], what: JDK.0, packages: JDK.1 };
pub(crate) const JLINK: Program =
    Program { name: "jlink", ask: &["--version"], what: JDK.0, packages: JDK.1 };
pub(crate) const MAVEN: Program =
    Program { name: "mvn", ask: &["-version"], what: "Maven", packages: &["maven"] };
/// Debian's Python cannot make environments with pip in them before `python3-venv` is there too.
pub(crate) const PYTHON: Program = Program {
    name: "python3",
    ask: &["-c", "import ensurepip, sqlite3, venv"],
    what: "Python from 3.10 on with `venv`",
    packages: &["python3", "python3-venv"],
};
pub(crate) const GO: Program =
    Program { name: "go", ask: &["version"], what: "Go from 1.19 on", packages: &["golang-go"] };
/// The question is one that a Go from 1.23 on answers. That one gets itself the version that a module asks for.
pub(crate) const LATER_GO: Program =
    Program { name: "go", ask: &["env", "-changed"], what: "Go from 1.24 on", packages: &["golang-go"] };
pub(crate) const CC: Program =
    Program { name: "cc", ask: &["--version"], what: "a C compiler", packages: &["gcc", "libc6-dev"] };
pub(crate) const CONTAINERD: Program = Program {
    name: "containerd",
    ask: &["--version"],
    what: "containerd from 1.6 on",
    packages: &["containerd"],
};
pub(crate) const RUNC: Program =
    Program { name: "runc", ask: &["--version"], what: "runc", packages: &["runc"] };
pub(crate) const CNI_PLUGINS: Program = Program {
    name: "/usr/lib/cni/bridge",
    ask: &[],
    what: "the plugins of CNI",
    packages: &["containernetworking-plugins"],
};
pub(crate) const NFT: Program =
    Program { name: "nft", ask: &["--version"], what: "nftables", packages: &["nftables"] };
pub(crate) const IP: Program =
    Program { name: "ip", ask: &["-Version"], what: "iproute2", packages: &["iproute2"] };
pub(crate) const DOCKER_REGISTRY: Program = Program {
    name: "docker-registry",
    ask: &["--version"],
    what: "a registry of images",
    packages: &["docker-registry"],
};
pub(crate) const SKOPEO: Program =
    Program { name: "skopeo", ask: &["--version"], what: "skopeo", packages: &["skopeo"] };
/// Certificate authorities as the package has them, without those that a machine has added.
pub(crate) const AUTHORITIES: Program = Program {
    name: "/usr/share/ca-certificates/mozilla",
    ask: &[],
    what: "certificate authorities",
    packages: &["ca-certificates"],
};

/// Finds `programs`, or installs them where that is possible without asking.
pub(crate) fn ensure(programs: &[Program], say: &mut dyn FnMut(&str)) -> Result<()> {
    let missing: Vec<&Program> = programs.iter().filter(|program| !program.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let remedy = remedy(&missing);
    if !rustix::process::geteuid().is_root() || !answers("apt-get", &["--version"]) {
        bail!("{remedy}");
    }
    let packages = packages(&missing);
    say(&format!("installing {}", packages.join(" ")));
    apt_get(&["update"]).with_context(|| remedy.clone())?;
    let install = [&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat();
    apt_get(&install).with_context(|| remedy.clone())?;
    ensure!(missing.iter().all(|program| program.is_there()), "installed, and yet: {remedy}");
    Ok(())
}

impl Program {
    fn is_there(&self) -> bool {
        if self.name.starts_with('/') { Path::new(self.name).exists() } else { answers(self.name, self.ask) }
    }
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let silent = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

fn remedy(missing: &[&Program]) -> String {
    let names = once(missing.iter().map(|program| format!("`{}`", program.name)));
    let what = once(missing.iter().map(|program| program.what));
    let packages = packages(missing).join(" ");
    format!(
        "{} not found: install {} (Debian: `apt-get install {packages}`)",
        names.join(" and "),
        what.join(" and ")
    )
}

fn packages(missing: &[&Program]) -> Vec<&'static str> {
    once(missing.iter().flat_map(|program| program.packages.iter().copied()))
}

/// Each once, in their order.
fn once<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.filter(|item| seen.insert(item.clone())).collect()
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    let said = command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet").args(arguments);
    let said = said.stdin(Stdio::null()).output().context("could not start `apt-get`")?;
    let errors = String::from_utf8_lossy(&said.stderr);
    ensure!(
        said.status.success(),
        "`apt-get {}` ended with {}: {}",
        arguments.join(" "),
        said.status,
        errors.trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_packages() {
        assert_eq!(
            remedy(&[&JAVAC, &MAVEN]),
            "`javac` and `mvn` not found: install a JDK from 17 on and Maven \
             (Debian: `apt-get install default-jdk-headless maven`)"
        );
        assert_eq!(
            remedy(&[&JAVA, &JAVAC]),
            "`java` and `javac` not found: install a JDK from 17 on (Debian: `apt-get install default-jdk-headless`)"
        );
    }

    #[test]
    fn a_file_is_there_without_being_asked() {
        let file = Program { name: "/proc/self/status", ask: &[], what: "Linux", packages: &[] };
        assert!(file.is_there());
        assert!(!Program { name: "/proc/self/no-such-file", ..file }.is_there());
    }

    #[test]
    fn a_program_is_there_if_it_answers() {
        assert!(answers("true", &["--version"]));
        assert!(!answers("false", &["x"]));
        assert!(!answers("no-such-program-in-any-path", &["--version"]));
    }
}
