//! Looks at a ZAP.

use anyhow::{Result, anyhow};
use dast_zap_client::{ErrorCode, ZapClient, ZapError};

use super::runtime;
use crate::cli::ZapArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::plan;

/// Components that every scan needs, and what they are for.
const NEEDED: [(&str, &str); 2] = [("spider", "crawls"), ("pscan", "passive rules")];

/// Components that some scans need.
const USEFUL: [(&str, &str); 9] = [
    ("ascan", "active rules: profiles `full` and `api`"),
    ("network", "--rate and --concurrency"),
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
        match look(&zap, console).await {
            Ok(missing) if missing.is_empty() => Ok(Exit::Pass),
            Ok(missing) => {
                let missing = missing.join("`, `");
                console.error(&anyhow!("this ZAP cannot scan: install the add-on that brings `{missing}`"));
                Ok(Exit::Unknown)
            }
            Err(error) => {
                let advice = "no ZAP that can scan is known here: start one, say where it is (--zap-url), or which key \
                              it wants (--zap-api-key-file)";
                console.error(&anyhow::Error::new(error).context(advice));
                Ok(Exit::Unknown)
            }
        }
    })
}

/// Tells what is there. Gives what is missing for any scan.
async fn look(zap: &ZapClient, console: &mut Console) -> Result<Vec<&'static str>, ZapError> {
    console.say(format_args!("ZAP {}\n", zap.probe().await?));
    console.detail(format_args!("{} add-ons\n", zap.autoupdate().installed_addons().send().await?.len()));
    let mut missing = Vec::new();
    for (component, use_) in NEEDED {
        let there = is_there(zap, component).await?;
        console.detail(format_args!("  {}  {component:<12}  {use_}; every scan needs it\n", word(there)));
        missing.extend((!there).then_some(component));
    }
    for (component, use_) in USEFUL {
        let there = is_there(zap, component).await?;
        console.detail(format_args!("  {}  {component:<12}  {use_}\n", word(there)));
    }
    Ok(missing)
}

/// A view that no component has tells whether there is such a component at all.
async fn is_there(zap: &ZapClient, component: &str) -> Result<bool, ZapError> {
    match zap.raw().view(component, "isThere").send().await {
        Err(ZapError::ComponentAbsent(_)) => Ok(false),
        Err(error) if error.code() == Some(&ErrorCode::BadView) => Ok(true),
        Err(error) => Err(error),
        Ok(_) => Ok(true),
    }
}

fn word(there: bool) -> &'static str {
    if there { "present" } else { "absent " }
}
