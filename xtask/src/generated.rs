//! `cargo xtask generated`: the files in docs/ that are made from the programs.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

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

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    for generated in &GENERATED {
        let path = workspace.root().join(generated.file);
        let fresh = print(workspace, generated)?;
        if args.check {
            let stored = fs::read_to_string(&path).with_context(|| {
                format!("could not read {}, which `cargo xtask generated` writes", generated.file)
            })?;
            if let Some(line) = first_difference(&stored, &fresh) {
                bail!(
                    "{} is out of date from line {line} on: `cargo xtask generated` writes it",
                    generated.file
                );
            }
            println!("{} is up to date", generated.file);
        } else {
            fs::write(&path, fresh).with_context(|| format!("could not write {}", generated.file))?;
            println!("{} is written", generated.file);
        }
    }
    Ok(())
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
