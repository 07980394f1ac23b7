//! The shop over a real socket, and the program around it.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use dast_shop::{Care, Shop};

/// Sends one request and reads until the server closes.
fn fetch(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn is_closed(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn any_port() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

/// A port of an address that nobody else here serves at or connects from, so that whoever answers there afterwards is the
/// shop.
fn any_port_at(last: u8) -> SocketAddr {
    ([127, 0, 0, last], 0).into()
}

#[tokio::test(flavor = "current_thread")]
async fn a_shop_serves_until_it_is_stopped() {
    let shop = Shop::start(Care::Careless, any_port_at(2)).unwrap();
    let address = shop.address();
    assert_eq!(shop.url(), format!("http://127.0.0.2:{}/", address.port()));

    let answer = tokio::task::spawn_blocking(move || fetch(address, "/")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-powered-by: PHP/5.6.40\r\n"));
    assert!(answer.ends_with("</html>\n") || answer.ends_with("</html>"), "{answer}");

    // A connection that stays open without asking for anything does not hold the shop up.
    let idle = TcpStream::connect(address).unwrap();
    shop.stop().await;
    drop(idle);
    // A busy system may take a moment to let go of a socket.
    for _ in 0..100 {
        if is_closed(address) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("somebody still answers at {address}: {:?}", TcpStream::connect(address));
}

#[tokio::test(flavor = "current_thread")]
async fn a_dropped_shop_stops_serving() {
    let shop = Shop::start(Care::Repaired, any_port_at(3)).unwrap();
    let address = shop.address();
    drop(shop);
    while !is_closed(address) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn shops_are_apart() {
    let one = Shop::start(Care::Careless, any_port()).unwrap();
    let other = Shop::start(Care::Repaired, any_port()).unwrap();
    assert_ne!(one.address(), other.address());
    let taken = Shop::start(Care::Repaired, one.address()).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);
}

#[test]
fn a_shop_needs_a_runtime() {
    assert!(Shop::start(Care::Repaired, any_port()).is_err());
}

/// Ends the program even if the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_program_says_where_it_serves_which_version() {
    for (flag, weak) in [(Some("--careless"), true), (Some("--repaired"), false), (None, false)] {
        let mut command = Command::new(cargo_bin("dast-shop"));
        command.args(["--listen", "127.0.0.1:0"]).args(flag).stdout(Stdio::piped());
        let mut running = Running(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().strip_suffix('/').unwrap();
        let answer = fetch(address.parse().unwrap(), "/healthz");
        assert!(answer.ends_with("\r\n\r\nok\n"), "{answer}");
        assert_eq!(answer.contains("x-powered-by"), weak, "{flag:?}");
    }
}

#[test]
fn the_program_says_what_it_was_asked_for() {
    let mut command = Command::new(cargo_bin("dast-shop"));
    command.args(["--listen", "127.0.0.1:0", "--log", "--redirect", "http://elsewhere.test/"]);
    let mut running = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let address = first.strip_prefix("http://").unwrap().strip_suffix('/').unwrap();
    let answer = fetch(address.parse().unwrap(), "/cart?a=b");
    assert!(answer.contains("location: http://elsewhere.test/\r\n"), "{answer}");
    assert_eq!(lines.next().unwrap(), "GET /cart?a=b");
}

#[test]
fn the_program_keeps_to_loopback_unless_told() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let output = Command::new(cargo_bin("dast-shop")).args(["--listen", address]).output().unwrap();
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8(output.stderr).unwrap().contains("--listen-anywhere"));
    }
}

#[test]
fn the_program_refuses_to_be_both() {
    for both in
        [["--careless", "--repaired"], ["--careless", "--hostile"], ["--hostile", "--redirect=http://a"]]
    {
        let output = Command::new(cargo_bin("dast-shop")).args(both).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{both:?}");
    }
}
