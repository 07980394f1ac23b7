//! Just enough HTTP to ask a daemon how it is.

use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The API of a daemon, as bare requests.
#[derive(Clone, PartialEq, Eq)]
pub struct Api {
    address: SocketAddr,
    key: String,
    timeout: Duration,
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, which ends where the answer says.
    pub body: String,
}

impl Api {
    /// The API at `address` for who has `key`. Each read and write may take ten seconds.
    pub fn new(address: SocketAddr, key: impl Into<String>) -> Self {
        Self { address, key: key.into(), timeout: Duration::from_secs(60) }
    }

    /// The same with another limit for each read and write.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// What `path` (with its query, encoded, without the first slash) answers, if that is a 200 with JSON.
    ///
    /// # Errors
    /// If it answers anything else, or nothing.
    pub fn get(&self, path: &str) -> Result<Value> {
        let Reply { status, body } = self.reply(path)?;
        ensure!(status == 200, "ZAP answered {status} to `{}`: {}", without_query(path), body.trim());
        serde_json::from_str(&body)
            .with_context(|| format!("ZAP's answer to `{}` is not JSON", without_query(path)))
    }

    /// What `path` answers, whatever it is.
    ///
    /// # Errors
    /// If there is no answer, or it breaks off.
    pub fn reply(&self, path: &str) -> Result<Reply> {
        let said = self.exchange(path);
        let said =
            said.with_context(|| format!("no answer from {} to `{}`", self.address, without_query(path)))?;
        parse(&said).with_context(|| format!("could not read the answer to `{}`", without_query(path)))
    }

    /// Sends the request by the name that ZAP answers to whatever its address is, and reads to the end.
    fn exchange(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&self.address, self.timeout)?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        let head = format!("GET /{path} HTTP/1.1\r\nHost: zap\r\nConnection: close\r\n");
        write!(stream, "{head}X-ZAP-API-Key: {}\r\n\r\n", self.key)?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said)?;
        Ok(said)
    }
}

impl fmt::Debug for Api {
    /// Everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("address", &self.address)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

fn parse(said: &[u8]) -> Result<Reply> {
    ensure!(
        !said.is_empty(),
        "the connection was closed without a word, as ZAP does with who is not permitted"
    );
    let text = str::from_utf8(said).context("it is not UTF-8")?;
    let (head, body) = text.split_once("\r\n\r\n").context("it has no end of headers")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
    let status = status.context("it has no status")?;
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    let length = length.context("it has no length")?.context("its length is no number")?;
    match body.get(..length) {
        Some(body) => Ok(Reply { status, body: body.to_owned() }),
        None => bail!("it breaks off after {} of {length} bytes", body.len()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with `answer`, and gives the lines of that request.
    fn serve(answer: &'static str) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = std::io::BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let lines = lines.take_while(|line| !line.is_empty()).collect();
            stream.write_all(answer.as_bytes()).unwrap();
            lines
        });
        (address, server)
    }

    #[test]
    fn a_request_names_zap_and_has_the_key() {
        let (address, server) = serve("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
        let answer = Api::new(address, "k").get("JSON/core/view/version/?x=y").unwrap();
        assert_eq!(answer["a"], 1);
        assert_eq!(
            server.join().unwrap(),
            [
                "GET /JSON/core/view/version/?x=y HTTP/1.1",
                "Host: zap",
                "Connection: close",
                "X-ZAP-API-Key: k"
            ]
        );
    }

    #[test]
    fn a_refusal_is_an_error_with_zaps_words_and_without_the_query() {
        let (address, _server) =
            serve("HTTP/1.1 400 Bad Request\r\ncontent-length: 22\r\n\r\n{\"code\":\"bad_api_key\"}");
        let error = Api::new(address, "k").get("JSON/x?secret=1").unwrap_err().to_string();
        assert_eq!(error, "ZAP answered 400 to `JSON/x`: {\"code\":\"bad_api_key\"}");
    }

    #[test]
    fn silence_and_broken_answers_are_errors() {
        for (answer, problem) in [
            ("", "closed without a word"),
            ("HTTP/1.1 200 OK\r\n", "no end of headers"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "breaks off after 3 of 5"),
            ("HTTP/1.1 200 OK\r\nContent-Length: -\r\n\r\nabc", "is no number"),
            ("HTTP/1.1 200 OK\r\n\r\nabc", "no length"),
            ("SSH-2.0\r\n\r\n", "no status"),
        ] {
            let (address, _server) = serve(answer);
            let error = format!("{:#}", Api::new(address, "k").reply("").unwrap_err());
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", Api::new(([127, 0, 0, 1], 1).into(), "a-key")).contains("a-key"));
    }
}
