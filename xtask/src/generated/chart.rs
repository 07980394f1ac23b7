//! What of the chart is generated: copies of `deploy/`, since a chart cannot reach out of its folder, and the part of its
//! schema that describes the installation's file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// Definitions of resources, which Helm makes if they are not there.
pub(super) const DEFINITIONS: &str = "deploy/chart/crds/";
/// What templates read.
pub(super) const FILES: &str = "deploy/chart/files/";

const VALUES: &str = "deploy/chart/values.schema.json";
const CONFIGURATION: &str = "docs/configuration.schema.json";

/// The files of the chart that are made from `manifests`.
pub(super) fn files(root: &Path, manifests: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let copies = manifests.iter().filter_map(|(file, text)| Some((place(file)?, text.clone())));
    let mut files: BTreeMap<String, String> = copies.collect();
    let values = fs::read_to_string(root.join(VALUES)).with_context(|| format!("could not read {VALUES}"))?;
    let configuration =
        manifests.get(CONFIGURATION).with_context(|| format!("nothing makes {CONFIGURATION}"))?;
    files.insert(VALUES.to_owned(), schema(&values, configuration)?);
    Ok(files)
}

/// Where a file of `deploy/` stands in the chart.
fn place(file: &str) -> Option<String> {
    let file = file.strip_prefix("deploy/")?;
    Some(match file.strip_prefix("crds/") {
        Some(definition) => format!("{DEFINITIONS}{definition}"),
        None => format!("{FILES}{file}"),
    })
}

/// The schema of the values, which is written by hand, with that of the configuration in its place.
fn schema(values: &str, configuration: &str) -> Result<String> {
    let mut values: Value = serde_json::from_str(values).with_context(|| format!("{VALUES} is no JSON"))?;
    let mut configuration: Map<String, Value> =
        serde_json::from_str(configuration).with_context(|| format!("{CONFIGURATION} is no JSON"))?;
    // It is a part of a schema now, which says this once.
    configuration.remove("$schema");
    let definitions = values.get_mut("definitions").and_then(Value::as_object_mut);
    definitions
        .with_context(|| format!("{VALUES} has no `definitions` in which the configuration could stand"))?
        .insert("configuration".to_owned(), configuration.into());
    Ok(format!("{}\n", serde_json::to_string_pretty(&values)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_copies_of_what_is_deployed() {
        assert_eq!(place("deploy/crds/dasts.yaml").unwrap(), "deploy/chart/crds/dasts.yaml");
        assert_eq!(
            place("deploy/roles/dast-viewer.yaml").unwrap(),
            "deploy/chart/files/roles/dast-viewer.yaml"
        );
        assert_eq!(place(CONFIGURATION), None);
    }

    #[test]
    fn the_configuration_stands_in_the_schema_and_all_else_stays() {
        let fresh = schema(
            r#"{"title": "Values", "definitions": {"configuration": {"type": "null"}, "other": {}}}"#,
            r#"{"$schema": "draft", "type": "object"}"#,
        );
        let fresh = fresh.unwrap();
        let expected =
            r#"{"title": "Values", "definitions": {"configuration": {"type": "object"}, "other": {}}}"#;
        let [fresh_value, expected] =
            [&fresh, expected].map(|text| serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(fresh_value, expected);
        assert_eq!(schema(&fresh, r#"{"type": "object"}"#).unwrap(), fresh, "twice is once");
        assert!(schema(r#"{"title": "Values"}"#, "{}").is_err());
    }
}
