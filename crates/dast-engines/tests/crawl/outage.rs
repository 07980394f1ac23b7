//! Targets that are not there, or not to the end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dast_core::ScanRequest;
use dast_engines::passive::Limits;
use dast_policy::{Cause, Exposure};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::scan::{IMPATIENT, PATIENT, builder, collect, coverage, incomplete, places, request, scan};
use crate::servers::{Server, listen, nothing, page, send};

#[tokio::test]
async fn nobody_there_is_said_in_words() {
    let (listener, origin) = listen().await;
    drop(listener);
    let collected = scan(&origin, PATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::Unreachable, "connection refused"));
    assert_eq!((collected.coverage, collected.findings.len()), (coverage(0, 1, 0), 0));

    // A label of more than 63 bytes can be in no zone, so that nobody is asked for it (RFC 1035, section 2.3.4).
    let collected = scan(&format!("http://{}.test/", "x".repeat(64)), PATIENT).await;
    let (cause, detail) = incomplete(&collected);
    assert_eq!(cause, Cause::Unreachable);
    assert!(detail.starts_with("could not resolve `xxx"), "{detail}");

    let server = Server::raw(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    })
    .await;
    let collected = scan(&server.origin, IMPATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::Unreachable, "no answer within 2s"));
    assert_eq!(server.asked(), ["GET /"]);

    let server = Server::raw(|_, stream| send(stream, "SSH-2.0-OpenSSH_9.9\r\n")).await;
    let collected = scan(&server.origin, PATIENT).await;
    let (cause, detail) = incomplete(&collected);
    assert_eq!(cause, Cause::Unreachable);
    assert!(detail.starts_with("no usable answer: "), "{detail}");
}

#[tokio::test]
async fn one_place_at_a_time_is_asked_for_until_somebody_answers() {
    let server = Server::raw(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    })
    .await;
    let exposures = ["/a", "/b", "/c"].map(|path| Exposure::new("127.0.0.1", path));
    let request = ScanRequest { exposures: exposures.to_vec(), ..request(&server.origin) };
    let collected = collect(builder(Limits { time: Duration::from_secs(1), ..PATIENT }), request).await;
    assert_eq!(server.asked(), ["GET /"]);
    assert_eq!((incomplete(&collected).0, collected.coverage), (Cause::DeadlineExceeded, coverage(0, 0, 4)));
}

#[tokio::test]
async fn whoever_is_gone_in_the_end_was_not_scanned() {
    let (listener, origin) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut some = [0; 16];
        stream.read_exact(&mut some).await.unwrap();
        page(stream, "<a href=/a><a href=/b>").await;
    });
    let collected = scan(&origin, PATIENT).await;
    assert_eq!(incomplete(&collected), (Cause::Unreachable, "it stopped answering: connection refused"));
    assert_eq!(collected.coverage, coverage(1, 4, 0));
    assert_eq!(places(&collected, "10021"), [format!("{origin}/")]);
}

#[tokio::test]
async fn a_target_that_shows_no_page_was_not_crawled() {
    for (answer, words, failed) in [
        ("500 Internal Server Error\r\n\r\nsorry", "`/` answered 500", 3),
        ("429 Too Many Requests\r\n\r\nlater", "`/` answered 429", 3),
        ("404 Not Found\r\n\r\nnone", "`/` answered 404", 0),
        ("401 Unauthorized\r\n\r\nno", "`/` answered 401", 0),
        ("204 No Content\r\n\r\n", "`/` answered with nothing", 0),
        ("200 OK\r\nContent-Type: text/html\r\n\r\n", "`/` answered with nothing", 0),
        ("302 Found\r\nLocation: /login\r\n\r\nmoved", "`/` leads to `/login`", 0),
        (
            "302 Found\r\nLocation: http://other.test/a\r\n\r\n",
            "`/` leads to `http://other.test/a`, another origin: scan that instead",
            0,
        ),
        (
            "301 Moved Permanently\r\nLocation: https://127.0.0.1/\r\n\r\n",
            "`/` leads to `https://127.0.0.1/`, another origin: scan that instead",
            0,
        ),
        ("200 OK\r\nContent-Encoding: br\r\n\r\nbr", "`/`: the content coding `br` cannot be undone", 3),
        ("200 OK\r\nContent-Encoding: gzip\r\n\r\nno", "`/`: the content coding `gzip` cannot be undone", 3),
        ("200 OK\r\nContent-Length: 99\r\n\r\nhalf", "`/`: the body broke off", 3),
    ] {
        // The end of the connection is the end of the body.
        let answer = format!("HTTP/1.1 {answer}");
        let server = Server::raw(move |_, stream| send(stream, answer.clone())).await;
        let collected = scan(&server.origin, PATIENT).await;
        assert_eq!(incomplete(&collected), (Cause::NothingCrawled, words));
        assert_eq!(collected.coverage, coverage(0, failed, 0), "{words}");
        // Nobody is asked again who showed nothing.
        assert_eq!(server.count("GET /"), 1, "{words}");
    }
}

#[tokio::test]
async fn a_target_that_shows_one_page_and_then_fails_was_not_reached() {
    async fn hang(stream: TcpStream) {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    }
    for (fault, words) in [
        ("hang", "no answer within 2s"),
        ("close", "no usable answer: "),
        ("502 Bad Gateway", "it answered 502"),
        ("503 Service Unavailable", "it answered 503"),
    ] {
        let is_first = Arc::new(Mutex::new(true));
        let server = Server::raw(move |_, stream| {
            let is_first = std::mem::take(&mut *is_first.lock().unwrap());
            async move {
                match fault {
                    _ if is_first => {
                        let links: String = (0..20).map(|n| format!("<a href=/{n}>")).collect();
                        page(stream, &links).await;
                    }
                    "hang" => hang(stream).await,
                    "close" => drop(stream),
                    _ => send(stream, format!("HTTP/1.1 {fault}\r\nContent-Length: 0\r\n\r\n")).await,
                }
            }
        })
        .await;
        let collected = scan(&server.origin, Limits { concurrency: 32, ..IMPATIENT }).await;
        let (cause, detail) = incomplete(&collected);
        assert_eq!((cause, collected.coverage), (Cause::Unreachable, coverage(1, 22, 0)), "{detail}");
        let expected = format!("22 of 23 places gave no usable answer; the first: `/robots.txt`: {words}");
        assert!(detail.starts_with(&expected), "{detail}");
    }
}

#[tokio::test]
async fn a_first_page_that_gives_no_answer_in_the_end_is_noticed() {
    for (fault, words) in [
        ("500 Internal Server Error\r\nContent-Length: 0", "it stopped answering: it answered 500"),
        ("200 OK\r\nContent-Length: 99", "it stopped answering: the body broke off"),
    ] {
        let is_up = Arc::new(Mutex::new(true));
        let server = Server::raw(move |target, stream| {
            let mut is_up = is_up.lock().unwrap();
            let answers = *is_up;
            *is_up &= target != "/last";
            async move {
                match target.as_str() {
                    "/" | "/last" if answers => page(stream, "<a href=/last>").await,
                    _ if answers => nothing(stream).await,
                    _ => send(stream, format!("HTTP/1.1 {fault}\r\n\r\nhalf")).await,
                }
            }
        })
        .await;
        // One at a time, so that `/last` is the last.
        let collected = scan(&server.origin, Limits { concurrency: 1, ..PATIENT }).await;
        assert_eq!(incomplete(&collected), (Cause::Unreachable, words));
        assert_eq!(collected.coverage, coverage(2, 0, 0));
        assert_eq!(server.count("GET /"), 2);
    }
}
