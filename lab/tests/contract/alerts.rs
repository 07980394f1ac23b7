//! Alerts: those of the scans, and one by hand.

use std::collections::BTreeSet;

use dast_zap_client::alert::{Alert, Confidence, Risk, Source};
use dast_zap_client::{ErrorCode, MessageId, RuleId};

use super::stage::{Stage, eventually, refused};

pub(crate) async fn calls(stage: &Stage) {
    stage.passive_scan().await;
    lists(stage).await;
    by_risk(stage).await;
    by_hand(stage).await;
    deletion(stage).await;
}

async fn lists(stage: &Stage) {
    let (alert, shop) = (stage.zap.alert(), stage.shop.url());
    let all = alert.alerts(&shop).include_false_positives(true).send().await.unwrap();
    assert_eq!(alert.number_of_alerts(&shop).send().await.unwrap(), all.len() as u64);
    let rules: BTreeSet<RuleId> = all.iter().map(|alert| alert.rule).collect();
    let expected = [10010, 10020, 10021, 10038, 40012, 40014].map(RuleId::new);
    assert_eq!(rules, expected.into());
    assert_eq!(&alert.alert(all[0].id).send().await.unwrap(), &all[0]);
    let second = alert.alerts(&shop).start(2).count(1).send().await.unwrap();
    assert_eq!(second, [all[1].clone()]);

    let reflected = all.iter().find(|alert| alert.rule == RuleId::new(40012)).unwrap();
    assert_eq!(
        (reflected.param.as_str(), &reflected.risk, &reflected.source),
        ("q", &Risk::High, &Source::Active)
    );
    assert_eq!((reflected.cwe_id, reflected.wasc_id), (Some(79), Some(8)));
    assert!(!reflected.attack.is_empty() && !reflected.evidence.is_empty());
    let high = alert.alerts(&shop).risk(Risk::High).send().await.unwrap();
    let highs = all.iter().filter(|alert| alert.risk == Risk::High).count();
    assert_eq!((high.len(), highs > 0), (highs, true));
    assert_eq!(alert.number_of_alerts(&shop).risk(Risk::High).send().await.unwrap(), highs as u64);
}

async fn by_risk(stage: &Stage) {
    let (alert, shop) = (stage.zap.alert(), stage.shop.url());
    let of = async |risk: Risk| alert.number_of_alerts(&shop).risk(risk).send().await.unwrap();
    let summary = alert.alerts_summary(&shop).send().await.unwrap();
    assert_eq!(summary.high, of(Risk::High).await);
    assert_eq!(summary.medium, of(Risk::Medium).await);
    assert_eq!(summary.low, of(Risk::Low).await);
    assert_eq!(summary.informational, of(Risk::Informational).await);

    // Kinds of alerts, not alerts: as many as there are rules of the lab's at each risk.
    let counts = alert.alert_counts_by_risk().url(&shop).recurse(true).send().await.unwrap();
    assert_eq!((counts.high, counts.medium, counts.low), (2, 2, 2));
    assert_eq!((counts.informational, counts.false_positive), (0, 0));
    let tree = alert.alerts_by_risk().url(&shop).recurse(true).send().await.unwrap();
    let high = tree.iter().find_map(|level| level.get("High")).unwrap();
    let names: BTreeSet<&str> = high.iter().flat_map(|kind| kind.keys()).map(String::as_str).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let instances = high.iter().flat_map(|kind| kind.values()).flatten();
    assert!(instances.into_iter().all(|instance| instance.risk == Risk::High));
}

async fn by_hand(stage: &Stage) {
    let alert = stage.zap.alert();
    let about = stage.zap.core().access_url(&stage.page("about")).send().await.unwrap()[0].id;
    let none = alert.add_alert(MessageId::new(99_999), "n", Risk::Low, Confidence::Low, "d").send().await;
    refused(none, &ErrorCode::DoesNotExist);
    let id = alert
        .add_alert(about, "By hand", Risk::Low, Confidence::Medium, "what & why")
        .param("p")
        .attack("a")
        .other_info("o")
        .solution("s")
        .references("http://a.test/\nhttp://b.test/")
        .evidence("null")
        .cwe_id(200)
        .wasc_id(13)
        .send()
        .await
        .unwrap();
    let added = alert.alert(id).send().await.unwrap();
    assert_eq!((added.name.as_str(), added.description.as_str()), ("By hand", "what & why"));
    assert_eq!((&added.risk, &added.confidence), (&Risk::Low, &Confidence::Medium));
    assert_eq!((&added.source, added.rule), (&Source::Manual, RuleId::new(-1)));
    assert_eq!((added.message_id, added.url.as_str()), (about, stage.page("about").as_str()));
    assert_eq!(texts(&added), ["p", "a", "o", "s", "http://a.test/\nhttp://b.test/", "null"]);
    assert_eq!((added.cwe_id, added.wasc_id, added.alert_ref.as_deref()), (Some(200), Some(13), None));

    let update = alert.update_alert(id, "Changed", Risk::Medium, Confidence::High, "other");
    update.solution("s2").send().await.unwrap();
    let updated = alert.alert(id).send().await.unwrap();
    assert_eq!((updated.name.as_str(), updated.description.as_str()), ("Changed", "other"));
    assert_eq!(texts(&updated), ["", "", "", "s2", "", ""], "what is not given becomes empty");
    assert_eq!((&updated.risk, &updated.confidence), (&Risk::Medium, &Confidence::High));

    alert.update_alerts_risk(&[id], Risk::Informational).send().await.unwrap();
    alert.update_alerts_confidence(&[id], Confidence::FalsePositive).send().await.unwrap();
    let updated = alert.alert(id).send().await.unwrap();
    assert_eq!((updated.risk, updated.confidence), (Risk::Informational, Confidence::FalsePositive));
    let listed = async |all: bool| {
        let alerts =
            alert.alerts(stage.page("about").as_str()).include_false_positives(all).send().await.unwrap();
        alerts.iter().any(|alert| alert.id == id)
    };
    assert!(listed(true).await && !listed(false).await);
    alert.delete_alert(id).send().await.unwrap();
    refused(alert.alert(id).send().await, &ErrorCode::DoesNotExist);
}

fn texts(alert: &Alert) -> [&str; 6] {
    [&alert.param, &alert.attack, &alert.other, &alert.solution, &alert.reference, &alert.evidence]
}

/// ZAP lists equal alerts once, so that behind those that are deleted others may show up.
async fn deletion(stage: &Stage) {
    let (alert, shop) = (stage.zap.alert(), stage.shop.url());
    let medium = async || alert.number_of_alerts(&shop).risk(Risk::Medium).send().await.unwrap();
    let (before, all) = (medium().await, alert.number_of_alerts(&shop).send().await.unwrap());
    assert!(before > 0 && before < all);
    assert_eq!(alert.delete_alerts(&shop).risk(Risk::Medium).send().await.unwrap(), before);
    eventually("the end of equal alerts", async || {
        alert.delete_alerts(&shop).risk(Risk::Medium).send().await.unwrap() == 0
    })
    .await;
    assert_eq!(medium().await, 0);

    // Of the products alone, by a context.
    let context = stage.zap.context();
    context.new_context("products").send().await.unwrap();
    let products = stage.page("products").to_string();
    context.include_in_context("products", &format!(r"\Q{products}\E.*")).send().await.unwrap();
    let listed = alert.alerts(&shop).context_name("products").send().await.unwrap();
    assert!(!listed.is_empty() && listed.iter().all(|alert| alert.url.starts_with(&products)));
    let deleted = alert.delete_alerts(&shop).context_name("products").send().await.unwrap();
    assert_eq!(deleted, listed.len() as u64);
    assert!(alert.number_of_alerts(&shop).send().await.unwrap() > 0, "others are left");
    context.remove_context("products").send().await.unwrap();

    alert.delete_all_alerts().send().await.unwrap();
    assert_eq!(alert.number_of_alerts(&shop).send().await.unwrap(), 0);
}
