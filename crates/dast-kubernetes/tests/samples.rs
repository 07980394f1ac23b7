//! What users of the original have in their files is accepted as it is, and comes out as it went in.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod schema;

use dast_kubernetes::crd::{Dast, ProfileName, ZapMode};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::networking::v1::Ingress;
use kube::core::cel::Validator;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const SAMPLES: [&str; 5] = [
    include_str!("samples/scanner.yaml"),
    include_str!("samples/service.yaml"),
    include_str!("samples/ingress.yaml"),
    include_str!("samples/external.yaml"),
    include_str!("samples/settings.yaml"),
];

fn documents() -> Vec<Value> {
    SAMPLES
        .iter()
        .flat_map(|text| text.split("---\n"))
        .map(|text| serde_saphyr::from_str(text).unwrap())
        .collect()
}

fn there_and_back<T: DeserializeOwned + Serialize>(document: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(document.clone()).unwrap()).unwrap()
}

#[test]
fn the_samples_come_out_as_they_went_in() {
    let mut scanners = 0;
    for document in documents() {
        let again = match document["kind"].as_str().unwrap() {
            "Dast" => {
                scanners += 1;
                assert_eq!(schema::problems(&schema::of("Dast"), &document), [""; 0]);
                let refusals = Validator::new().validate(&schema::of("Dast"), &document, None);
                assert!(refusals.is_ok(), "{refusals:?}");
                there_and_back::<Dast>(&document)
            }
            "Deployment" => there_and_back::<Deployment>(&document),
            "Ingress" => there_and_back::<Ingress>(&document),
            "Namespace" => there_and_back::<Namespace>(&document),
            "Service" => there_and_back::<Service>(&document),
            other => panic!("{other}"),
        };
        assert_eq!(again, document);
    }
    assert_eq!(scanners, 3);
}

#[test]
fn whatever_the_original_took_is_still_taken() {
    let everything = schema::object(
        "Dast",
        json!({
            "zaproxy": {
                "name": "zap", "image": "owasp/zap2docker-live", "namespace": "elsewhere", "apikey": "",
                "config": ["spider.maxDepth=3"],
            },
            "analyzer": {
                "image": "banzaicloud/dast-analyzer:0.4.1", "name": "", "target": "",
                "service": {"metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}, "status": {"loadBalancer": {}}},
            },
        }),
    );
    assert_eq!(schema::problems(&schema::of("Dast"), &everything), [""; 0]);
    assert!(Validator::new().validate(&schema::of("Dast"), &everything, None).is_ok());
    assert_eq!(there_and_back::<Dast>(&everything), everything);
    let scanner: Dast = serde_json::from_value(everything).unwrap();
    assert_eq!(scanner.spec.zaproxy.mode(), ZapMode::Shared);
    assert_eq!(scanner.spec.allowed_namespaces, None, "absent means all, and not none");
}

#[test]
fn keys_do_not_show_in_debugging_output() {
    let scanner: Dast = serde_json::from_value(documents()[1].clone()).unwrap();
    assert_eq!(scanner.spec.zaproxy.apikey.as_ref().unwrap().expose(), "abcd1234");
    assert!(!format!("{scanner:?}").contains("abcd1234"));
}

#[test]
fn unknown_words_are_errors() {
    let read = |spec| serde_json::from_value::<Dast>(schema::object("Dast", spec));
    for (field, value) in [
        ("/zaproxy/mode", "shared"),
        ("/profile/name", "Full"),
        ("/profile/browser", "Firefox"),
        ("/profile/attackStrength", "high"),
        ("/login/kind", "Cookie"),
    ] {
        let mut spec = json!({
            "zaproxy": {"name": "zap", "mode": "PerScan"},
            "profile": {"name": "full", "browser": "Ajax", "attackStrength": "High"},
            "login": {"kind": "Basic", "loggedIn": "out", "secretName": "login"},
        });
        let good = read(spec.clone()).unwrap();
        assert_eq!(good.spec.profile.unwrap().name, Some(ProfileName::Full));
        *spec.pointer_mut(field).unwrap() = json!(value);
        let error = read(spec.clone()).unwrap_err().to_string();
        assert!(error.contains(&format!("unknown variant `{value}`")), "{error}");
        let told = schema::problems(&schema::of("Dast"), &schema::object("Dast", spec));
        assert_eq!(told.len(), 1, "an API server refuses it too: {told:?}");
    }
}
