//! Alerts, by page and by risk.

use dast_zap_client::testing::{FakeAlert, FakeZap};
use serde_json::Value as Json;

use crate::form::{differences, recorded};
use crate::shop::{SHOP, asked, fake};

#[tokio::test]
async fn alerts_by_risk_are_a_tree_as_recorded() {
    let fake = fake().await;
    let (ours, theirs) = (
        asked(&fake, "alert/view/alertsByRisk", &[]).await["alertsByRisk"].clone(),
        recorded("alert_view_alertsByRisk.json")["alertsByRisk"].clone(),
    );
    let keys = |object: &Json| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let risks = |tree: &Json| tree.as_array().unwrap().iter().flat_map(keys).collect::<Vec<_>>();
    assert_eq!(risks(&ours), risks(&theirs));
    // The first alert of the first name of a risk that has any.
    let low = |tree: &Json| tree[1]["Low"][0].as_object().unwrap().values().next().unwrap()[0].clone();
    assert_eq!(differences("", &low(&ours), &low(&theirs), &[]), Vec::<String>::new());
    let typed = fake.client().alert().alerts_by_risk().send().await.unwrap();
    assert_eq!(typed[3]["High"][0]["again"][0].name, "again");
}

#[tokio::test]
async fn pages_of_alerts_begin_at_1_and_addresses_are_beginnings() {
    let alerts = (0..5).map(|number| FakeAlert::new(number, "a", "http://shop.test:8080/")).collect();
    let fake = FakeZap::builder().alerts(alerts).start().await.unwrap();
    let mut pages = Vec::new();
    for start in ["0", "1", "2", "4", "6", "x"] {
        let page = asked(&fake, "alert/view/alerts", &[("start", start), ("count", "2")]).await;
        let ids =
            page["alerts"].as_array().unwrap().iter().map(|alert| alert["id"].as_str().unwrap().to_owned());
        pages.push(ids.collect::<Vec<_>>().join(","));
    }
    assert_eq!(pages, ["0,1", "0,1", "1,2", "3,4", "", "0,1"]);
    let base = [("baseurl", "http://shop.test:80")];
    assert_eq!(asked(&fake, "alert/view/numberOfAlerts", &base).await["numberOfAlerts"], "5");
    assert_eq!(fake.raise(FakeAlert::new(9, "late", SHOP)).get(), 5);
}
