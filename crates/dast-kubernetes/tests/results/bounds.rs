//! Whatever is sent, it is bounded.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use dast_policy::Finding;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use hyper::body::Bytes;
use tokio::task::yield_now;

use crate::world::{RUN, TOKEN, World, finding, path};

const MEBIBYTE: usize = 1024 * 1024;

fn streamed(chunks: usize) -> Body {
    let chunk = Bytes::from(vec![b' '; MEBIBYTE]);
    Body::from_stream(stream::iter(vec![chunk; chunks]).map(Ok::<_, Infallible>))
}

#[tokio::test]
async fn more_than_the_most_is_refused() {
    let announced = Body::from(vec![b' '; 33 * MEBIBYTE]);
    for body in [announced, streamed(33)] {
        let world = World::new();
        let answer = world.post(&path(2, "report"), TOKEN, body).await;
        assert_eq!((answer.status, answer.category), (StatusCode::PAYLOAD_TOO_LARGE, Some("too_large")));
        assert_eq!(world.api.events().len(), 1);
    }
    // What may be sent is read.
    let answer = World::new().post(&path(2, "report"), TOKEN, streamed(32)).await;
    assert_eq!(answer.category, Some("unreadable"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::new();
    let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let answer = world.post(&path(2, "report"), TOKEN, endless).await;
    assert_eq!((answer.status, answer.category), (StatusCode::SERVICE_UNAVAILABLE, Some("too_slow")));
    assert!(answer.retry_after && world.api.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_so_many_come_in_at_once() {
    let world = World::new();
    let send = async || {
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        world.post(&path(2, "report"), TOKEN, body).await
    };
    // The first one asks who sends it, so that the others need not.
    assert!(world.post(&path(2, "progress"), TOKEN, r#"{"percent": 1}"#).await.is_taken());
    let answers = futures_util::future::join_all((0..6).map(|_| send())).await;
    let of = |category| answers.iter().filter(|answer| answer.category == Some(category)).count();
    assert_eq!((of("too_slow"), of("busy")), (4, 2));
    let busy = answers.iter().find(|answer| answer.category == Some("busy")).unwrap();
    assert!(busy.status == StatusCode::TOO_MANY_REQUESTS && busy.retry_after);
    yield_now().await;
    assert!(world.deliver(&world.report(vec![])).await.is_taken(), "there is room again");
}

#[tokio::test]
async fn hostile_texts_in_any_number_fit() {
    let texts = [
        "\u{1b}[31m\u{0}\u{1}".repeat(400),
        "<script>alert(1)</script>\"'\\{{ .Values }}".repeat(200),
        "\u{1F4A3}\u{202E}\u{FFFD}".repeat(500),
        "\r\nX-Injected: 1\r\n\r\n---\nkind: Pod\n".repeat(200),
    ];
    let findings: Vec<Finding> = (0..1000).map(|page| finding(page, &texts[page % texts.len()])).collect();
    let world = World::new();
    let report = world.report(findings);
    let answer = world.deliver(&report).await;
    assert!(answer.is_taken(), "{answer:?}");
    let stored = world.stored();
    assert!(stored.spec.data.len() <= 512 * 1024);
    assert_eq!(stored.spec.findings, 1000);
    assert_eq!(stored.spec.unpack().unwrap().evidence, report.evidence);
    let run = world.api.get(RUN);
    assert!(run["status"].to_string().len() <= 64 * 1024);
    assert_eq!(run["status"]["counts"]["high"], 1000);
}

/// Who is refused before all is read hears why.
#[tokio::test(start_paused = true)]
async fn what_is_refused_is_let_pass() {
    let world = World::new();
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let chunks = stream::unfold(receiver, async |mut receiver| {
        let chunk = receiver.recv().await?;
        Some((Ok::<_, Infallible>(chunk), receiver))
    });
    let request = Request::post(path(2, "report")).body(Body::from_stream(chunks)).unwrap();
    let sending = async {
        let mut sent = 0;
        while sent < 10 && sender.send(Bytes::from(vec![0; MEBIBYTE])).await.is_ok() {
            sent += 1;
        }
        drop(sender);
        sent
    };
    let (answer, sent) = tokio::join!(world.send(request), sending);
    assert_eq!((answer.category, sent), (Some("no_token"), 10));
    tokio::time::advance(Duration::from_secs(1)).await;
}
