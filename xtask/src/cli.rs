//! The command line: one variant a command, each with a module of its own.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;
use crate::{
    ci, cluster, fences, figures, fuzz, generated, images, mutants, publish_check, stories, tools, zap,
};

/// Chores of this repository.
///
/// Each command stands alone and says what to do when it fails. Tools that are missing are installed with cargo, in
/// the versions that this program pins.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the rules of architecture that no compiler checks
    ///
    /// Which crate may depend on which, what must not come in from outside, how large files may become, what a
    /// published crate must bring along. It takes seconds, because nothing is compiled but this program.
    Fences,
    /// Write the files that are made from the programs and from tables of facts
    ///
    /// docs/policy.schema.json is the JSON Schema of policy documents, docs/cli.md the reference of `dast-analyzer`,
    /// crates/dast-zap-client/src/generated the endpoints of ZAP that nobody types by hand, docs/zap-coverage.md the
    /// list of all.
    Generated(generated::Args),
    /// Run the fuzz targets, as many at a time as there are processors
    ///
    /// Each target holds a decoder against laws. Seeds are in fuzz/seeds, what is learned goes to fuzz/corpus (not
    /// committed), and an input that breaks a law to fuzz/artifacts.
    Fuzz(fuzz::Args),
    /// Break the policy engine on purpose, once per mutant, and see whether a test notices
    ///
    /// Mutants that survive are failures, unless .cargo/mutants.toml lists them by name with a reason. It takes half
    /// an hour or so on two processors.
    Mutants(mutants::Args),
    /// Measure: run the benchmark crate, which compares with peers
    Figures(figures::Args),
    /// Package every crate that is to be published and build it from its package
    PublishCheck,
    /// Install the cargo tools that the commands above and CI use, in their pinned versions
    Tools(tools::Args),
    /// Run a real ZAP on this machine, assembled from Maven packages: up, down, status
    ///
    /// The first `up` assembles it, which takes half a minute, the network, a JDK and Maven. It has a passive scanner
    /// and rules of our own; lab/README.md says which, and what it lacks.
    #[command(subcommand)]
    Zap(zap::Command),
    /// Run a real Kubernetes on this machine, built from Go modules: up, down, status, load-image
    ///
    /// The first `up` builds it, which takes some five minutes, the network and Go; a node needs the rights of root.
    /// lab/README.md says what there is of it.
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Make images of this repository's programs: archives for `cluster load-image`, `docker load` and registries
    ///
    /// The programs are built for release without shared libraries, so an image has nothing but its program, authorities
    /// for TLS, and a few small files. The same sources make the same bytes. Archives go to target/lab/images.
    Images(images::Args),
    /// Run the tests on a real Kubernetes, several at once if you like
    ///
    /// What each says is in target/e2e/stories; objects and logs of one that failed are in target/e2e. Programs are built and
    /// ZAP is assembled first.
    Stories(stories::Args),
    /// Run everything that CI runs, or some of its steps
    Ci(ci::Args),
}

impl Cli {
    pub(crate) fn run(self) -> Result<()> {
        let workspace = Workspace::load()?;
        match self.command {
            Command::Fences => fences::run(&workspace),
            Command::Generated(args) => generated::run(&workspace, &args),
            Command::Fuzz(args) => fuzz::run(&workspace, &args),
            Command::Mutants(args) => mutants::run(&workspace, &args),
            Command::Figures(args) => figures::run(&workspace, &args),
            Command::PublishCheck => publish_check::run(&workspace),
            Command::Tools(args) => tools::run(&args),
            Command::Zap(command) => zap::run(&workspace, &command),
            Command::Cluster(command) => cluster::run(&command),
            Command::Images(args) => images::run(&args),
            Command::Stories(args) => stories::run(&workspace, &args),
            Command::Ci(args) => ci::run(&workspace, &args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
