//! `cargo xtask generated`: the files that are made from the programs and from tables of facts.

mod chart;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;
use crate::zap_endpoints;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// A file, and the arguments with which `dast-analyzer` prints it.
struct Generated {
    file: &'static str,
    args: &'static [&'static str],
}

const GENERATED: [Generated; 2] = [
    Generated { file: "docs/policy.schema.json", args: &["policy", "schema"] },
    Generated { file: "docs/cli.md", args: &["generate-docs"] },
];

/// Folders in which every file is generated, so that others are leftovers.
const FOLDERS: [&str; 6] = [
    zap_endpoints::FOLDER,
    "deploy/admission/",
    "deploy/crds/",
    "deploy/roles/",
    chart::DEFINITIONS,
    chart::FILES,
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut fresh = zap_endpoints::files(workspace.root())?;
    let manifests = manifests(workspace)?;
    fresh.extend(chart::files(workspace.root(), &manifests)?);
    fresh.extend(manifests);
    forget_others(workspace, args, &fresh)?;
    for generated in &GENERATED {
        fresh.insert(generated.file.to_owned(), print(workspace, generated)?);
    }
    for (file, text) in &fresh {
        settle(workspace, args, file, text)?;
    }
    coverage(workspace, args)
}

/// Writes a file, or says where it differs.
fn settle(workspace: &Workspace, args: &Args, file: &str, fresh: &str) -> Result<()> {
    let path = workspace.root().join(file);
    if args.check {
        let stored = fs::read_to_string(&path)
            .with_context(|| format!("could not read {file}, which `cargo xtask generated` writes"))?;
        if let Some(line) = first_difference(&stored, fresh) {
            bail!("{file} is out of date from line {line} on: `cargo xtask generated` writes it");
        }
        println!("{file} is up to date");
    } else {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        }
        fs::write(&path, fresh).with_context(|| format!("could not write {file}"))?;
        println!("{file} is written");
    }
    Ok(())
}

/// Removes files that nothing makes any more.
fn forget_others(workspace: &Workspace, args: &Args, fresh: &BTreeMap<String, String>) -> Result<()> {
    for file in workspace.files()? {
        let generated = FOLDERS.iter().any(|folder| file.starts_with(folder));
        if !generated || fresh.contains_key(&file) {
            continue;
        }
        if args.check {
            bail!("nothing makes {file} any more: `cargo xtask generated` removes it");
        }
        fs::remove_file(workspace.root().join(&file)).with_context(|| format!("could not remove {file}"))?;
        println!("{file} is removed");
    }
    Ok(())
}

/// docs/zap-coverage.md is made from what the client has after that, so that only its own test can tell.
fn coverage(workspace: &Workspace, args: &Args) -> Result<()> {
    let test = [
        "test",
        "--quiet",
        "--locked",
        "--package",
        "dast-zap-client",
        "--all-features",
        "--test",
        "coverage",
    ];
    let mut command = process::command(workspace.root(), "cargo", &test);
    if !args.check {
        command.env("WRITE_ZAP_COVERAGE", "1");
    }
    process::run(&mut command)
}

/// What is made from `dast-kubernetes`, as an example of it prints it.
fn manifests(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    let run = ["run", "--quiet", "--locked", "--package", "dast-kubernetes", "--example", "manifests"];
    let text = process::output(&mut process::command(workspace.root(), "cargo", &run))?;
    let files: BTreeMap<String, String> =
        serde_json::from_str(&text).context("could not read what the example `manifests` printed")?;
    if files.is_empty() {
        bail!("the example `manifests` printed no file");
    }
    Ok(files)
}

fn print(workspace: &Workspace, generated: &Generated) -> Result<String> {
    let run = ["run", "--quiet", "--locked", "--package", "dast-analyzer", "--"];
    let text = process::output(process::command(workspace.root(), "cargo", &run).args(generated.args))?;
    if text.trim().is_empty() {
        bail!("`dast-analyzer {}` printed nothing", generated.args.join(" "));
    }
    Ok(text)
}

/// The number of the first line that differs, the end of a text included.
fn first_difference(stored: &str, fresh: &str) -> Option<usize> {
    if stored == fresh {
        return None;
    }
    let same = stored.split('\n').zip(fresh.split('\n')).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a", "a\n"), Some(2));
        assert_eq!(first_difference("", "a"), Some(1));
    }
}
