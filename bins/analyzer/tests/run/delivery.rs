//! How a report comes to the operator, or does not.

use std::net::TcpListener;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use serde_json::json;

use crate::operator::{Authority, Operator, Post, taken, write_token};
use crate::pod::{Pod, report, wait};
use crate::support::Server;

fn weak() -> Server {
    Server::answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html></html>")
}

fn origin(server: &Server) -> String {
    format!("http://{}", server.address)
}

#[test]
fn who_is_refused_for_good_says_so_and_ends() {
    let (server, authority) = (weak(), Authority::new());
    for status in [StatusCode::UNAUTHORIZED, StatusCode::CONFLICT, StatusCode::PAYLOAD_TOO_LARGE] {
        let operator = Operator::start(&authority, move |_, _| {
            (status, Json(json!({"title": "no", "detail": "the token is of nobody"}))).into_response()
        });
        let (code, log) = Pod::new(&operator.url(), &authority, &[&origin(&server)]).run();
        assert_eq!(code, 2, "{log}");
        let words = format!(
            "error: the report was not delivered: the operator refused it ({status}): the token is of nobody"
        );
        assert!(log.contains(&words), "{log}");
        assert_eq!(operator.reports().len(), 1, "{log}");
    }
}

#[test]
fn who_is_put_off_comes_again() {
    let (server, authority) = (weak(), Authority::new());
    let operator = Operator::start(&authority, |post, before| match before {
        _ if !post.is_report() => taken(post, before),
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        1 => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response(),
        2 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => taken(post, before),
    });
    let (code, log) = Pod::new(&operator.url(), &authority, &[&origin(&server)]).run();
    assert_eq!(code, 0, "{log}");
    let reports = operator.reports();
    assert_eq!(reports.len(), 4, "{log}");
    assert!(reports.iter().all(|post| post.body == reports[0].body), "it is the same report each time");
}

#[test]
fn a_token_that_was_renewed_is_used() {
    let (server, authority) = (weak(), Authority::new());
    let folder: std::sync::Arc<std::sync::OnceLock<PathBuf>> = std::sync::Arc::default();
    let renewed = folder.clone();
    let operator = Operator::start(&authority, move |post, before| match before {
        0 if post.is_report() => {
            write_token(renewed.get().unwrap(), "a-new-token\n");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        _ => taken(post, before),
    });
    let pod = Pod::new(&operator.url(), &authority, &[&origin(&server)]);
    folder.set(pod.folder.path().to_owned()).unwrap();
    assert_eq!(pod.run().0, 0);
    let tokens: Vec<String> = operator.reports().into_iter().map(|post| post.token).collect();
    assert_eq!(tokens, ["Bearer a-token-of-this-pod", "Bearer a-new-token"]);
}

#[test]
fn an_operator_that_is_away_is_waited_for() {
    let (server, authority) = (weak(), Authority::new());
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let pod = Pod::new(&format!("https://{address}"), &authority, &[&origin(&server)]);
    let mut running = pod.start();
    running.says("the report was not taken yet");
    let operator = Operator::start_at(TcpListener::bind(address).unwrap(), &authority, taken);
    let (code, log) = running.outcome();
    assert_eq!(code, 0, "{log}");
    assert_eq!(operator.reports().len(), 1);
}

#[test]
fn an_operator_that_takes_its_time_is_waited_for() {
    let (server, authority) = (weak(), Authority::new());
    let operator = Operator::start(&authority, |post: &Post, before| {
        sleep(Duration::from_secs(if post.is_report() { 3 } else { 8 }));
        taken(post, before)
    });
    let (code, log) = Pod::new(&operator.url(), &authority, &[&origin(&server)]).run();
    assert_eq!(code, 0, "{log}");
    assert_eq!(operator.reports().len(), 1);
}

#[test]
fn nobody_but_the_operator_is_told_anything() {
    let (server, authority) = (weak(), Authority::new());
    let operator = Operator::start(&Authority::new(), taken);
    let pod = Pod::new(&operator.url(), &authority, &[&origin(&server)]);
    let mut running = pod.start();
    running.says("cannot reach the operator");
    drop(running);
    assert!(operator.posts().is_empty());
}

#[test]
fn a_pod_that_is_told_to_end_still_delivers() {
    let (server, authority) = (weak(), Authority::new());
    let operator = Operator::start(&authority, |post, before| match before {
        0..2 if post.is_report() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => taken(post, before),
    });
    let pod = Pod::new(&operator.url(), &authority, &[&origin(&server)]);
    let mut running = pod.start();
    running.says("the report was not taken yet");
    running.signal("-TERM");
    let (code, log) = running.outcome();
    assert_eq!(code, 0, "{log}");
    assert_eq!(operator.reports().len(), 3);
}

#[test]
fn what_was_killed_in_the_midst_of_it_is_done_by_the_next() {
    let (server, authority) = (weak(), Authority::new());
    let operator = Operator::start(&authority, |post, before| {
        if post.is_report() && before == 0 {
            sleep(Duration::from_secs(2));
        }
        taken(post, before)
    });
    let pod = Pod::new(&operator.url(), &authority, &[&origin(&server)]);
    let running = pod.start();
    wait(|| !operator.reports().is_empty());
    running.signal("-KILL");
    assert_eq!(running.outcome().0, -1);
    let (code, log) = pod.run();
    assert_eq!(code, 0, "{log}");
    let [first, second] = &operator.reports()[..] else { panic!() };
    assert_eq!(report(&first.body).evidence.counts(), report(&second.body).evidence.counts());
}
