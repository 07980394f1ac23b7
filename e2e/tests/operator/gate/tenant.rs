//! A tenant with every right in their namespace against what the gate remembers, what it believes, and its glass.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{SHOP, Shop, Stage, image_of, until};
use serde_json::{Value, json};

use super::route::{MEMORY, PARKED, class, gated, ingress, refused};

const TENANT: &str = "tenant";
/// A program of the tenant, to which somebody gave the right to break the glass.
const PROGRAM: &str = "system:serviceaccount:shop:deployer";
const HERE: [&str; 4] = ["--namespace", SHOP, "--as", TENANT];
/// The class of an Ingress, in its old spelling.
const CLASS: &str = "kubernetes.io/ingress.class";
/// An event is written within this.
const TOLD: Duration = Duration::from_secs(3);
/// What is written is heard by all replicas within this: half a second, where nothing else is done. A scan takes longer.
const HEARD: Duration = Duration::from_secs(1);

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_tenant_exposes_nothing_but_what_has_passed() -> Result<()> {
    let stage = gated("gate-tenant")?;
    stage.kubectl(&["create", "namespace", SHOP])?;
    let mine = include_str!("../manifests/gate-tenant.yaml").replace("IMAGE", &image_of("dast-shop"));
    stage.apply(&mine)?;

    a_trial_leaves_nothing(&stage)?;
    // The route first, the Service later, which is weak.
    stage.apply_as(TENANT, &ingress(SHOP, "shop.example", ""))?;
    still_parked(&stage, "before there is a Service")?;
    stage.serve(Shop::Careless)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    memory_is_not_theirs(&stage)?;
    the_class_is_held_in_both_spellings(&stage)?;
    the_glass_is_not_theirs(&stage)?;
    nobody_leaves_by_themselves(&stage)?;

    stage.serve(Shop::Repaired)?;
    until("the exposure of what has passed", || exposed(&stage, SHOP))?;
    the_old_spelling_comes_back(&stage)?;
    what_passed_is_what_is_served(&stage)?;
    stage.end()
}

/// A dry run is answered as any other, and nothing comes of it.
fn a_trial_leaves_nothing(stage: &Stage) -> Result<()> {
    stage.try_as(TENANT, &ingress("trial", "trial.example", ""))?;
    stage.try_as(TENANT, &ingress("trial", "trial.example", "please"))?;
    ensure!(class(stage, "trial").is_err(), "it is there");
    // One that is meant is told, which takes as long as the other would.
    stage.apply_as(TENANT, &ingress("meant", "meant.example", ""))?;
    until("an event on the Ingress", || stage.told(SHOP, "Ingress", "meant", "RouteParked"))?;
    thread::sleep(TOLD);
    let events = stage.get(&["events.v1.events.k8s.io", "--namespace", SHOP])?;
    let of_trial = |event: &&Value| event["regarding"]["name"] == "trial";
    let told = events["items"].as_array().into_iter().flatten().find(of_trial);
    ensure!(told.is_none(), "a trial is told of: {told:?}");
    stage.kubectl(&[&["delete", "ingress", "meant"][..], &HERE].concat()).map(drop)
}

/// What serves the route is what it asked for, whatever they write.
fn memory_is_not_theirs(stage: &Stage) -> Result<()> {
    let memory = |stage: &Stage| -> Result<Value> {
        let route = stage.get(&["ingress", SHOP, "--namespace", SHOP])?;
        Ok(route["metadata"]["annotations"][MEMORY].clone())
    };
    let asked = memory(stage)?;
    let read: Value = serde_json::from_str(asked.as_str().unwrap_or_default())?;
    ensure!(read["ingressClassName"] == "public" && read["since"].is_string(), "it is {read}");
    let forged = json!({"ingressClassName": "forged", "since": "2000-01-01T00:00:00Z"}).to_string();
    let remembered = |stage: &Stage| -> Result<()> {
        let memory = memory(stage)?;
        ensure!(memory == asked, "it is {memory}");
        still_parked(stage, "its memory was written")
    };
    remembered(stage)?;
    for value in [json!(forged), json!("nonsense"), Value::Null] {
        patch(stage, &[], &json!({"metadata": {"annotations": {MEMORY: value}}}))?;
        remembered(stage)?;
        // Neither by the door of the status, where annotations may be written, too.
        patch(stage, &["--subresource=status"], &json!({"metadata": {"annotations": {MEMORY: value}}}))?;
        remembered(stage)?;
    }
    // A route that claims to be parked is none, and nobody releases it.
    let mut claimed: Value = serde_json::from_str(&ingress("claimed", "claimed.example", ""))?;
    claimed["spec"]["ingressClassName"] = json!(PARKED);
    claimed["metadata"]["annotations"] = json!({MEMORY: forged});
    stage.apply_as(TENANT, &claimed.to_string())?;
    let route = stage.get(&["ingress", "claimed", "--namespace", SHOP])?;
    ensure!(route["metadata"]["annotations"][MEMORY].is_null(), "it is believed: {}", route["metadata"]);
    Ok(())
}

/// One spelling does not hide the other, and neither is written by way of the status.
fn the_class_is_held_in_both_spellings(stage: &Stage) -> Result<()> {
    let old = json!({"metadata": {"annotations": {CLASS: "public"}}});
    let new = json!({"spec": {"ingressClassName": "public"}});
    let both =
        json!({"metadata": {"annotations": {CLASS: "public"}}, "spec": {"ingressClassName": "public"}});
    let address = json!({"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}});
    for change in [&old, &new, &both, &address] {
        for door in [&[][..], &["--subresource=status"]] {
            // It may be refused, too.
            let said = patch(stage, door, change);
            still_parked(stage, &format!("{change} by {door:?}: {said:?}"))?;
        }
    }
    // They ask for the class by either spelling from the beginning.
    patch(stage, &[], &json!({"spec": {"ingressClassName": "public"}}))?;
    still_parked(stage, "it is asked for again")
}

fn the_glass_is_not_theirs(stage: &Stage) -> Result<()> {
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let glass = format!("{end} we say so");
    for who in [TENANT, PROGRAM] {
        // What is there, by its owner and by a program of theirs; and what is new.
        stage.apply_as(who, &ingress(SHOP, "shop.example", &glass))?;
        still_parked(stage, &format!("{who} broke the glass"))?;
        stage.apply_as(who, &ingress("broken", "shop.example", &glass))?;
        ensure!(class(stage, "broken")? == PARKED, "{who} may break the glass");
        stage.kubectl(&[&["delete", "ingress", "broken"][..], &HERE].concat())?;
    }
    for route in [SHOP, "broken"] {
        ensure!(stage.told(SHOP, "Ingress", route, "GlassBroken").is_err(), "it is told that it was");
    }
    stage.apply_as(TENANT, &ingress(SHOP, "shop.example", ""))
}

/// By what they may write into their namespace, onto it, and beside it.
fn nobody_leaves_by_themselves(stage: &Stage) -> Result<()> {
    let label =
        |label: &str| stage.kubectl(&["label", "--overwrite", "namespace", SHOP, label, "--as", TENANT]);
    label("team=system")?;
    // The API server keeps the name of a namespace where it is.
    let _ = label("kubernetes.io/metadata.name=kube-system");
    let _ = label("kubernetes.io/metadata.name-");
    let named = stage.get(&["namespace", SHOP])?;
    let named = &named["metadata"]["labels"]["kubernetes.io/metadata.name"];
    ensure!(named == SHOP, "the namespace is called {named}");
    refused(label("dast.security.banzaicloud.io/scan=false").map(drop))?;
    // Limits of its own, beside a policy and an exemption of theirs.
    let mut lenient: Value = serde_json::from_str(&ingress("lenient", "shop.example", ""))?;
    let limits = ["high", "medium", "low", "informational"];
    for limit in limits.map(|limit| format!("dast.security.banzaicloud.io/{limit}")) {
        lenient["metadata"]["annotations"][limit] = json!("1000");
    }
    stage.apply_as(TENANT, &lenient.to_string())?;
    ensure!(class(stage, "lenient")? == PARKED, "they say themselves what is good enough");
    stage.kubectl(&[&["delete", "ingress", "lenient"][..], &HERE].concat())?;
    stage.judged(SHOP, "shop-80", "Fail")?;
    still_parked(stage, "they exempt themselves")
}

/// Who asks for the class in its old spelling gets that one.
fn the_old_spelling_comes_back(stage: &Stage) -> Result<()> {
    let mut old: Value = serde_json::from_str(&ingress("old", "old.example", ""))?;
    old["spec"].as_object_mut().context("it is no object")?.remove("ingressClassName");
    old["metadata"]["annotations"] = json!({CLASS: "public"});
    stage.apply_as(TENANT, &old.to_string())?;
    ensure!(class(stage, "old")? == PARKED, "the old spelling is a way around");
    until("the exposure of what has passed", || {
        let route = stage.get(&["ingress", "old", "--namespace", SHOP])?;
        ensure!(route["metadata"]["annotations"][CLASS] == "public", "it is {route}");
        ensure!(route["spec"]["ingressClassName"].is_null(), "it has two classes: {}", route["spec"]);
        Ok(())
    })
}

/// Something good is scanned, and something else is put in its place.
fn what_passed_is_what_is_served(stage: &Stage) -> Result<()> {
    until("what has passed to be let in", || let_in(stage))?;
    let service = |change: Value| {
        let change = change.to_string();
        let what = ["patch", "service", SHOP, "--type=merge", "--patch", &change];
        stage.kubectl(&[&what[..], &HERE].concat())
    };
    let port =
        |target: Value| json!({"spec": {"ports": [{"name": "http", "port": 80, "targetPort": target}]}});
    let changes = [
        (
            "the selector",
            json!({"spec": {"selector": {"app": "weak"}}}),
            json!({"spec": {"selector": {"app": SHOP}}}),
        ),
        ("the port", port(json!(8081)), port(json!(8080))),
    ];
    for (what, change, back) in changes {
        service(change)?;
        thread::sleep(HEARD);
        kept_out(stage, &format!("{what} of the Service was changed"))?;
        until("another verdict", || {
            let status = &stage.get(&["scantarget", "shop-80", "--namespace", SHOP])?["status"];
            ensure!(status["verdict"] != "Pass", "its status is {status}");
            Ok(())
        })?;
        kept_out(stage, &format!("{what} of the Service was changed a while ago"))?;
        service(back)?;
        until("the verdict Pass", || stage.judged(SHOP, "shop-80", "Pass"))?;
        until("what has passed to be let in", || let_in(stage))?;
    }
    // A workload of the same image, with another environment, and with other arguments.
    let passed = stage.judged(SHOP, "shop-80", "Pass")?;
    stage.roll_out("another")?;
    another_is_known(stage, &passed)?;
    kept_out(stage, "its environment was changed")?;
    let again = until("the verdict Pass", || stage.judged(SHOP, "shop-80", "Pass"))?;
    ensure!(again["status"]["revision"] != passed["status"]["revision"], "it is said to be the same");
    until("what has passed to be let in", || let_in(stage))?;
    stage.serve(Shop::Careless)?;
    another_is_known(stage, &again)?;
    kept_out(stage, "its arguments were changed")?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    kept_out(stage, "it has failed")?;
    exposed(stage, SHOP)
}

/// Waits until it is known that something else runs than what stands in a target, and as long as a replica may take to hear of it.
fn another_is_known(stage: &Stage, before: &Value) -> Result<()> {
    until("another revision", || {
        let now = stage.get(&["scantarget", "shop-80", "--namespace", SHOP])?;
        ensure!(now["status"]["revision"] != before["status"]["revision"], "it is {}", now["status"]);
        Ok(())
    })?;
    thread::sleep(HEARD);
    Ok(())
}

/// A new route is let in at once.
fn let_in(stage: &Stage) -> Result<()> {
    ensure!(new_route(stage)? == "public", "it is parked");
    Ok(())
}

/// No new route is let in, and none that is exposed gets another host.
fn kept_out(stage: &Stage, when: &str) -> Result<()> {
    let class = new_route(stage)?;
    ensure!(class == PARKED, "a route is let in after {when}");
    let message = refused(stage.apply_as(TENANT, &ingress(SHOP, "further.example", "")))?;
    ensure!(message.contains("the change is denied"), "{when}: {message}");
    Ok(())
}

/// The class that a route to what was scanned gets, which is not there for long.
fn new_route(stage: &Stage) -> Result<String> {
    stage.apply_as(TENANT, &ingress("second", "shop.example", ""))?;
    let class = class(stage, "second")?;
    stage.kubectl(&[&["delete", "ingress", "second"][..], &HERE].concat())?;
    Ok(class)
}

fn exposed(stage: &Stage, name: &str) -> Result<()> {
    let class = class(stage, name)?;
    ensure!(class == "public", "{name} has the class {class}");
    Ok(())
}

fn still_parked(stage: &Stage, when: &str) -> Result<()> {
    let route = stage.get(&["ingress", SHOP, "--namespace", SHOP])?;
    let old = &route["metadata"]["annotations"][CLASS];
    let is_parked = route["spec"]["ingressClassName"] == PARKED && old.is_null();
    ensure!(is_parked, "it is exposed ({when}): {} {}", route["spec"], route["metadata"]["annotations"]);
    Ok(())
}

fn patch(stage: &Stage, how: &[&str], change: &Value) -> Result<()> {
    let change = change.to_string();
    let what = ["patch", "ingress", SHOP, "--type=merge", "--patch", &change];
    stage.kubectl(&[&what[..], how, &HERE].concat()).map(drop)
}
