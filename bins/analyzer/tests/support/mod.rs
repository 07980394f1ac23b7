//! The program as people run it, and servers that are hard to scan.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

pub mod gate;
pub mod lab;
pub mod members;
pub mod relay;
pub mod site;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assert_cmd::Command;

/// The program, in a folder of its own, without the tester's environment.
pub fn analyzer(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("dast-analyzer").unwrap();
    command.current_dir(folder).env_remove("NO_COLOR").timeout(Duration::from_secs(120));
    command
}

/// Runs the program and gives exit code, standard output and standard error.
pub fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    parts(analyzer(folder).args(args).output().unwrap())
}

pub fn parts(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A server that does to each connection what a function says.
pub struct Server {
    pub address: SocketAddr,
    pub connections: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (serve, count) = (Arc::new(serve), connections.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let serve = serve.clone();
                std::thread::spawn(move || serve(stream));
            }
        });
        Self { address, connections }
    }

    /// A server whose every answer is `head` and `body`, after which the connection is closed.
    pub fn answering(head: &'static str, body: &'static [u8]) -> Self {
        Self::start(move |mut stream| {
            read_request(&mut stream);
            let length = body.len();
            let _ = write!(stream, "{head}Content-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(body);
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// Reads up to the empty line that ends a request, and gives its first line.
pub fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
    }
    String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned()
}

pub fn close(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Both);
}
