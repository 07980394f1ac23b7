//! Looks at a ZAP.

use anyhow::{Context, Result};

use super::runtime;
use crate::cli::ZapArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::plan;

/// Components that a scan needs, or that make it better.
const COMPONENTS: [(&str, &str); 6] = [
    ("spider", "crawls; every scan needs it"),
    ("pscan", "passive rules; every scan needs it"),
    ("ascan", "active rules; profile `full`"),
    ("ajaxSpider", "crawls with a browser"),
    ("openapi", "scans of APIs"),
    ("replacer", "logins by header"),
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
            console.detail(format_args!("  {word}  {component:<10}  {use_}\n"));
        }
        Ok(Exit::Pass)
    })
}
