//! What becomes of progress.

use std::time::Duration;

use dast_kubernetes::crd::{RunPhase, RunProgress};
use http::StatusCode;
use serde_json::json;
use tokio::time::advance;

use crate::world::{APPLIED, Answer, POD, REVIEWS, RUN, TOKEN, World, path};

async fn tell(world: &World, json: &str) -> Answer {
    world.post(&path(2, "progress"), TOKEN, json.to_owned()).await
}

#[tokio::test(start_paused = true)]
async fn progress_is_written_once_each() {
    let world = World::new();
    assert!(tell(&world, r#"{"percent": 40, "pages": 12}"#).await.is_taken());
    let write = format!("PATCH {RUN}/status{APPLIED}");
    assert_eq!(
        world.api.calls(),
        [format!("POST {REVIEWS}"), format!("GET {POD}"), format!("GET {RUN}"), write.clone()]
    );
    let status = world.run().status.unwrap();
    assert_eq!((status.phase, status.pod_uid.as_deref()), (Some(RunPhase::Running), Some("pod-uid")));
    assert_eq!(status.progress, Some(RunProgress { percent: 40, pages: 12 }));

    assert!(tell(&world, r#"{"percent": 40, "pages": 12}"#).await.is_taken());
    assert_eq!(world.api.calls(), [format!("GET {RUN}")], "nothing is new");
    assert!(tell(&world, r#"{"percent": 200, "pages": 13}"#).await.is_taken());
    assert_eq!(world.api.calls(), [format!("GET {RUN}"), write]);
    assert_eq!(world.run().status.unwrap().progress, Some(RunProgress { percent: 100, pages: 13 }));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_about_once_a_minute() {
    let world = World::new();
    tell(&world, r#"{"percent": 1}"#).await;
    advance(Duration::from_secs(59)).await;
    world.api.calls();
    tell(&world, r#"{"percent": 1}"#).await;
    assert_eq!(world.api.calls(), [format!("GET {RUN}")]);
    advance(Duration::from_secs(2)).await;
    world.api.token(TOKEN, json!({"authenticated": false}));
    let answer = tell(&world, r#"{"percent": 1}"#).await;
    assert_eq!(answer.category, Some("wrong_token"), "it was taken back");
}

#[tokio::test]
async fn progress_comes_to_nothing_once_the_report_is_there() {
    let world = World::new();
    assert!(world.deliver(&world.report(vec![])).await.is_taken());
    let run = world.api.get(RUN);
    assert!(tell(&world, r#"{"percent": 99}"#).await.is_taken());
    assert_eq!(world.api.get(RUN), run);
}

#[tokio::test]
async fn what_is_no_progress_is_refused() {
    for json in ["", "{}", "null", r#"{"percent": -1}"#, r#"{"percent": 300}"#, r#"{"percent": "1"}"#] {
        let world = World::new();
        let answer = tell(&world, json).await;
        assert_eq!((answer.status, answer.category), (StatusCode::BAD_REQUEST, Some("unreadable")), "{json}");
    }
    let world = World::new();
    let answer = tell(&world, &" ".repeat(2000)).await;
    assert_eq!(answer.category, Some("too_large"));
}
