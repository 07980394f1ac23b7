//! The objects of a shared ZAP.

use std::error::Error;

use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::crd::Dast;
use dast_kubernetes::job::Engine;
use dast_kubernetes::order::OrderedEngine;
use dast_kubernetes::shared_zap::{SharedZap, SharedZapError, SharedZapObjects};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::restricted::violations;
use super::yaml;

/// The original's sample.
fn sample(config: &[&str]) -> Dast {
    serde_json::from_value(json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1",
        "kind": "Dast",
        "metadata": {"name": "dast-sample", "namespace": "zaproxy", "uid": "uid-of-the-dast"},
        "spec": {"zaproxy": {"name": "dast-test", "apikey": "abcd1234", "config": config}},
    }))
    .unwrap()
}

fn objects(dast: &Dast, key: &str) -> Result<SharedZapObjects, SharedZapError> {
    let configuration = Configuration::default();
    let image = configuration.zap_image(dast.spec.zaproxy.image.as_deref()).unwrap();
    SharedZap { dast, configuration: &configuration, image, key: &SecretString::from(key) }.objects()
}

fn template(objects: &SharedZapObjects) -> Value {
    super::json(&objects.deployment)["spec"]["template"].clone()
}

#[test]
fn the_originals_sample() {
    let made =
        objects(&sample(&["replacer.full_list(0).description=a b", "api.disablekey=true"]), "abcd1234");
    let SharedZapObjects { secret, deployment, service, network_policy } = made.unwrap();
    let all =
        [super::json(&secret), super::json(&deployment), super::json(&service), super::json(&network_policy)];
    insta::assert_snapshot!(yaml(&all));
}

#[test]
fn it_is_restricted_and_its_key_is_in_the_secret_only() {
    let made = objects(&sample(&[]), "abcd1234").unwrap();
    assert_eq!(violations(&template(&made)["spec"]), [""; 0]);
    let key = made.secret.data.as_ref().unwrap();
    assert_eq!(key["zap_api_key"].0, b"abcd1234");
    assert_eq!(key["zap.properties"].0, b"api.key=abcd1234\n");
    let open = format!("{} {} {made:?}", super::json(&made.deployment), super::json(&made.service));
    assert!(!open.contains("abcd1234"), "{open}");
}

#[test]
fn a_changed_key_or_setting_is_another_pod_and_nothing_else_is() {
    let pod = |config: &[&str], key: &str| template(&objects(&sample(config), key).unwrap());
    let usual = pod(&[], "a");
    assert_eq!(pod(&[], "a"), usual);
    assert_eq!(pod(&["api.disablekey=true"], "a"), usual, "it is refused");
    assert_ne!(pod(&[], "b"), usual);
    assert_ne!(pod(&["spider.maxDepth=3"], "a"), usual);
    let mut other = sample(&[]);
    other.metadata.uid = Some("another".to_owned());
    let other = template(&objects(&other, "a").unwrap());
    assert_ne!(other["metadata"]["annotations"], usual["metadata"]["annotations"], "equal keys do not show");
}

#[test]
fn scans_find_it_and_get_through_to_it() {
    let made = objects(&sample(&[]), "a").unwrap();
    let key = SecretString::from("a");
    let engine = Engine::Shared { namespace: "zaproxy", dast: "dast-sample", zap: "dast-test", key: &key };
    let OrderedEngine::Zap { url, .. } = engine.ordered() else { panic!("no ZAP") };
    let service = super::json(&made.service);
    let (name, namespace) = (&service["metadata"]["name"], &service["metadata"]["namespace"]);
    let port = &service["spec"]["ports"][0]["port"];
    assert_eq!(url, format!("http://{}.{}.svc:{port}", name.as_str().unwrap(), namespace.as_str().unwrap()));

    let labels = &template(&made)["metadata"]["labels"];
    assert_eq!(service["spec"]["selector"], *labels);
    assert_eq!(super::json(&made.deployment)["spec"]["selector"]["matchLabels"], *labels);

    // What the Job's policy lets out, this one lets in.
    let case = super::job::Case::new();
    let job = case.objects(case.shared());
    let out = super::json(&job.network_policy)["spec"]["egress"][0]["to"][0].clone();
    assert_eq!(out["podSelector"]["matchLabels"], *labels);
    let within = super::json(&made.network_policy)["spec"]["ingress"][0]["from"][0].clone();
    let peers = within["podSelector"]["matchLabels"].as_object().unwrap().clone();
    let pod = super::json(&job.job)["spec"]["template"]["metadata"]["labels"].clone();
    assert!(!peers.is_empty() && peers.iter().all(|(name, value)| pod[name] == *value), "{peers:?} {pod}");
}

#[test]
fn a_long_name_fits_into_a_label() {
    let mut dast = sample(&[]);
    dast.metadata.name = Some("a".repeat(253));
    let label = template(&objects(&dast, "a").unwrap())["metadata"]["labels"]["controller"].clone();
    assert_eq!(label.as_str().unwrap().len(), 63);
}

#[test]
fn what_cannot_be_is_refused() {
    let error = objects(&sample(&[]), "hunter2 \n").unwrap_err();
    assert_eq!(error.category(), "key");
    let told = format!("{error}: {}", error.source().unwrap());
    assert!(!told.contains("hunter2") && told.contains("visible ASCII"), "{told}");
    let mut dast = sample(&[]);
    dast.metadata.uid = None;
    assert_eq!(objects(&dast, "a").unwrap_err(), SharedZapError::NotStored);
}
