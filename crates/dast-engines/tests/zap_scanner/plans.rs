//! Plans of the automation framework.

use std::time::Duration;

use dast_engines::zap::{ZapLimits, ZapProfile};
use dast_policy::Cause;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::uploads::uploaded_and_emptied;
use crate::zap_shop::*;

#[tokio::test]
async fn a_plan_is_run_as_it_is() {
    let plan = "env: {}\njobs: []\n";
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(ZapProfile::Plan(plan.into()))).await;
    assert_complete(&report);
    assert_eq!((found(&report), report.evidence.scan().coverage.pages), (vec!["10038-1"], 2));
    let path = uploaded_and_emptied(&fake, plan);
    assert_eq!(parameters(&call(&fake, "automation/action/runPlan")), [("filePath", path.as_str())]);
    assert_eq!((fake.count("spider/action/scan"), fake.count("ascan/action/scan")), (0, 0));
    assert_tidy(&fake).await;
}

/// A plan seldom tells of progress and has all the time there is; what follows it does not.
#[tokio::test]
async fn a_queue_that_stands_still_after_a_plan_is_given_up() {
    let fake = zap().plan_takes(100).start().await.unwrap();
    let limits = ZapLimits { stall: Duration::from_millis(50), ..limits() };
    let scanner = scanner(&fake).profile(ZapProfile::Plan("jobs: []".into())).limits(limits);
    let running = begun(&fake, scanner, &CancellationToken::new(), "automation/action/runPlan").await;
    fake.answer("pscan/view/recordsToScan", json!({"recordsToScan": "7"}));
    let report = running.await.unwrap();
    assert_incomplete(&report, Cause::EngineError, "the passive scan made no progress any more");
    assert!(fake.count("automation/view/planProgress") >= 100, "the plan came to its end");
    fake.answer("pscan/view/recordsToScan", json!({"recordsToScan": "0"}));
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_plan_that_left_out_jobs_is_incomplete_and_what_it_found_counts() {
    let plan = ZapProfile::Plan("jobs: [{type: spider}, {type: activeScan}]".into());
    let all = zap().plan_jobs(["spider", "activeScan"]).start().await.unwrap();
    assert_complete(&scan(scanner(&all).profile(plan.clone())).await);
    let fake = zap().passive_alerts(vec![weak()]).plan_jobs(["spider"]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(plan)).await;
    assert_incomplete(&report, Cause::EngineError, "the plan failed: the job activeScan was left out");
    assert_eq!(found(&report), ["10038-1"]);
    assert_tidy(&fake).await;
}

#[tokio::test]
async fn a_plan_that_failed_is_incomplete_and_what_it_found_counts() {
    let fake = zap().passive_alerts(vec![weak()]).start().await.unwrap();
    let failed = json!({
        "planId": 0, "started": "2026-01-01T00:00:00.000Z", "finished": "2026-01-01T00:00:10.000Z",
        "info": [], "warn": [], "error": ["no such job: crawl"],
    });
    fake.answer("automation/view/planProgress", failed);
    let report = scan(scanner(&fake).profile(ZapProfile::Plan("jobs: []".into()))).await;
    assert_incomplete(&report, Cause::EngineError, "the plan failed: no such job: crawl");
    assert_eq!(found(&report), ["10038-1"]);
    assert_tidy(&fake).await;
}
