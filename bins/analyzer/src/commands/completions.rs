//! What shells and the documentation know of the command line.

use anyhow::Result;
use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::console::Console;
use crate::exit::Exit;

/// Prints the completions for a shell.
pub(crate) fn run(args: &CompletionsArgs, console: &mut Console) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dast-analyzer", &mut script);
    console.document(&String::from_utf8(script)?);
    Ok(Exit::Pass)
}

/// Prints the reference of the command line as Markdown.
pub(crate) fn docs(console: &mut Console) -> Result<Exit> {
    console.document(&clap_markdown::help_markdown::<Cli>());
    Ok(Exit::Pass)
}
