//! The gate: a route exposes a Service once what was found in it is good enough, and nobody is in anybody's way besides.

mod again;
mod cert_manager;
mod gateway_api;
mod load;
mod races;
mod restart;
pub(crate) mod route;
mod switches;
mod tenant;

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use dast_e2e::{RELEASE, SHOP, Stage, image_of, until};
use serde_json::{Value, json};

use self::route::{MEMORY, PARKED, WEBHOOK, class, gated, ingress, refused, registered, uninstall_and_serve};

const SAMPLE: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/ingress.yaml");

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_is_not_proven_is_not_exposed() -> Result<()> {
    let stage = gated("gate")?;
    again::whoever_applies_it_again_leaves_it_parked(&stage)?;
    a_release_is_exposed_once_it_has_passed(&stage)?;
    what_is_exposed_stays_so_and_gets_no_more(&stage)?;
    whoever_may_breaks_the_glass(&stage)?;
    the_sample_is_kept_out_and_let_in(&stage)?;
    replicas_that_die_come_back(&stage)?;
    while_nobody_answers_nothing_new_is_exposed(&stage)?;
    switches::where_silence_lets_in_it_is_told_what_got_in(&stage)?;
    it_is_judged_again(&stage, "third")?;

    it_is_not_taken_away_over_a_parked_route(&stage)?;
    unless_all_are_to_be_served(&stage)?;
    the_gate_comes_back(&stage)?;
    switches::it_is_switched_off_where_nothing_is_parked(&stage)?;
    it_is_taken_away_where_nothing_is_parked(&stage)?;
    stage.end()
}

/// A Deployment, its Service and its Ingress, in one go, while somebody applies the Ingress again and again.
fn a_release_is_exposed_once_it_has_passed(stage: &Stage) -> Result<()> {
    release(stage, &json!({}))?;
    // The scan may have been quicker than Helm.
    if class(stage, SHOP)? != PARKED {
        stage.judged(SHOP, "shop-80", "Pass").context("it is exposed before it was scanned")?;
    }
    stage.told(SHOP, "Ingress", SHOP, "RouteParked")?;
    until("the exposure of what has passed", || {
        stage.apply(&ingress(SHOP, "shop.example", ""))?;
        match class(stage, SHOP)?.as_str() {
            "public" => Ok(()),
            PARKED => bail!("it is parked"),
            other => bail!("its class is {other}"),
        }
    })?;
    // What was exposed had passed.
    stage.judged(SHOP, "shop-80", "Pass")?;
    until("an event on the Ingress", || stage.told(SHOP, "Ingress", SHOP, "RouteReleased"))?;
    let route = stage.get(&["ingress", SHOP, "--namespace", SHOP])?;
    let memory = &route["metadata"]["annotations"][MEMORY];
    ensure!(memory.is_null(), "it is still said to be parked: {memory}");
    let of_gitops = ingress("gitops", "gitops.example", "");
    let is_served = || Ok(class(stage, "gitops")? == "public");
    again::a_gitops_controller_sees_it_served(stage, &of_gitops, is_served)?;
    stage.kubectl(&["delete", "ingress", "gitops", "--namespace", SHOP]).map(drop)
}

fn what_is_exposed_stays_so_and_gets_no_more(stage: &Stage) -> Result<()> {
    stage.kubectl(&["label", "ingress", SHOP, "--namespace", SHOP, "team=shop"])?;
    let message = refused(release(stage, &json!({"host": "other.example"})))?;
    ensure!(message.contains("the change is denied") && message.contains("NotCovered"), "{message}");
    // It gets worse, and is exposed as it was; nothing new leads there.
    release(stage, &json!({"care": "--careless"}))?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    ensure!(class(stage, SHOP)? == "public", "what was exposed was taken away");
    until("a word on what is exposed", || {
        stage.stated("scantarget", (SHOP, "shop-80"), ("Exposed", "True", "Drift"))
    })?;
    for kind in ["Service", "Ingress"] {
        until("an event of it", || stage.told(SHOP, kind, SHOP, "RouteDrifted"))?;
    }
    stage.apply(&ingress("second", "shop.example", ""))?;
    ensure!(class(stage, "second")? == PARKED, "what has failed is newly exposed");
    // What takes away is always let in.
    stage.kubectl(&["delete", "ingress", "second", "--namespace", SHOP])?;
    Ok(())
}

fn whoever_may_breaks_the_glass(stage: &Stage) -> Result<()> {
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let broken = ingress("broken", "shop.example", &format!("{until} incident 4711"));
    stage.apply_as("jane", &broken)?;
    ensure!(class(stage, "broken")? == PARKED, "anybody may break the glass");
    stage.kubectl(&["delete", "ingress", "broken", "--namespace", SHOP])?;
    stage.apply_as("on-call", &broken)?;
    ensure!(class(stage, "broken")? == "public", "nobody may break the glass");
    dast_e2e::until("an event of it", || stage.told(SHOP, "Ingress", "broken", "GlassBroken"))?;
    let message = refused(stage.apply_as("on-call", &ingress("forever", "shop.example", "please")))?;
    ensure!(message.contains("expected a time in the next seven days"), "{message}");
    Ok(())
}

/// The original's sample, whose annotations are the whole policy.
fn the_sample_is_kept_out_and_let_in(stage: &Stage) -> Result<()> {
    let app = include_str!("manifests/sample-ingress.yaml").replace("IMAGE", &image_of("dast-shop"));
    stage.apply(&app.replace("CARE", "--careless"))?;
    until("the verdict Fail", || stage.judged("test", "test-service-80", "Fail"))?;
    let message = refused(stage.apply(SAMPLE))?;
    ensure!(message.contains("denied the request: Ingress test/test-ingress: denied"), "{message}");
    ensure!(message.contains("kubectl describe scantarget -n test test-service-80"), "{message}");
    stage.apply(&app.replace("CARE", "--repaired"))?;
    until("the verdict Pass", || stage.judged("test", "test-service-80", "Pass"))?;
    until("the sample to be let in", || stage.apply(SAMPLE))
}

/// The gate does not keep its own pods out, nor anybody else's.
fn replicas_that_die_come_back(stage: &Stage) -> Result<()> {
    let webhooks = "--selector=app.kubernetes.io/name=dast-webhook";
    let system = ["--namespace", dast_e2e::SYSTEM];
    stage.kubectl(&[&["delete", "pods", webhooks, "--force", "--grace-period=0"][..], &system].concat())?;
    stage.kubectl(&["create", "configmap", "meanwhile", "--namespace", SHOP])?;
    it_is_judged_again(stage, "third")
}

/// What is there works on, and may be changed in what is not exposure; a way past it is left to whoever may.
fn while_nobody_answers_nothing_new_is_exposed(stage: &Stage) -> Result<()> {
    let system = ["--namespace", dast_e2e::SYSTEM];
    stage.scale_to_nothing(WEBHOOK)?;
    let message = refused(stage.apply(&ingress("meanwhile", "meanwhile.example", "")))?;
    ensure!(message.contains("failed calling webhook"), "{message}");
    stage.kubectl(&["label", "ingress", SHOP, "--namespace", SHOP, "team=other", "--overwrite"])?;
    patched(
        stage,
        &["--subresource=status"],
        r#"{"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}"#,
    )?;
    patched(stage, &[], r#"{"metadata": {"finalizers": ["gate.example/kept"]}}"#)?;
    patched(stage, &[], r#"{"metadata": {"finalizers": null}}"#)?;
    let until_then = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let broken = ingress("urgent", "urgent.example", &format!("{until_then} the gate is down"));
    let message = refused(stage.apply_as("jane", &broken))?;
    ensure!(message.contains("failed calling webhook"), "{message}");
    stage.apply_as("on-call", &broken)?;
    ensure!(class(stage, "urgent")? == "public", "nobody may break the glass");
    // It comes back by itself: nobody asks it about pods.
    stage.kubectl(&[&["scale", "deployment", WEBHOOK, "--replicas=2"][..], &system].concat())?;
    it_is_judged_again(stage, "meanwhile")?;
    stage.kubectl(&["delete", "ingress", "meanwhile", "urgent", "--namespace", SHOP])?;
    Ok(())
}

fn patched(stage: &Stage, of: &[&str], patch: &str) -> Result<()> {
    let route = ["patch", "ingress", SHOP, "--namespace", SHOP, "--type=merge", "--patch", patch];
    stage.kubectl(&[&route[..], of].concat()).map(drop)
}

/// A new route is held back, once the replicas are there again.
fn it_is_judged_again(stage: &Stage, route: &str) -> Result<()> {
    let wait = ["rollout", "status", "deployment", WEBHOOK, "--timeout=120s"];
    stage.kubectl(&[&wait[..], &["--namespace", dast_e2e::SYSTEM]].concat())?;
    until("an answer", || stage.apply(&ingress(route, &format!("{route}.example"), "")))?;
    ensure!(class(stage, route)? == PARKED, "nobody judged it");
    Ok(())
}

/// Nobody would release it any more.
fn it_is_not_taken_away_over_a_parked_route(stage: &Stage) -> Result<()> {
    ensure!(class(stage, "third")? == PARKED, "nothing is parked");
    refused(stage.helm(&["uninstall", RELEASE, "--wait"]).map(drop))?;
    let said = stage.kubectl(&["logs", "--namespace", dast_e2e::SYSTEM, "job/dast-operator-parked"])?;
    ensure!(said.contains("Ingress shop/third, held back since"), "{said}");
    registered(stage)
}

/// Whoever says so has it served as it was asked for, whatever was found, and what comes later is not held back.
fn unless_all_are_to_be_served(stage: &Stage) -> Result<()> {
    stage.judged(SHOP, "shop-80", "Fail")?;
    // Helm calls what it began to take away `uninstalling`, and upgrades it once it is what it was.
    let history: Value = serde_json::from_str(&stage.helm(&["history", RELEASE, "--output=json"])?)?;
    let last = history.as_array().and_then(|revisions| revisions.last()).context("there is no release")?;
    ensure!(last["status"] == "uninstalling", "it is {last}");
    stage.helm(&["rollback", RELEASE, &last["revision"].to_string()])?;
    uninstall_and_serve(stage)?;
    let route = stage.get(&["ingress", "third", "--namespace", SHOP])?;
    ensure!(route["spec"]["ingressClassName"] == "public", "it is not served: {}", route["spec"]);
    let memory = &route["metadata"]["annotations"][MEMORY];
    ensure!(memory.is_null(), "it is still said to be parked: {memory}");
    stage.apply(&ingress("after", "after.example", ""))?;
    ensure!(class(stage, "after")? == "public", "it is held back by nobody");
    Ok(())
}

/// What was served meanwhile stays so, and what is new is held back.
fn the_gate_comes_back(stage: &Stage) -> Result<()> {
    route::install(stage, route::values())?;
    for served in ["third", "after"] {
        stage.kubectl(&["label", "ingress", served, "--namespace", SHOP, "team=shop"])?;
        ensure!(class(stage, served)? == "public", "{served} was taken away");
    }
    stage.apply(&ingress("fourth", "fourth.example", ""))?;
    ensure!(class(stage, "fourth")? == PARKED, "what has failed is newly exposed");
    stage.kubectl(&["delete", "ingress", "fourth", "--namespace", SHOP]).map(drop)
}

fn it_is_taken_away_where_nothing_is_parked(stage: &Stage) -> Result<()> {
    stage.helm(&["uninstall", RELEASE, "--wait"])?;
    ensure!(registered(stage).is_err(), "the registrations outlive what answers");
    stage.apply(&ingress("last", "last.example", ""))
}

fn release(stage: &Stage, values: &Value) -> Result<()> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/operator/charts/shop");
    let mut values = values.clone();
    values["image"] = json!(image_of("dast-shop"));
    stage.release(SHOP, &chart, SHOP, &values)
}
