//! What of the chart has to agree with what is elsewhere.

use std::collections::BTreeSet;
use std::fs;

use dast_e2e::{blocks, section};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::crd::{Dast, definitions};
use serde_json::Value;

use crate::helm::{ALL_VALUES, chart, render, text};

/// A page of the guides.
fn page(name: &str) -> String {
    fs::read_to_string(chart().join("../../docs").join(name)).unwrap()
}

#[test]
fn the_chart_has_the_version_of_the_programs() {
    let chart: Value = serde_saphyr::from_str(&text("Chart.yaml")).unwrap();
    let ours = env!("CARGO_PKG_VERSION");
    assert_eq!((chart["version"].as_str(), chart["appVersion"].as_str()), (Some(ours), Some(ours)));
}

#[test]
fn every_definition_is_in_the_chart() {
    let ours: BTreeSet<String> =
        definitions().iter().map(|one| format!("{}.yaml", one.spec.names.plural)).collect();
    let theirs = fs::read_dir(chart().join("crds")).unwrap();
    let theirs: BTreeSet<String> =
        theirs.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(theirs, ours);
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_hook_may_write_our_definitions_and_no_others() {
    let ours: BTreeSet<String> =
        definitions().iter().map(|one| format!("{}.{}", one.spec.names.plural, one.spec.group)).collect();
    let objects = render("");
    let roles = objects.iter().filter(|object| object["kind"] == "ClusterRole");
    let rules = roles.flat_map(|role| role["rules"].as_array().unwrap());
    let rule = rules
        .into_iter()
        .find(|rule| rule["apiGroups"][0] == "apiextensions.k8s.io" && rule["resourceNames"].is_array());
    let names = rule.unwrap()["resourceNames"].as_array().unwrap();
    assert_eq!(names.iter().map(|name| name.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), ours);
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_default_scanner_is_a_dast() {
    for (values, profile) in [("", "Passive"), (ALL_VALUES, "Baseline")] {
        let objects = render(values);
        let dast = objects.iter().find(|object| object["kind"] == "Dast").unwrap();
        let dast: Dast = serde_json::from_value(dast.clone()).unwrap();
        assert_eq!(dast.metadata.name.as_deref(), Some("default"));
        assert_eq!(format!("{:?}", dast.spec.profile.unwrap().name.unwrap()), profile);
    }
    let without = render("{defaultScanner: {create: false}}");
    assert!(without.iter().all(|object| object["kind"] != "Dast"));
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_values_of_the_guides_are_accepted() {
    for name in ["operator.md", "moving-over.md"] {
        let page = page(name);
        let examples: Vec<&str> = page
            .split("```yaml values\n")
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap_or_default())
            .collect();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let objects = render(example);
            let file = objects.iter().find(|object| object["kind"] == "ConfigMap").unwrap();
            let read = Configuration::from_yaml(file["data"]["configuration.yaml"].as_str().unwrap());
            assert_ne!(read.unwrap(), Configuration::default(), "{example}");
        }
    }
}

/// The issuer, the certificate that it signs by, and both certificates that are asked for.
#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_page_of_the_chart_asks_the_issuer_that_it_makes() {
    let page = text("README.md");
    let section = section(&page, "Certificates by cert-manager");
    let block = |mark| blocks(section, mark).next().unwrap();
    let issuers: Vec<Value> = serde_saphyr::from_multiple(block("yaml")).unwrap();
    let objects = render(block("yaml values"));
    let asked: Vec<&Value> = objects.iter().filter(|object| object["kind"] == "Certificate").collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for certificate in asked {
        let reference = &certificate["spec"]["issuerRef"];
        let named = |object: &&Value| {
            object["kind"] == reference["kind"] && object["metadata"]["name"] == reference["name"]
        };
        let issuer = issuers.iter().find(named).unwrap();
        let signs_by = |object: &Value| object["spec"]["secretName"] == issuer["spec"]["ca"]["secretName"];
        assert!(issuers.iter().any(|object| object["spec"]["isCA"] == true && signs_by(object)), "{issuer}");
    }
}

#[test]
fn the_guide_has_every_field_of_the_configuration() {
    let page = page("operator.md");
    let schema = Configuration::schema();
    for (name, field) in schema["properties"].as_object().unwrap() {
        let below = field["properties"]
            .as_object()
            .filter(|_| !["defaultScanner", "policy", "profile"].contains(&&**name));
        let paths = match below {
            Some(below) => below.keys().map(|below| format!("`{name}.{below}`")).collect(),
            None => vec![format!("`{name}`")],
        };
        for path in paths {
            assert!(page.contains(&path), "docs/operator.md lacks {path}");
        }
    }
}
