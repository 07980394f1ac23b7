//! Policies themselves.

use anyhow::Result;
use dast_policy::{Layer, Location, PolicyDocument, Scope};
use jiff::Timestamp;

use crate::cli::PolicyCheckArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::source;

/// Reads every file, tells all that is wrong, and warns of what has no effect any more.
pub(crate) fn check(args: &PolicyCheckArgs, console: &mut Console) -> Result<Exit> {
    let mut exit = Exit::Pass;
    for path in &args.policies {
        let name = path.display().to_string();
        match source::document(path).and_then(|document| Ok(Layer::new(Scope::File, name.clone(), document)?))
        {
            Ok(layer) => {
                warn(&name, layer.document(), console);
                console.detail(format_args!("{name}: {}\n", summary(layer.document())));
            }
            Err(error) => {
                console.error(&error);
                exit = Exit::Usage;
            }
        }
    }
    Ok(exit)
}

/// The JSON Schema that editors complete and check policies with.
pub(crate) fn schema(console: &mut Console) -> Result<Exit> {
    let mut text = serde_json::to_string_pretty(&PolicyDocument::schema())?;
    text.push('\n');
    console.document(&text);
    Ok(Exit::Pass)
}

fn warn(name: &str, document: &PolicyDocument, console: &mut Console) {
    let now = Timestamp::now();
    for (index, exemption) in document.exemptions.iter().enumerate().filter(|(_, one)| one.has_expired(now)) {
        let place = match exemption.location() {
            Location::Path(pattern) => pattern.to_string(),
            Location::Fingerprint(fingerprint) => fingerprint.to_string(),
        };
        console.warning(format_args!(
            "{name}: `exemptions[{index}]` (rule {}, {place}) expired at {} and has no effect; its owner is {}",
            exemption.rule(),
            exemption.expires(),
            exemption.owner(),
        ));
    }
}

fn summary(document: &PolicyDocument) -> String {
    let plural = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let parts = [plural(document.rules.len(), "rule level"), plural(document.exemptions.len(), "exemption")];
    format!("accepted ({})", parts.join(", "))
}
