use dast_policy::{Authentication, Collector, Completion, Coverage, Engine, Report, Scan, Subject};
use serde_json::{Value, json};
use tokio::time::advance;

use super::super::api::Api;
use super::super::samples::{context, dast, known, object, serve, web};
use super::*;
use crate::crd::{ScanReportSpec, ScanRunStatus};

const TARGET: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scantargets/web-80";
const RUNS: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scanruns";
const REPORT: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scanreports/web-80";

const AT_ONCE: &str = "scans: {stability: 0s}";

/// A Service that is to be scanned now, and what is known of it.
fn cluster() -> (Api, Context) {
    let (api, known) = (Api::default(), known());
    known.dasts.apply(dast("dast-system", "default", json!({"profile": {"name": "passive"}})));
    serve(&known, &[("scan", "true")]);
    let (context, _) = context(&api, known, AT_ONCE);
    (api, context)
}

/// Calls without their queries.
fn calls(api: &Api) -> Vec<String> {
    let calls = api.calls();
    calls.iter().map(|call| call.split('?').next().unwrap().to_owned()).collect()
}

async fn look(context: &Context) -> Next {
    reconcile(web(), context).await.unwrap()
}

/// The run of the target, with what its status says.
fn tell_run(api: &Api, context: &Context, change: impl FnOnce(&mut ScanRun)) -> ScanRun {
    let known = context.known().runs_of(&web());
    let mut run = ScanRun::clone(known.last().unwrap());
    change(&mut run);
    let path = format!("{RUNS}/{}", run.name_any());
    api.put(&path, serde_json::to_value(&run).unwrap());
    let run: ScanRun = object(api.get(&path));
    context.known().runs.apply(run.clone());
    run
}

fn phase(api: &Api) -> Value {
    api.get(TARGET)["status"]["phase"].clone()
}

/// What a scan of the target as it is now leaves behind if it finds nothing.
fn found_nothing(context: &Context) -> Evidence {
    let wanted = Wanted::of(&web(), context.known(), &context.settings()).unwrap();
    let now = Timestamp::now();
    Collector::new().finish(Scan {
        subject: Subject {
            target: "shop/web:http".to_owned(),
            origin: wanted.spec.origin.parse().unwrap(),
            covered: Vec::new(),
        },
        revision: wanted.revision.clone(),
        profile: wanted.scan.unwrap().profile,
        engine: Engine {
            name: "builtin".to_owned(),
            version: "1".to_owned(),
            rule_set: "1".to_owned(),
            passive: true,
        },
        started: now,
        ended: now,
        completion: Completion::Complete,
        coverage: Coverage { pages: 3, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    })
}

/// The status of a run whose turn came a moment ago, and which left this behind.
fn succeeded(evidence: &Evidence) -> ScanRunStatus {
    let profile = &evidence.scan().profile;
    let mut status: ScanRunStatus = object(json!({
        "phase": "Succeeded", "attempt": 1, "turn": Timestamp::now().to_string(),
        "basis": {"revision": evidence.scan().revision.as_ref().unwrap().as_str(),
            "profile": profile.name, "settings": profile.hash,
            "scanner": {"namespace": "dast-system", "name": "default"}},
    }));
    status.record(evidence).unwrap();
    status
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_begins_is_one_write_of_its_targets_status() {
    let (api, context) = cluster();
    let Next::After(pause) = look(&context).await else { panic!("it is put off") };
    assert_eq!(calls(&api), [format!("PATCH {TARGET}"), format!("POST {RUNS}")]);
    tell_run(&api, &context, |run| run.status = object(json!({"phase": "Starting", "attempt": 1})));
    assert!(matches!(look(&context).await, Next::After(_)));
    assert_eq!(calls(&api), [""; 0]);
    advance(pause).await;
    look(&context).await;
    assert_eq!(calls(&api), [format!("PATCH {TARGET}/status")]);
    assert_eq!(phase(&api), "Scanning");
    look(&context).await;
    assert_eq!(calls(&api), [""; 0], "nothing is new");
}

/// A process that ended before it wrote a status leaves the next one to do so.
#[tokio::test(start_paused = true)]
async fn what_was_put_off_is_written_by_whoever_comes_next() {
    let (api, first) = cluster();
    look(&first).await;
    assert_eq!(api.get(TARGET)["status"], Value::Null);
    let (second, _) = context(&api, first.known().clone(), AT_ONCE);
    let Next::After(pause) = look(&second).await else { panic!("it is put off") };
    advance(pause).await;
    look(&second).await;
    assert_eq!(phase(&api), "Queued");
    assert_eq!(second.known().runs_of(&web()).len(), 1, "there is one run");
}

#[tokio::test(start_paused = true)]
async fn what_was_delivered_here_is_recorded_at_once_and_not_read_again() {
    for is_known_here in [true, false] {
        let (api, context) = cluster();
        look(&context).await;
        let delivered = found_nothing(&context);
        let run = tell_run(&api, &context, |run| {
            run.status = Some(succeeded(&delivered));
        });
        if is_known_here {
            context.known().deliveries.put(&run, delivered.clone());
        }
        let report = Report { evidence: delivered, findings: Vec::new(), rules: Vec::new() };
        let spec = ScanReportSpec::pack("web-80".to_owned(), run.name_any(), &report, 1 << 20);
        api.put(REPORT, serde_json::to_value(ScanReport::new("web-80", spec.unwrap())).unwrap());
        api.calls();
        look(&context).await;
        let read: Vec<String> = (!is_known_here).then(|| format!("GET {REPORT}")).into_iter().collect();
        assert_eq!(calls(&api), [read, vec![format!("PATCH {TARGET}/status")]].concat());
        let status = &api.get(TARGET)["status"];
        assert_eq!(status["lastScanRun"], json!(run.name_any()));
        assert!(status["evidence"].is_object() && status["verdict"].is_string(), "{status}");
        assert!(context.known().deliveries.of(&run).is_none(), "it is kept nowhere else");
    }
}

/// Somebody else delivered after this process had written a report.
#[tokio::test(start_paused = true)]
async fn what_a_run_does_not_rest_on_is_not_what_was_delivered() {
    let (api, context) = cluster();
    look(&context).await;
    let delivered = found_nothing(&context);
    let run = tell_run(&api, &context, |run| {
        let engine = Some("another 1".to_owned());
        run.status = Some(ScanRunStatus { engine, ..succeeded(&delivered) });
    });
    context.known().deliveries.put(&run, delivered);
    api.calls();
    look(&context).await;
    assert_eq!(calls(&api), [format!("GET {REPORT}"), format!("PATCH {TARGET}/status")]);
    assert_eq!(api.get(TARGET)["status"]["verdict"], "Unknown", "the report is not there");
}
