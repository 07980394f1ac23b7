//! The sample of the operator of 2019 with settings of ZAP and the document of an API, by a ZAP that tells what it was given.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{Stage, image_of, until};
use serde_json::{Value, json};

use super::samples::{SCANNER, SETTINGS, values_with};

/// The sample's document, and where it describes something.
const PAGES: [&str; 2] = [
    "http://test-api-service.test.svc:8080/v2/swagger.json",
    "http://test-api-service.test.svc:8080/v2/pets",
];
const TARGET: &str = "test-api-service-8080";
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
#[ignore = "needs a real Kubernetes"]
fn settings_and_a_document_reach_the_zap_that_scans() -> Result<()> {
    let stage = Stage::begin("settings")?;
    for namespace in ["external", "test", "zaproxy"] {
        stage.kubectl(&["create", "namespace", namespace])?;
    }
    let zap = stage.load_fake_zap(&PAGES)?;
    stage.install(&values_with(zap)?)?;
    stage.apply(SCANNER)?;
    stage.apply(SETTINGS)?;
    stage.apply(&include_str!("manifests/api.yaml").replace("IMAGE", &image_of("dast-shop")))?;

    let target = until("the verdict on the API", || stage.judged("test", TARGET, "Pass"))?;
    stage.stated("scantarget", ("test", TARGET), ("Scanned", "True", "Complete"))?;
    let run = stage.get(&[
        "scanrun",
        target["status"]["run"].as_str().unwrap_or_default(),
        "--namespace",
        "test",
    ])?;
    ensure!(
        run["status"]["basis"]["profile"] == "api",
        "it was scanned otherwise: {}",
        run["status"]["basis"]
    );
    it_has_the_rule(&stage)?;
    it_was_given_the_document(&stage)?;
    a_key_that_was_deleted_is_made_again(&stage)?;
    stage.end()
}

/// Nobody tells the operator of Secrets: it looks.
fn a_key_that_was_deleted_is_made_again(stage: &Stage) -> Result<()> {
    let secret = ["secret", "dast-test", "--namespace", "zaproxy"];
    let before = stage.get(&secret)?;
    stage.kubectl(&[&["delete"][..], &secret].concat())?;
    let after = until("the Secret that was deleted", || stage.get(&secret))?;
    ensure!(after["metadata"]["uid"] != before["metadata"]["uid"], "it was not deleted");
    ensure!(after["data"] == before["data"], "it is not the key that the Dast names");
    Ok(())
}

/// That of the sample, in the words of ZAP's API.
fn it_has_the_rule(stage: &Stage) -> Result<()> {
    let service = stage.get(&["service", "dast-test", "--namespace", "zaproxy"])?;
    let address = service["spec"]["clusterIP"].as_str().context("the ZAP has no address")?;
    let mut zap = TcpStream::connect((address, 8080)).context("the ZAP does not answer")?;
    zap.set_read_timeout(Some(PATIENCE))?;
    // To another name ZAP takes a request for one to be passed on.
    let head = "GET /JSON/replacer/view/rules/ HTTP/1.1\r\nHost: zap\r\nX-ZAP-API-Key: abcd1234\r\nConnection: close\r\n\r\n";
    zap.write_all(head.as_bytes())?;
    let mut answer = String::new();
    zap.read_to_string(&mut answer).context("the answer broke off")?;
    let (_, rules) = answer.split_once("\r\n\r\n").with_context(|| format!("it says {answer}"))?;
    let rules: Value = serde_json::from_str(rules).with_context(|| format!("it says {answer}"))?;
    let rule = json!([{
        "description": "auth1", "enabled": "true", "matchType": "REQ_HEADER", "matchString": "Authorization",
        "matchRegex": "false", "replacement": "Bearer abc", "initiators": "", "url": "", "method": "",
    }]);
    ensure!(rules["rules"] == rule, "its rules are {rules}");
    Ok(())
}

/// By the name that the scan calls the Service by. Whatever servers the document names, it is the target that is asked.
fn it_was_given_the_document(stage: &Stage) -> Result<()> {
    let asked = stage.kubectl(&["logs", "--namespace", "zaproxy", "deployment/dast-test"])?;
    let import = asked.lines().find(|line| line.starts_with("openapi/action/import"));
    let import = import.with_context(|| format!("no document was imported:\n{asked}"))?;
    let document = "url=http://test-api-service.test.svc:8080/v2/swagger.json";
    ensure!(import.contains(document), "{import}");
    ensure!(import.contains("hostOverride=http://test-api-service.test.svc:8080"), "{import}");
    ensure!(
        asked.lines().any(|line| line.starts_with("ascan/action/scan ")),
        "nothing was attacked:\n{asked}"
    );
    Ok(())
}
