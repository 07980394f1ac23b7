//! Looks at a ZAP.

use anyhow::{Context, Result};

use super::runtime;
use crate::cli::ZapArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::plan;

/// Components that a scan needs, or that make it better.
const COMPONENTS: [(&str, &str); 11] = [
    ("spider", "crawls; every scan needs it"),
    ("pscan", "passive rules; every scan needs it"),
    ("ascan", "active rules; profile `full`"),
    ("network", "--rate"),
    ("replacer", "--header"),
    ("openapi", "--openapi-url and --openapi-file"),
    ("graphql", "--graphql-url"),
    ("soap", "--soap-url and --soap-file"),
    ("ajaxSpider", "--browser ajax"),
    ("clientSpider", "--browser client"),
    ("automation", "--automation-plan"),
];

/// Says whether a ZAP is there that can scan, and what it is.
pub(crate) fn status(args: &ZapArgs, console: &mut Console) -> Result<Exit> {
    let zap = plan::client(args)?;
    runtime()?.block_on(async {
        let version = zap.probe().await.context("there is no ZAP that can scan")?;
        console.say(format_args!("ZAP {version}\n"));
        let addons = zap.autoupdate().installed_addons().send().await?;
        console.detail(format_args!("{} add-ons\n", addons.len()));
        for (component, use_) in COMPONENTS {
            // A view that no component has tells whether there is such a component at all.
            let asked = zap.raw().view(component, "isThere").send().await;
            let word = match asked {
                Err(dast_zap_client::ZapError::ComponentAbsent(_)) => "absent ",
                _ => "present",
            };
            console.detail(format_args!("  {word}  {component:<12}  {use_}\n"));
        }
        Ok(Exit::Pass)
    })
}
