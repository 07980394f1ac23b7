//! What is lost meanwhile: threads of ZAP, and the target.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dast_zap_client::ErrorCode;
use dast_zap_client::testing::Fault;
use serde_json::json;

use crate::scan::{fake, meddled, medium, outcome};
use crate::support::relay::Fate;

/// ZAP counts the errors that ended a thread, and goes on as if what that thread was about had been done.
#[test]
fn a_zap_that_lost_a_thread_meanwhile_is_no_pass() {
    let counts = AtomicUsize::new(4);
    let (outcome, _) = meddled(&fake(Vec::new()), move |call| {
        if call.endpoint != "stats/view/stats" || !call.target.contains("uncaught") {
            return Fate::On;
        }
        let count = counts.fetch_add(1, Ordering::SeqCst);
        call.answer([json!({ "stats.error.core.uncaught": count.to_string() }).to_string()].into_iter());
        Fate::Done
    });
    outcome.is_incomplete("a lost thread", 3, "EngineError", "5 now and 4 before");
}

/// ZAP calls a scan of a target that died meanwhile a success.
#[test]
fn a_target_that_stopped_answering_is_no_pass() {
    for (alerts, code) in [(Vec::new(), 3), (vec![medium()], 1)] {
        let fake = Arc::new(fake(alerts));
        let (dying, asked) = (fake.clone(), AtomicUsize::new(0));
        let (outcome, _) = meddled(&fake, move |call| {
            // The first page still came.
            if call.endpoint == "core/action/accessUrl" && asked.fetch_add(1, Ordering::SeqCst) == 1 {
                dying.fail_always("core/action/accessUrl", Fault::ApiError(ErrorCode::InternalError));
            }
            Fate::On
        });
        outcome.is_incomplete("it died", code, "Unreachable", "stopped answering");
    }
}

/// Nor does it find anything where nobody ever answered.
#[test]
fn a_target_that_never_answered_is_no_pass() {
    let fake = fake(vec![medium()]);
    fake.fail_always("core/action/accessUrl", Fault::ApiError(ErrorCode::InternalError));
    outcome(&fake).is_incomplete("nobody there", 3, "Unreachable", "did not answer ZAP");
    assert_eq!(fake.count("spider/action/scan"), 0);
}
