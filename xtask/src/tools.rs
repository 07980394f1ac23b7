//! `cargo xtask tools`.

use anyhow::{Result, anyhow};

use crate::tool::Tool;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to install: `deny`, `fuzz` or `mutants`; all of them if none is named
    #[arg(value_name = "TOOL", value_parser = named)]
    tools: Vec<Tool>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let chosen = if args.tools.is_empty() { &Tool::ALL } else { args.tools.as_slice() };
    chosen.iter().try_for_each(|tool| tool.ensure())
}

fn named(name: &str) -> Result<Tool> {
    let known = || Tool::ALL.map(Tool::name).join(", ");
    let tool = Tool::ALL.into_iter().find(|tool| tool.name() == name);
    tool.ok_or_else(|| anyhow!("no tool of that name: there are {}", known()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_its_name() {
        assert_eq!(named("deny").unwrap().name(), "deny");
        assert_eq!(
            named("rm").unwrap_err().to_string(),
            "no tool of that name: there are deny, fuzz, mutants"
        );
    }
}
