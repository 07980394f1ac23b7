//! What the program does: one file a command.

mod admit;
mod completions;
mod demo;
mod gate;
mod import;
mod key;
mod original;
mod policy;
mod report;
mod run;
mod scan;
mod zap;

use anyhow::Result;

use crate::cli::{Cli, Command, PolicyCommand, ZapCommand};
use crate::console::Console;
use crate::exit::Exit;

/// Runs a command and tells how it went.
pub(crate) fn run(cli: Cli) -> Exit {
    let mut console = Console::new(cli.global.color, cli.global.quiet);
    let exit = dispatch(cli.command, &mut console).unwrap_or_else(|error| {
        console.error(&error);
        Exit::Usage
    });
    console.finish(exit)
}

fn dispatch(command: Command, console: &mut Console) -> Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(&args, console),
        Command::Scan(args) => scan::run(&args, console),
        Command::Import(args) => import::run(&args, console),
        Command::Gate(args) => gate::gate(&args, console),
        Command::Explain(args) => gate::explain(&args, console),
        Command::Admit(args) => admit::run(&args, console),
        Command::Report(args) => report::run(&args, console),
        Command::Zap(ZapCommand::Status(args)) => zap::status(&args, console),
        Command::Scanner(args) => original::scanner(&args, console),
        Command::Apiscan(args) => original::apiscan(&args, console),
        Command::Policy(PolicyCommand::Check(args)) => policy::check(&args, console),
        Command::Policy(PolicyCommand::Schema) => policy::schema(console),
        Command::Run(args) => run::run(&args),
        Command::Key(args) => key::make(&args),
        Command::Completions(args) => completions::run(&args, console),
        Command::GenerateDocs => completions::docs(console),
    }
}

/// A runtime for the commands that talk to the network; the others start without one.
fn runtime() -> Result<tokio::runtime::Runtime> {
    dast_runtime::choose_cryptography();
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
