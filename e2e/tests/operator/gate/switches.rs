//! What the chart's values make of the gate: whether silence lets in, and whether there is a gate at all.

use anyhow::{Result, ensure};
use dast_e2e::{RELEASE, SHOP, Stage, until};
use serde_json::{Value, json};

use super::route::{PARKED, WEBHOOK, class, ingress, install, refused, registered, values};

/// Whoever chooses so has it exposed while nobody answers, and is told of it.
pub(super) fn where_silence_lets_in_it_is_told_what_got_in(stage: &Stage) -> Result<()> {
    stage.install(&with(&json!({"enabled": true, "failurePolicy": "Ignore"})))?;
    until("a gate that lets in", || failure_policy_is(stage, "Ignore"))?;
    stage.scale_to_nothing(WEBHOOK)?;
    // API servers hear of a registration a moment later.
    until("what nobody judged", || stage.apply(&ingress("unasked", "unasked.example", "")))?;
    ensure!(class(stage, "unasked")? == "public", "somebody judged it");
    until("an event of it", || stage.told(SHOP, "Ingress", "unasked", "RouteDrifted"))?;
    stage.kubectl(&["delete", "ingress", "unasked", "--namespace", SHOP])?;
    install(stage, values())?;
    until("a gate that keeps out", || failure_policy_is(stage, "Fail"))
}

/// Helm refuses as long as somebody waits for it.
pub(super) fn it_is_switched_off_where_nothing_is_parked(stage: &Stage) -> Result<()> {
    stage.apply(&ingress("waiting", "waiting.example", ""))?;
    ensure!(class(stage, "waiting")? == PARKED, "what has failed is newly exposed");
    let off = with(&json!({"enabled": false}));
    refused(stage.install(&off))?;
    let said = stage.kubectl(&["logs", "--namespace", dast_e2e::SYSTEM, "job/dast-operator-parked"])?;
    ensure!(said.contains("Ingress shop/waiting, held back since"), "{said}");
    registered(stage)?;

    stage.kubectl(&["delete", "ingress", "waiting", "--namespace", SHOP])?;
    stage.install(&off)?;
    ensure!(registered(stage).is_err(), "the registrations outlive what answers");
    stage.apply(&ingress("ungated", "ungated.example", ""))?;
    ensure!(class(stage, "ungated")? == "public", "it is held back by nobody");
    stage.kubectl(&["delete", "ingress", "ungated", "--namespace", SHOP])?;
    stage.helm(&["status", RELEASE])?;
    install(stage, values())
}

fn with(webhook: &Value) -> Value {
    let mut values = values();
    values["webhook"] = webhook.clone();
    values
}

/// What becomes of a route of which nobody says whether it may be.
fn failure_policy_is(stage: &Stage, wanted: &str) -> Result<()> {
    for kind in ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"] {
        let object = stage.get(&[kind, WEBHOOK])?;
        let policy = &object["webhooks"][0]["failurePolicy"];
        ensure!(policy == wanted, "{kind}: {policy}");
    }
    Ok(())
}
