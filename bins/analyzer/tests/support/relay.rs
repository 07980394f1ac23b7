//! What stands between the program and a ZAP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::{Server, close};

/// What becomes of a call.
pub enum Fate {
    /// It goes on to ZAP, and ZAP's answer comes back.
    On,
    /// It was answered here, or is not to be answered.
    Done,
}

/// A call on its way to ZAP.
pub struct Call<'a> {
    /// Component, kind and name, such as `alert/view/alerts`.
    pub endpoint: String,
    /// Path and query.
    pub target: String,
    /// Where an answer is written.
    pub stream: &'a mut TcpStream,
}

impl Call<'_> {
    /// A number in the query.
    pub fn number(&self, name: &str) -> Option<usize> {
        let query = self.target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    }

    /// Answers with JSON that ends where the connection does, so that it need not be there as a whole.
    pub fn answer(&mut self, parts: impl Iterator<Item = impl AsRef<[u8]>>) {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
        // Who asks may have enough of it.
        let _ = self.stream.write_all(head);
        for part in parts {
            if self.stream.write_all(part.as_ref()).is_err() {
                break;
            }
        }
    }
}

/// Starts a relay to `zap`, in which `meddle` says what becomes of each call.
pub fn relay(zap: SocketAddr, meddle: impl Fn(&mut Call<'_>) -> Fate + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream| {
        let Some((target, request)) = request(&mut stream) else { return };
        let path = target.split('?').next().unwrap_or_default().trim_matches('/');
        let endpoint = path.split_once('/').map_or("", |(_, endpoint)| endpoint).to_owned();
        if let Fate::On = meddle(&mut Call { endpoint, target, stream: &mut stream }) {
            pass_on(zap, &request, &mut stream);
        }
        close(&stream);
    })
}

/// Reads a request: its target, and all of it with the wish that the connection ends with the answer.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1)?.to_owned();
    let header = |line: &str, name: &str| line.to_ascii_lowercase().starts_with(name);
    let length = head.lines().find(|line| header(line, "content-length:"));
    let length =
        length.and_then(|line| line.split_once(':')).map_or(0, |(_, value)| value.trim().parse().unwrap());
    let mut request = Vec::new();
    for line in head.lines().filter(|line| !line.is_empty() && !header(line, "connection:")) {
        request.extend_from_slice(format!("{line}\r\n").as_bytes());
    }
    request.extend_from_slice(b"Connection: close\r\n\r\n");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    Some((target, request))
}

/// If ZAP does not answer, neither does this.
fn pass_on(zap: SocketAddr, request: &[u8], back: &mut TcpStream) {
    let Ok(mut zap) = TcpStream::connect(zap) else { return };
    if zap.write_all(request).is_ok() {
        let _ = std::io::copy(&mut zap, back);
    }
}
