//! The five samples of the README of the operator of 2019, with the values that the guide for moving over names.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{Stage, image_of, quick, until, until_within};
use serde_json::{Value, json};

pub(super) const SCANNER: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/scanner.yaml");
const SERVICE: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/service.yaml");
const INGRESS: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/ingress.yaml");
pub(super) const EXTERNAL: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/external.yaml");
pub(super) const SETTINGS: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/settings.yaml");
/// What there was before, the definition first.
const BEFORE: &str = include_str!("manifests/before.yaml");
const LEFT: &str = include_str!("manifests/left.yaml");
const GUIDE: &str = include_str!("../../../docs/moving-over.md");

/// Attacks take minutes, and a busy machine takes many times that.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_users_of_the_original_have_is_scanned_as_it_is() -> Result<()> {
    let stage = Stage::begin("samples")?;
    // The namespaces are there before the chart, which makes Roles in them.
    for namespace in ["external", "test", "zaproxy"] {
        stage.kubectl(&["create", "namespace", namespace])?;
    }
    let before = leave(&stage)?;
    stage.install(&values(&stage)?)?;
    a_zap_is_shared(&stage)?;
    it_is_taken_over(&stage, &before)?;
    serve(&stage)?;
    stage.apply(INGRESS)?;
    let target = until_within(PATIENCE, "the verdict on the Service", || {
        stage.judged("test", "test-service-80", "Fail")
    })?;
    ensure!(target["status"]["counts"]["high"].as_u64() >= Some(1), "nothing was attacked: {target}");
    let scanner = json!({"namespace": "zaproxy", "name": "dast-sample"});
    ensure!(target["spec"]["scanner"] == scanner, "it was scanned by {}", target["spec"]["scanner"]);
    let places = &target["spec"]["exposures"];
    ensure!(places[0]["path"] == "/", "the Ingress does not count: {places}");

    an_external_target_is_no_pass(&stage)?;
    settings_are_taken(&stage)?;
    stage.end()
}

/// Those of the guide, with the lab's ZAP and without pauses.
pub(super) fn values(stage: &Stage) -> Result<Value> {
    values_with(stage.load_zap()?)
}

/// The same with another ZAP.
pub(super) fn values_with(zap: Value) -> Result<Value> {
    let guide = GUIDE.split("```yaml values\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut values: Value = serde_saphyr::from_str(guide.context("the guide has no values")?)?;
    values["configuration"]["zap"] = zap;
    values["configuration"]["scans"] = quick();
    // An Ingress is there before anything was scanned; that it is refused then is another story.
    values["webhook"]["enabled"] = false.into();
    Ok(values)
}

/// What the original made, under the same names.
fn a_zap_is_shared(stage: &Stage) -> Result<()> {
    until("the ZAP that is shared", || {
        stage.stated("dast", ("zaproxy", "dast-sample"), ("Ready", "True", "Running"))
    })?;
    let secret = stage.get(&["secret", "dast-test", "--namespace", "zaproxy"])?;
    ensure!(secret["data"]["zap_api_key"].is_string(), "the Secret has no `zap_api_key`");
    let service = stage.get(&["service", "dast-test", "--namespace", "zaproxy"])?;
    ensure!(service["spec"]["ports"][0]["port"] == 8080, "{}", service["spec"]["ports"]);
    let deployment = stage.get(&["deployment", "dast-test", "--namespace", "zaproxy"])?;
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    ensure!(labels["app"] == "zaproxy" && labels["controller"] == "dast-sample", "{labels}");
    Ok(())
}

/// The definition of the original, what was made by it, and what its operator made of that.
fn what_was_left(stage: &Stage) -> Result<Vec<Value>> {
    let mut all = vec![stage.get(&["customresourcedefinition", "dasts.security.banzaicloud.io"])?];
    for (kind, name) in [
        ("dast", "dast-sample"),
        ("secret", "dast-test"),
        ("service", "dast-test"),
        ("deployment", "dast-test"),
    ] {
        all.push(stage.get(&[kind, name, "--namespace", "zaproxy"])?);
    }
    Ok(all)
}

fn leave(stage: &Stage) -> Result<Vec<Value>> {
    let definition = BEFORE.split("---").next().context("there is no definition")?;
    stage.apply(definition)?;
    let name = "crd/dasts.security.banzaicloud.io";
    stage.kubectl(&["wait", "--for=condition=Established", name, "--timeout=60s"])?;
    stage.apply(SCANNER)?;
    let dast = stage.get(&["dast", "dast-sample", "--namespace", "zaproxy"])?;
    let owner = json!({
        "apiVersion": dast["apiVersion"], "kind": "Dast", "name": "dast-sample", "uid": dast["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true,
    });
    stage.apply(&LEFT.replace("OWNER", &owner.to_string()))?;
    what_was_left(stage)
}

/// All of it stays, and becomes ours: a ZAP of ours runs there, and the key is in the Secret alone.
fn it_is_taken_over(stage: &Stage, before: &[Value]) -> Result<()> {
    let after = what_was_left(stage)?;
    for (before, after) in before.iter().zip(&after) {
        let (before, after) = (&before["metadata"], &after["metadata"]);
        ensure!(before["uid"] == after["uid"], "`{}` was made anew", after["name"]);
    }
    let version = &after[0]["spec"]["versions"][0];
    ensure!(version["subresources"]["status"].is_object(), "the definition is still that of the original");
    let template = after[4]["spec"]["template"].to_string();
    ensure!(!template.contains("abcd1234") && !template.contains("ZAP_API_KEY"), "{template}");
    Ok(())
}

/// There is no nginx in the lab, so that the shop stands in for it, at the same port and with as many rights.
fn serve(stage: &Stage) -> Result<()> {
    stage.apply(SERVICE)?;
    let shop = json!({
        "name": "nginx", "image": image_of("dast-shop"), "imagePullPolicy": "Never",
        "securityContext": {"runAsUser": 0},
        "args": ["--careless", "--listen=0.0.0.0:80", "--listen-anywhere"],
    });
    let patch = json!({"spec": {"template": {"spec": {"containers": [shop]}}}}).to_string();
    stage.kubectl(&["patch", "deployment", "test-app", "--namespace", "test", "--patch", &patch]).map(drop)
}

/// The lab knows no names of the outside: what cannot be reached is scanned in vain, and nobody is told that it passed.
fn an_external_target_is_no_pass(stage: &Stage) -> Result<()> {
    stage.apply(EXTERNAL)?;
    let target = until("the end of a scan", || {
        stage.stated(
            "scantarget",
            ("external", "external.external-test"),
            ("Scanned", "False", "EngineError"),
        )
    })?;
    stage.stated("scantarget", ("external", "external.external-test"), ("Accepted", "True", "Accepted"))?;
    let status = &target["status"];
    ensure!(status["verdict"] == "Unknown", "its status is {status}");
    ensure!(status["conditions"].to_string().contains("`shop.example` is not found"), "{status}");
    Ok(())
}

/// They reach ZAP, and the other Service waits for its pods. What ZAP makes of them is shown by one that has those add-ons.
fn settings_are_taken(stage: &Stage) -> Result<()> {
    stage.apply(SETTINGS)?;
    until("the settings in the Deployment", || {
        let deployment = stage.get(&["deployment", "dast-test", "--namespace", "zaproxy"])?;
        let arguments = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
        let given = |argument: &str| {
            arguments.as_array().is_some_and(|all| all.iter().any(|given| *given == argument))
        };
        let wanted = [
            "replacer.full_list(0).matchtype=REQ_HEADER",
            "replacer.full_list(0).replacement=Bearer abc",
            "formhandler.fields.field(0).fieldId=username",
        ];
        ensure!(wanted.into_iter().all(given), "its arguments are {arguments}");
        Ok(())
    })?;
    // It is said after it is done.
    until("the word that they are taken", || {
        stage.stated("dast", ("zaproxy", "dast-sample"), ("Accepted", "True", "Accepted"))
    })?;
    let target = until("the target of the API", || {
        stage.stated("scantarget", ("test", "test-api-service-8080"), ("Ready", "False", "NoReadyPods"))
    })?;
    ensure!(target["status"]["verdict"] == "Unknown", "its status is {}", target["status"]);
    stage.stated("scantarget", ("test", "test-api-service-8080"), ("Accepted", "True", "Accepted")).map(drop)
}
