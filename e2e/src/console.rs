//! The commands of a page of the documentation, typed in as they stand there.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::output;
use crate::stage::{Stage, workspace};

/// The commands in blocks that are marked `console`, in order. In a block with prompts (`$ `) all else is what they print,
/// but for the text that is handed to a command up to the line `EOF`.
pub fn commands(page: &str) -> Vec<String> {
    blocks(page, "console").flat_map(of_block).collect()
}

/// The contents of blocks with such a mark.
pub fn blocks<'p>(page: &'p str, mark: &str) -> impl Iterator<Item = &'p str> {
    let fence = format!("\n```{mark}\n");
    let mut rest = page;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&fence)?;
        let (block, after) = after.split_once("\n```")?;
        rest = after;
        Some(block)
    })
}

/// What a page says under a heading (`## …`), up to the next one of its kind; nothing if there is none.
pub fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let begin = page.split_once(&format!("\n## {heading}\n")).map(|(_, rest)| rest).unwrap_or_default();
    begin.split_once("\n## ").map_or(begin, |(section, _)| section)
}

fn of_block(block: &str) -> Vec<String> {
    let has_prompts = block.lines().any(|line| line.starts_with("$ "));
    let mut commands: Vec<String> = Vec::new();
    let mut is_text = false;
    for line in block.lines() {
        let typed = if has_prompts { line.strip_prefix("$ ") } else { Some(line) };
        match (typed, commands.last_mut()) {
            (_, Some(command)) if is_text => {
                command.push_str(&format!("\n{line}"));
                is_text = line != "EOF";
            }
            (Some(typed), _) => {
                is_text = typed.ends_with("<<EOF");
                commands.push(typed.to_owned());
            }
            (None, _) => {}
        }
    }
    commands
}

/// A shell in a folder with what a reader has at hand: `kubectl`, `helm`, our programs, and the folder `deploy`.
#[derive(Debug)]
pub struct Console {
    folder: TempDir,
    variables: Vec<(String, PathBuf)>,
}

impl Console {
    /// For the cluster of a stage, as somebody who may do everything.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn of(stage: &Stage) -> Result<Self> {
        let folder = tempfile::tempdir().context("could not make a folder")?;
        let programs = folder.path().join("bin");
        fs::create_dir(&programs)?;
        let (kubectl, helm) = (stage.cluster().kubectl(), stage.cluster().helm());
        for (name, program) in [("kubectl", &kubectl), ("helm", &helm)] {
            symlink(program.get_program(), programs.join(name))?;
        }
        // It was built for the stage's images.
        let analyzer = workspace().join("target/x86_64-unknown-linux-gnu/story/dast-analyzer");
        symlink(
            analyzer.canonicalize().context("the analyzer is not built")?,
            programs.join("dast-analyzer"),
        )?;
        symlink(workspace().join("deploy"), folder.path().join("deploy"))?;
        let given = helm
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), PathBuf::from(value?))));
        let variables = given.chain([("KUBECONFIG".to_owned(), stage.cluster().kubeconfig())]).collect();
        Ok(Self { folder, variables })
    }

    /// Where commands are typed.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Types a command, and returns what it prints.
    ///
    /// # Errors
    /// When it fails.
    pub fn run(&self, command: &str) -> Result<String> {
        eprintln!("$ {command}");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = std::iter::once(self.folder.path().join("bin")).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(programs).map_err(io::Error::other)?;
        let mut shell = Command::new("bash");
        shell.args(["-o", "pipefail", "-c", command]).current_dir(self.folder.path());
        shell.env("PATH", path).envs(self.variables.iter().map(|(name, value)| (name, value)));
        let printed = output(&mut shell)?;
        eprint!("{printed}");
        Ok(printed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A page\n\n```console\n$ list\nNAME\na\n$ make - <<EOF\nkind: A\n$ no prompt\nEOF\n$ look  # why\n\
                        ```\n\n```yaml\na: b\n```\n\n```console\none\ntwo\n```\n";

    #[test]
    fn commands_are_what_is_typed() {
        let text = "make - <<EOF\nkind: A\n$ no prompt\nEOF";
        assert_eq!(commands(PAGE), ["list", text, "look  # why", "one", "two"]);
        assert_eq!(blocks(PAGE, "yaml").collect::<Vec<_>>(), ["a: b"]);
        assert!(commands("no commands").is_empty());
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let page = "# A page\n\n## One\n\na\n\n### Of one\n\nb\n\n## Two\n\nc\n";
        assert_eq!(section(page, "One"), "\na\n\n### Of one\n\nb\n");
        assert_eq!((section(page, "Two"), section(page, "Three")), ("\nc\n", ""));
    }
}
