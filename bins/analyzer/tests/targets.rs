//! Targets that cannot be scanned, or not well: a clear message, the right exit code, and never a pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::io::Write;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use support::{Server, read_request, run};
use tempfile::TempDir;

/// Scans with small limits, and gives exit code, standard output and standard error.
fn scan(url: &str) -> (i32, String, String) {
    let folder = TempDir::new().unwrap();
    let limits = ["--timeout", "20s", "--request-timeout", "500ms", "--max-pages", "20"];
    run(folder.path(), &[&["scan", url][..], &limits[..]].concat())
}

#[track_caller]
fn refused(url: &str, message: &str) {
    let (code, stdout, stderr) = scan(url);
    assert_eq!(code, 2, "{url}: {stderr}");
    assert!(stderr.contains(message), "{url}: {stderr}");
    assert_eq!(stdout, "", "{url}");
}

#[track_caller]
fn unknown(url: &str, message: &str) {
    let (code, stdout, stderr) = scan(url);
    assert_eq!(code, 3, "{url}: {stdout}{stderr}");
    assert!(stdout.contains("UNKNOWN (Inconclusive)"), "{url}: {stdout}");
    let flat = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(message), "{url}: {flat}");
}

#[test]
fn what_is_no_target_is_refused_before_anything_is_sent() {
    refused("shop.test", "http");
    refused("localhost:8080", "http");
    refused("file:///etc/passwd", "file");
    refused("ftp://shop.test/", "ftp");
    refused("http://", "cannot scan");
    refused("http://shop.test:99999/", "cannot scan");
    refused("http://[::1", "cannot scan");
    refused("", "cannot scan");
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let (code, stdout, stderr) = scan("http://admin:hunter2@127.0.0.1:1/");
    assert_eq!(code, 2);
    assert!(!stdout.contains("hunter2") && !stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn a_name_that_does_not_resolve_is_unknown() {
    unknown("http://name-that-does-not-exist.invalid/", "the target did not answer");
}

#[test]
fn a_port_that_refuses_is_unknown() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    unknown(&format!("http://{closed}/"), "the target did not answer");
}

#[test]
fn a_server_that_resets_is_unknown() {
    // Closed with unread data in it, a connection is reset (RFC 9293, section 3.10.4 as Linux does it).
    let server = Server::start(|stream| {
        sleep(Duration::from_millis(50));
        drop(stream);
    });
    unknown(&server.url(), "the target did not answer");
}

#[test]
fn a_server_that_hangs_is_unknown() {
    let server = Server::start(|stream| {
        sleep(Duration::from_secs(60));
        drop(stream);
    });
    unknown(&server.url(), "the target did not answer");
}

#[test]
fn a_server_that_talks_something_else_is_unknown() {
    let server = Server::start(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\x00\xff\xfe garbage");
    });
    unknown(&server.url(), "the target did not answer");
}

#[test]
fn a_body_without_end_ends() {
    let server = Server::start(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>");
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
    });
    let (code, stdout, stderr) = scan(&server.url());
    assert!(code == 1 || code == 3, "{code}: {stdout}{stderr}");
}

#[test]
fn redirects_without_end_end() {
    let server = Server::start(|mut stream| {
        let line = read_request(&mut stream);
        let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
        let _ = write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {path}x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    });
    let (code, stdout, stderr) = scan(&server.url());
    assert_eq!(code, 3, "{stdout}{stderr}");
    assert!(stdout.contains("not visited"), "{stdout}");
}

#[test]
fn a_redirect_to_itself_ends() {
    let server = Server::answering("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Type: text/html\r\n", b"");
    unknown(&server.url(), "no page was seen");
}

#[test]
fn answers_that_show_nothing_are_unknown() {
    for head in [
        "HTTP/1.1 500 Internal Server Error\r\n",
        "HTTP/1.1 503 Service Unavailable\r\n",
        "HTTP/1.1 404 Not Found\r\n",
        "HTTP/1.1 401 Unauthorized\r\n",
        "HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n",
    ] {
        unknown(&Server::answering(head, b"<html></html>").url(), "the scan did not come to its end");
    }
    unknown(&Server::answering("HTTP/1.1 200 OK\r\n", b"").url(), "no page was seen");
}

#[test]
fn an_application_that_dies_meanwhile_is_unknown() {
    const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n\
                        Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nConnection: close\r\n";
    for broken in ["", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] {
        let server = Server::start(move |mut stream| {
            let line = read_request(&mut stream);
            if line.starts_with("GET / ") {
                let body: String = (0..10).map(|link| format!("<a href=/{link}>{link}</a>")).collect();
                let page = PAGE.replace("text/plain", "text/html");
                let _ = write!(stream, "{page}Content-Length: {}\r\n\r\n{body}", body.len());
            } else {
                let _ = stream.write_all(broken.as_bytes());
            }
        });
        unknown(&server.url(), "the target did not answer");
    }
}

#[test]
fn text_that_is_no_utf_8_is_scanned() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Powered-By: A\r\n",
        b"<html><body>\xff\xfe\x00<a href='/\xff'>x</a></body></html>",
    );
    let (code, stdout, stderr) = scan(&server.url());
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(stdout.contains("10038-1"), "{stdout}");
}

#[test]
fn texts_of_the_application_cannot_move_the_cursor() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a\u{1b}[2J\u{202e}b=1\r\n",
        b"<html><body></body></html>",
    );
    let folder = TempDir::new().unwrap();
    let (_, stdout, stderr) = run(folder.path(), &["scan", &server.url(), "--color", "never"]);
    assert!(!stdout.contains('\u{1b}') && !stdout.contains('\u{202e}'), "{stdout:?}");
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
}

#[test]
fn the_worst_of_several_counts() {
    let fine = Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n",
        b"ok",
    );
    let weak = Server::answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html></html>");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = format!("http://{closed}/");
    let folder = TempDir::new().unwrap();
    let code = |urls: &[&str]| run(folder.path(), &[&["scan", "--quiet"], urls].concat()).0;
    let (fine, weak) = (fine.url(), weak.url());
    assert_eq!(code(&[&fine]), 0);
    assert_eq!(code(&[&fine, &closed]), 3);
    assert_eq!(code(&[&closed, &weak, &fine]), 1);
}
