//! Prints what `deploy/` holds, and the schema of the configuration: a JSON map from files to their text. `cargo xtask generated` writes them.
//!
//! ```console
//! cargo run --package dast-kubernetes --example manifests
//! ```

#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::collections::BTreeMap;
use std::error::Error;

use dast_kubernetes::access::{self, ServiceAccount};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::crd;
use serde::Serialize;

/// Says so in every file, because people look there first.
const HEADER: &str =
    "# Made by `cargo xtask generated`: change the code in crates/dast-kubernetes instead.\n";

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for definition in crd::definitions() {
        files.insert(format!("deploy/crds/{}.yaml", definition.spec.names.plural), yaml(&definition)?);
    }
    let operator = ServiceAccount::default();
    for protection in access::protections(&operator) {
        let name = protection.policy.metadata.name.clone().unwrap_or_default();
        let text = format!("{}---\n{}", yaml(&protection.policy)?, yaml(&protection.binding)?);
        files.insert(format!("deploy/admission/{name}.yaml"), text);
    }
    for role in [access::viewer_role(), access::developer_role()] {
        let name = role.metadata.name.clone().unwrap_or_default();
        files.insert(format!("deploy/roles/{name}.yaml"), yaml(&role)?);
    }
    let mut files: BTreeMap<String, String> =
        files.into_iter().map(|(file, text)| (file, format!("{HEADER}{text}"))).collect();
    // JSON has no comments.
    let schema = serde_json::to_string_pretty(&Configuration::schema())?;
    files.insert("docs/configuration.schema.json".to_owned(), format!("{schema}\n"));
    println!("{}", serde_json::to_string(&files)?);
    Ok(())
}

fn yaml(object: &impl Serialize) -> Result<String, Box<dyn Error>> {
    // By way of JSON, so that fields stand in the order of their names.
    Ok(serde_saphyr::to_string(&serde_json::to_value(object)?)?)
}
