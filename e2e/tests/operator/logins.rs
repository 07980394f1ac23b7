//! A scan that logs in with what the owner of the application grants sees what members see.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use dast_e2e::{SCANS, SHOP, Shop, Stage, quick, until, until_within};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../../../docs/operator.md");
const PASSWORD: &str = "larch-and-lantern";
/// A ZAP has to start, on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_members_see_is_found_once_it_is_granted() -> Result<()> {
    let stage = Stage::begin("logins")?;
    let zap = stage.load_zap()?;
    stage.install(&json!({
        "configuration": {"scans": quick(), "zap": zap}, "defaultScanner": {"profile": "passive"},
    }))?;
    stage.serve(Shop::Careless)?;
    stage.apply(include_str!("manifests/logins.yaml"))?;
    stage.annotate(SHOP, SHOP, "zaproxy-namespace", "dast-system")?;
    stage.annotate(SHOP, SHOP, "zaproxy", "members")?;

    let refused = until("the word that something has to be granted", || {
        stage.stated("scantarget", (SHOP, "shop-80"), ("Scanned", "False", "EngineError"))
    })?;
    let status = &refused["status"];
    ensure!(status["conditions"].to_string().contains("may not read Secret `shop-login`"), "{status}");
    ensure!(status["verdict"] == "Unknown", "its status is {status}");
    let everybody = until("the verdict for everybody", || stage.judged(SHOP, "everybody-80", "Fail"))?;
    ensure!(!places(&everybody).iter().any(|url| url.ends_with("/account")), "everybody sees the account");

    stage.apply(granted()?)?;
    stage.ask(SHOP, "shop-80")?;
    let held =
        until_within(PATIENCE, "the verdict on what members see", || stage.judged(SHOP, "shop-80", "Fail"))?;
    let scan = &held["status"]["evidence"]["scan"];
    ensure!(scan["authentication"] == "Held", "it was not logged in to the end: {scan}");
    ensure!(
        places(&held).iter().any(|url| url.ends_with("/account")),
        "the account was not seen: {}",
        held["status"]
    );

    // What it logged in with is nowhere but where its owner put it, and in a copy that goes with the Job, which goes by itself
    // some minutes after its end. Nobody has to wait for that here.
    let copies = stage.get(&["secrets", "--namespace", SCANS])?;
    let [copy] = &copies["items"].as_array().context("no list")?[..] else {
        bail!("there is not one copy: {copies}")
    };
    let job = copy["metadata"]["name"].as_str().context("a copy without a name")?;
    let made = stage.get(&["job", job, "--namespace", SCANS])?;
    let patience = made["spec"]["ttlSecondsAfterFinished"].as_u64();
    ensure!(patience.is_some_and(|seconds| seconds <= 600), "the Job stays: {}", made["spec"]);
    stage.kubectl(&["delete", "job", job, "--namespace", SCANS])?;
    until("the end of the copy", || {
        let copies = stage.get(&["secrets", "--namespace", SCANS])?;
        ensure!(copies["items"] == json!([]), "there is {}", copies["items"][0]["metadata"]["name"]);
        Ok(())
    })?;
    let all = stage.kubectl(&["get", "dast-all,jobs,pods,events", "--all-namespaces", "--output=json"])?;
    ensure!(!all.contains(PASSWORD), "the password is in an object");
    stage.end()
}

/// The Role and its binding, as the guide has them.
fn granted() -> Result<&'static str> {
    let mut blocks = GUIDE.split("```yaml\n").filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains("resourceNames: [shop-login]")).context("the guide has no such Role")
}

/// Where something was found.
fn places(target: &Value) -> Vec<&str> {
    let findings = target["status"]["evidence"]["findings"].as_array();
    findings.into_iter().flatten().filter_map(|finding| finding["url"].as_str()).collect()
}
