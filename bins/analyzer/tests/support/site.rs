//! A web application that does what a test says.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use super::{Server, read_request};

/// How a request is answered.
pub enum Answer {
    /// A page that no rule complains about.
    Page(String),
    /// A page without a header that protects it.
    Careless(String),
    /// A status, and nothing else.
    Status(u16),
    /// A redirection to that address.
    Redirect(String),
    /// HTML without a link, of that many MiB.
    Huge(usize),
    /// The connection is closed.
    Nothing,
}

/// A web application that does what a test says.
pub struct Site {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Answers requests by what stands in them between method and version.
    pub fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let server = Server::start(move |mut stream| {
            let line = read_request(&mut stream);
            let Some(target) = line.split(' ').nth(1) else { return };
            seen.lock().unwrap().push(target.to_owned());
            // Who asks may be gone.
            let _ = respond(&mut stream, answer(target));
        });
        Self { server, asked }
    }

    /// Its root.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What it was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn respond(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    const CAREFUL: &str = "X-Content-Type-Options: nosniff\r\n\
                           Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
    let (status, headers, body) = match answer {
        Answer::Page(body) => ("200 OK".to_owned(), CAREFUL.to_owned(), body),
        Answer::Careless(body) => ("200 OK".to_owned(), String::new(), body),
        Answer::Status(status) => (format!("{status} So It Is"), CAREFUL.to_owned(), String::new()),
        Answer::Redirect(to) => ("302 Found".to_owned(), format!("Location: {to}\r\n"), String::new()),
        Answer::Huge(mebibytes) => return huge(stream, mebibytes),
        Answer::Nothing => return Ok(()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn huge(stream: &mut TcpStream, mebibytes: usize) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>")?;
    let part = vec![b'x'; 1024 * 1024];
    (0..mebibytes).try_for_each(|_| stream.write_all(&part))
}
