//! The programs that are not ours: Java, its compiler, Maven.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A program, how it is asked whether it is there, and the Debian package that has it.
struct Program {
    name: &'static str,
    ask: &'static str,
    package: &'static str,
}

const JAVA: Program = Program { name: "java", ask: "-version", package: "default-jdk-headless" };
const JAVAC: Program = Program { name: "javac", ask: "-version", package: "default-jdk-headless" };
const MAVEN: Program = Program { name: "mvn", ask: "-version", package: "maven" };

/// What every start needs.
pub(super) fn ensure_java(say: &mut dyn FnMut(&str)) -> Result<()> {
    ensure_programs(&[JAVA], say)
}

/// What only assembling needs.
pub(super) fn ensure_maven_and_compiler(say: &mut dyn FnMut(&str)) -> Result<()> {
    ensure_programs(&[JAVAC, MAVEN], say)
}

fn ensure_programs(programs: &[Program], say: &mut dyn FnMut(&str)) -> Result<()> {
    let missing: Vec<&Program> = programs.iter().filter(|program| !program.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let remedy = remedy(&missing);
    if !rustix::process::geteuid().is_root() || !answers("apt-get", "--version") {
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
        answers(self.name, self.ask)
    }
}

fn answers(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    let silent = command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// Each package once.
fn packages(missing: &[&Program]) -> Vec<&'static str> {
    let mut packages: Vec<_> = missing.iter().map(|program| program.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn remedy(missing: &[&Program]) -> String {
    let names: Vec<_> = missing.iter().map(|program| format!("`{}`", program.name)).collect();
    let packages = packages(missing).join(" ");
    format!(
        "{} not found: install a JDK from 17 on and Maven (Debian: `apt-get install {packages}`)",
        names.join(" and ")
    )
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
        assert_eq!(packages(&[&JAVA, &JAVAC]), ["default-jdk-headless"]);
    }

    #[test]
    fn a_program_is_there_if_it_answers() {
        assert!(answers("true", "--version"));
        assert!(!answers("false", "x"));
        assert!(!answers("no-such-program-in-any-path", "--version"));
    }
}
