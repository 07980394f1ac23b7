//! What ZAP calls a success, and is none.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod zap_shop;

use dast_engines::zap::{ApiDefinition, BrowserCrawler, DefinitionSource, ZapProfile};
use dast_policy::Cause;
use dast_zap_client::ErrorCode;
use dast_zap_client::testing::{FakeZap, Fault};
use serde_json::{Value as Json, json};
use zap_shop::*;

/// How far the rules of an active scan are, with the requests of each.
fn progress(rules: &[(&str, u32)]) -> Json {
    let rules = rules.iter().enumerate().map(|(id, (state, requests))| {
        json!({ "Plugin": ["A Rule", id.to_string(), "release", state, "5", requests.to_string(), "0"] })
    });
    json!({ "scanProgress": ["http://shop.test", { "HostProcess": rules.collect::<Vec<_>>() }] })
}

#[tokio::test]
async fn rules_that_others_kept_from_their_end_are_missed_and_what_was_found_counts() {
    for (rules, cause, words) in [
        (vec![], Cause::EngineError, "had no rule"),
        (vec![("Complete", 3), ("Skipped, by user action.", 0)], Cause::Interrupted, "1 of 2 rules"),
        (vec![("Skipped, exceeded max rule time.", 9)], Cause::Interrupted, "exceeded max rule time"),
        (vec![("Skipped, reached max alerts per rule.", 9)], Cause::Interrupted, "reached max alerts"),
        (vec![("Skipped, no nodes to scan.", 0)], Cause::Interrupted, "no nodes to scan"),
        (vec![("Omitido, por el usuario.", 4)], Cause::Interrupted, "first 0 `A Rule`: Omitido"),
        (vec![("Complete", 1), ("Pending", 0)], Cause::Interrupted, "did not begin"),
        (vec![("Complete", 1), ("99%", 7)], Cause::Interrupted, "left at 99%"),
    ] {
        let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
        fake.answer("ascan/view/scanProgress", progress(&rules));
        let report = scan(scanner(&fake).profile(ZapProfile::Full)).await;
        assert_incomplete(&report, cause, words);
        assert_eq!(found(&report), ["40012"], "{words}");
    }
}

#[tokio::test]
async fn rules_that_lack_something_or_ask_for_nothing_are_as_they_should_be() {
    let fake = zap().start().await.unwrap();
    let rules = [
        ("Complete", 0),
        ("Skipped, no scripts enabled.", 0),
        ("Skipped, no Active Scan OAST service is selected.", 0),
        ("Skipped", 0),
        ("Skipped, dependency skipped.", 0),
    ];
    fake.answer("ascan/view/scanProgress", progress(&rules));
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Full)).await);
}

/// An answer of the target, as `core/action/accessUrl` tells of it.
fn answer(status: u16) -> Fault {
    let message = json!({
        "id": "1", "type": "15", "timestamp": "1763683200000", "rtt": "1", "note": "", "tags": [], "cookieParams": "",
        "requestHeader": "GET http://shop.test/ HTTP/1.1\r\n\r\n", "requestBody": "",
        "responseHeader": format!("HTTP/1.1 {status} So It Is\r\n\r\n"), "responseBody": "",
    });
    Fault::Body(json!({ "accessUrl": [message] }).to_string().into_bytes())
}

/// A ZAP whose target gives these answers to who asks for a page, the last of them for good.
async fn answering(statuses: &[u16]) -> FakeZap {
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    let (last, first) = statuses.split_last().unwrap();
    first.iter().for_each(|status| fake.fail_once("core/action/accessUrl", answer(*status)));
    fake.fail_always("core/action/accessUrl", answer(*last));
    fake
}

#[tokio::test]
async fn a_target_that_answers_otherwise_in_the_end_is_gone() {
    for profile in [ZapProfile::Baseline, ZapProfile::Full] {
        for status in [302, 403, 404, 429, 503] {
            let fake = answering(&[200, status]).await;
            let report = scan(scanner(&fake).profile(profile.clone())).await;
            assert_incomplete(
                &report,
                Cause::Unreachable,
                &format!("stopped answering as it did: `/` became {status}"),
            );
            assert_eq!(found(&report), ["10038-1"]);
        }
        // One page may go for good reasons, but not all of them. A target may also move aside before it is crawled.
        assert_complete(&scan(scanner(&answering(&[200, 404, 200]).await).profile(profile.clone())).await);
        assert_complete(&scan(scanner(&answering(&[302, 204]).await).profile(profile.clone())).await);
    }
    let fake = answering(&[200, 200]).await;
    fake.fail_always("core/action/accessUrl", Fault::ApiError(ErrorCode::BadExternalData));
    assert_incomplete(&scan(scanner(&fake)).await, Cause::Unreachable, "stopped answering");
}

/// Where there is no page to ask for, the root has to answer what it did, whatever that was.
#[tokio::test]
async fn a_target_of_forms_alone_is_seen_to_be_there_by_its_root() {
    let openapi = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let posts = json!({ "urlsByUrlRegex": [
        { "id": "7", "type": "15", "method": "POST", "url": CART, "code": "201", "time": "1" }
    ] });
    for (statuses, is_there) in [
        ([404, 404, 404], true),
        ([404, 404, 403], false),
        ([404, 404, 200], false),
        ([503, 503, 503], false),
    ] {
        let fake = answering(&statuses).await;
        fake.answer("search/view/urlsByUrlRegex", posts.clone());
        let report = scan(scanner(&fake).profile(ZapProfile::Api(openapi.clone()))).await;
        if is_there {
            assert_complete(&report);
        } else {
            assert_incomplete(&report, Cause::Unreachable, "stopped answering as it did: `/` became");
        }
        assert_eq!(report.evidence.scan().coverage.pages, 1);
    }
}

#[tokio::test]
async fn what_zap_warns_of_is_missed_and_the_rest_is_attacked_all_the_same() {
    let warnings = json!(["attribute paths./cart is missing", "no server"]);
    let url = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let text = ApiDefinition::OpenApi(DefinitionSource::Text("openapi: 3.0.0".into()));
    for (definition, name) in [(url, "importUrl"), (text, "importFile")] {
        let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
        let search =
            json!([{ "id": "9", "type": "15", "method": "GET", "url": CART, "code": "200", "time": "1" }]);
        fake.answer("search/view/urlsByUrlRegex", json!({ "urlsByUrlRegex": search }));
        fake.answer(&format!("openapi/action/{name}"), json!({ name: warnings }));
        let report = scan(scanner(&fake).profile(ZapProfile::Api(definition))).await;
        let words = "2 warnings about the OpenAPI definition, first: attribute paths./cart is missing";
        assert_incomplete(&report, Cause::EngineError, words);
        assert_eq!(found(&report), ["40012"]);
    }

    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    let warned = json!({
        "planId": 0, "started": "2026-01-01T00:00:00.000Z", "finished": "2026-01-01T00:00:10.000Z",
        "info": [], "warn": ["Job spider unrecognised parameter: maxDept"], "error": [],
    });
    fake.answer("automation/view/planProgress", warned);
    let report = scan(scanner(&fake).profile(ZapProfile::Plan("jobs: []".into()))).await;
    assert_incomplete(
        &report,
        Cause::EngineError,
        "1 warnings about the plan, first: Job spider unrecognised",
    );
    assert_eq!(found(&report), ["10038-1"]);
}

#[tokio::test]
async fn a_browser_that_asked_for_nothing_did_not_crawl() {
    for (crawler, start, status) in [
        (BrowserCrawler::Ajax, json!({ "Result": "OK" }), json!({ "status": "stopped" })),
        (BrowserCrawler::Client, json!({ "scan": "0" }), json!({ "status": "100" })),
    ] {
        let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
        let name = crawler.as_str();
        fake.answer(&format!("{name}Spider/action/scan"), start);
        fake.answer(&format!("{name}Spider/view/status"), status);
        let report = scan(scanner(&fake).browser(crawler)).await;
        assert_incomplete(&report, Cause::EngineError, &format!("the {name} spider asked for nothing"));
        assert_eq!(found(&report), ["10038-1"]);
    }
}

#[tokio::test]
async fn an_api_that_refuses_most_of_what_is_asked_was_not_seen() {
    let openapi = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let operation = |id: u32, status: &str| {
        let url = format!("{SHOP}{id}");
        json!({ "id": (100 + id).to_string(), "type": "15", "method": "GET", "url": url, "code": status, "time": "1" })
    };
    let refused = (1..41).map(|id| operation(id, "401")).chain([operation(0, "200")]);
    let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
    fake.answer("search/view/urlsByUrlRegex", json!({ "urlsByUrlRegex": refused.collect::<Vec<_>>() }));
    let report = scan(scanner(&fake).profile(ZapProfile::Api(openapi))).await;
    assert_incomplete(&report, Cause::AuthenticationFailed, "refused 40 of 41 requests (401, 403)");
    assert_eq!((fake.count("ascan/action/scan"), report.evidence.scan().coverage.failed), (0, 40));
}

#[tokio::test]
async fn a_target_that_was_away_for_a_tenth_of_the_attack_was_not_attacked() {
    for (lost, is_much) in [(10, false), (12, true)] {
        let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
        let sent = |answered: u32, lost: u32| {
            let counts = json!({
                "stats.network.send.success": answered.to_string(), "stats.network.send.failure": lost.to_string(),
            });
            Fault::Body(counts.to_string().into_bytes())
        };
        // First ZAP is asked for something else.
        for counts in [Fault::Body(b"{}".to_vec()), sent(1000, 500), sent(1090, 500 + lost)] {
            fake.fail_once("stats/view/stats", counts);
        }
        let report = scan(scanner(&fake).profile(ZapProfile::Full)).await;
        if is_much {
            assert_incomplete(&report, Cause::Unreachable, "12 of 102 requests got no answer in the attack");
        } else {
            assert_complete(&report);
        }
        assert_eq!(found(&report), ["40012"]);
    }
}
