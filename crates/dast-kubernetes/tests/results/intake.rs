//! What becomes of a report that is taken.

use dast_kubernetes::crd::RunPhase;
use dast_policy::{Cause, Completion, Report};
use http::StatusCode;
use serde_json::json;

use crate::world::{APPLIED, POD, REPORT, REVIEWS, RUN, TARGET, TOKEN, World, finding, path, report, scan};

fn cause(report: &Report) -> Option<Cause> {
    match &report.evidence.scan().completion {
        Completion::Complete => None,
        Completion::Incomplete { cause, .. } => Some(*cause),
    }
}

#[tokio::test]
async fn a_report_becomes_an_object_and_ends_its_run() {
    let world = World::new();
    let report = world.report(vec![finding(1, "XSS"), finding(2, "XSS")]);
    let answer = world.deliver(&report).await;
    assert!(answer.is_taken(), "{answer:?}");
    assert_eq!(
        world.api.calls(),
        [
            format!("POST {REVIEWS}"),
            format!("GET {POD}"),
            format!("GET {RUN}"),
            format!("GET {TARGET}"),
            format!("PATCH {REPORT}{APPLIED}"),
            format!("PATCH {RUN}/status{APPLIED}"),
        ]
    );

    let stored = world.stored();
    assert_eq!(stored.spec.unpack().unwrap(), report);
    assert_eq!((stored.spec.target.as_str(), stored.spec.run.as_str()), ("web-80", "web-1"));
    let owner = &stored.metadata.owner_references.unwrap()[0];
    assert_eq!((owner.kind.as_str(), owner.uid.as_str()), ("ScanTarget", "target-uid"));

    let status = world.run().status.unwrap();
    assert_eq!((status.phase, status.pod_uid.as_deref()), (Some(RunPhase::Succeeded), Some("pod-uid")));
    assert_eq!((status.counts.unwrap().high, status.findings.len()), (2, 2));
    assert_eq!(status.engine.as_deref(), Some("zap 2.17.0"));
    assert_eq!(status.progress.map(|progress| (progress.percent, progress.pages)), Some((100, 12)));
    // What others wrote is still there, to the last digit.
    assert_eq!((status.attempt, status.job.as_deref()), (Some(2), Some("dast-web-1")));
    assert_eq!(world.api.get(RUN)["status"]["turn"], "2026-06-01T10:00:00.123456Z");
    assert!(world.api.events().is_empty());
}

#[tokio::test]
async fn what_is_posted_again_is_taken_once() {
    let world = World::new();
    let report = world.report(vec![]);
    assert!(world.deliver(&report).await.is_taken());
    let (run, stored) = (world.api.get(RUN), world.api.get(REPORT));
    world.api.calls();
    assert!(world.deliver(&report).await.is_taken());
    assert_eq!(world.api.calls(), [format!("GET {RUN}")]);
    assert_eq!((world.api.get(RUN), world.api.get(REPORT)), (run, stored));
}

#[tokio::test]
async fn a_scan_that_is_not_whole_fails_its_run() {
    let world = World::new();
    let report = world.report(vec![finding(1, "XSS")]).incomplete(Cause::DeadlineExceeded, "1h");
    assert!(world.deliver(&report).await.is_taken());
    let status = world.run().status.unwrap();
    assert_eq!((status.phase, status.counts.unwrap().high), (Some(RunPhase::Failed), 1));
    assert_eq!(status.completion.unwrap().cause, Some(Cause::DeadlineExceeded));
    assert_eq!(status.progress.unwrap().percent, 0);
}

/// Its pod was evicted, or somebody drains its node.
#[tokio::test]
async fn a_scan_that_was_interrupted_counts_only_if_no_attempt_is_left() {
    let mut world = World::new();
    let report = world.report(vec![finding(1, "XSS")]).incomplete(Cause::Interrupted, "it was cancelled");
    // This is the second of three.
    let answer = world.deliver(&report).await;
    assert_eq!((answer.status.as_u16(), answer.category), (409, Some("interrupted")), "{answer:?}");
    assert_eq!(world.run().status.unwrap().phase, Some(RunPhase::Starting));
    assert!(world.api.events().is_empty(), "nobody is to blame");

    let third = "dast.security.banzaicloud.io/attempt";
    world.api.change(POD, |pod| pod["metadata"]["labels"][third] = "3".into());
    world.api.change(RUN, |run| run["status"]["attempt"] = 3.into());
    // Who was seen in another attempt is looked at anew.
    world.restart();
    let body = serde_json::to_vec(&report).unwrap();
    assert!(world.post(&path(3, "report"), TOKEN, body).await.is_taken());
    let status = world.run().status.unwrap();
    assert_eq!((status.phase, status.counts.unwrap().high), (Some(RunPhase::Failed), 1));
    assert_eq!(status.completion.unwrap().cause, Some(Cause::Interrupted));
}

#[tokio::test]
async fn a_target_that_changed_meanwhile_makes_it_incomplete() {
    type Change = fn(&World);
    let changes: [(Change, &str); 3] = [
        (World::roll_out, "runs now"),
        (|world| *world.index.write().unwrap() = dast_core::discovery::Index::default(), "is gone"),
        (
            |world| {
                use dast_core::discovery::{Endpoint, EndpointPort, EndpointSlice, ObjectName};
                let mut slice = EndpointSlice::new(ObjectName::new("shop", "extra"), "web");
                slice.ports.push(EndpointPort::tcp("", 8080));
                slice.endpoints.push(Endpoint::ready("169.254.169.254".into()));
                let _ = world.index.write().unwrap().apply(slice);
            },
            "it must not be scanned any more",
        ),
    ];
    for (change, words) in changes {
        let world = World::new();
        let sent = world.report(vec![finding(1, "XSS")]);
        change(&world);
        let answer = world.deliver(&sent).await;
        assert!(answer.is_taken(), "{words}: {answer:?}");
        let status = world.run().status.unwrap();
        let completion = status.completion.unwrap();
        assert_eq!((status.phase, completion.cause), (Some(RunPhase::Failed), Some(Cause::TargetChanged)));
        assert!(completion.detail.contains(words), "{completion:?}");
        let stored = world.stored().spec.unpack().unwrap();
        assert_eq!((cause(&stored), stored.findings.len()), (Some(Cause::TargetChanged), 1));
    }
}

#[tokio::test]
async fn a_target_outside_of_the_cluster_has_no_revision() {
    let world = World::new();
    world.api.change(TARGET, |target| {
        target["spec"] = json!({"url": "https://shop.example/start", "origin": "https://shop.example",
            "scanner": {"namespace": "dast-system", "name": "zap"}});
    });
    world.api.change(RUN, |run| drop(run["status"]["basis"].as_object_mut().unwrap().remove("revision")));
    let mut scan = scan(&dast_policy::Revision::new("-"));
    scan.revision = None;
    scan.subject.target = "https://shop.example/start".to_owned();
    scan.subject.origin = "https://shop.example".parse().unwrap();
    let answer = world.deliver(&report(scan, vec![])).await;
    assert!(answer.is_taken(), "{answer:?}");
    assert_eq!(world.run().status.unwrap().phase, Some(RunPhase::Succeeded));
}

/// Somebody else writes the run between reading and writing, once.
#[tokio::test]
async fn a_run_that_others_write_is_read_again() {
    let world = World::new();
    let mut wrote = false;
    world.api.meddle(move |call, objects| {
        if call.starts_with(&format!("PATCH {RUN}/status")) && !wrote {
            wrote = true;
            let run = objects.get_mut(RUN).unwrap();
            run["metadata"]["resourceVersion"] = json!("another");
            run["status"]["queuePosition"] = json!(7);
        }
        None
    });
    let answer = world.deliver(&world.report(vec![])).await;
    assert!(answer.is_taken(), "{answer:?}");
    let calls = world.api.calls();
    let writes: Vec<_> = calls.iter().skip(4).map(String::as_str).collect();
    let (report, run) = (format!("PATCH {REPORT}{APPLIED}"), format!("PATCH {RUN}/status{APPLIED}"));
    assert_eq!(writes, [&report, &run, &format!("GET {RUN}"), &report, &run]);
    let status = world.run().status.unwrap();
    assert_eq!((status.phase, status.queue_position), (Some(RunPhase::Succeeded), Some(7)));
}

/// Meanwhile the run was given up: the report comes too late.
#[tokio::test]
async fn a_run_that_others_ended_is_not_written() {
    let world = World::new();
    world.api.meddle(|call, objects| {
        if call.starts_with(&format!("PATCH {RUN}/status")) {
            let run = objects.get_mut(RUN).unwrap();
            run["metadata"]["resourceVersion"] = json!("another");
            run["status"]["phase"] = json!("Failed");
        }
        None
    });
    let answer = world.deliver(&world.report(vec![])).await;
    assert_eq!((answer.status, answer.category), (StatusCode::CONFLICT, Some("not_under_way")));
    assert_eq!(world.run().status.unwrap().engine, None);
}

#[tokio::test]
async fn a_run_that_others_never_stop_writing_is_for_later() {
    let world = World::new();
    let mut version = 1000;
    world.api.meddle(move |call, objects| {
        if call.starts_with(&format!("PATCH {RUN}/status")) {
            version += 1;
            objects.get_mut(RUN).unwrap()["metadata"]["resourceVersion"] = json!(version.to_string());
        }
        None
    });
    let answer = world.deliver(&world.report(vec![])).await;
    assert_eq!((answer.status, answer.category), (StatusCode::SERVICE_UNAVAILABLE, Some("contended")));
    assert!(answer.retry_after && world.api.events().is_empty());
}

#[tokio::test]
async fn what_was_cut_off_between_the_writes_is_made_up_for() {
    for cut in [REVIEWS, POD, RUN, TARGET, REPORT, &format!("{RUN}/status")] {
        let mut world = World::new();
        let sent = world.report(vec![finding(1, "XSS")]);
        let place = format!(" {cut}");
        world.api.meddle(move |call, _| {
            let path = call.split('?').next().unwrap();
            path.ends_with(&place).then_some(StatusCode::INTERNAL_SERVER_ERROR)
        });
        let answer = world.deliver(&sent).await;
        assert_eq!((answer.status, answer.category), (StatusCode::SERVICE_UNAVAILABLE, Some("api")), "{cut}");
        assert!(answer.retry_after && world.api.events().is_empty(), "{cut}");
        assert_ne!(world.run().status.unwrap().phase, Some(RunPhase::Succeeded), "{cut}");

        world.api.meddle(|_, _| None);
        world.restart();
        assert!(world.deliver(&sent).await.is_taken(), "{cut}");
        assert_eq!(world.run().status.unwrap().phase, Some(RunPhase::Succeeded), "{cut}");
        assert_eq!(world.stored().spec.unpack().unwrap(), sent, "{cut}");
    }
}

#[tokio::test]
async fn who_does_not_lead_takes_nothing() {
    let world = World::new();
    world.leads.send(false).unwrap();
    let answer = world.deliver(&world.report(vec![])).await;
    assert_eq!((answer.status, answer.category), (StatusCode::SERVICE_UNAVAILABLE, Some("stands_by")));
    assert!(answer.retry_after && world.api.calls().is_empty());
    world.leads.send(true).unwrap();
    assert!(world.deliver(&world.report(vec![])).await.is_taken());
}
