//! A ZAP that answers what it was told, in that order; the last answer again and again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use dast_zap_client::{RetrySettings, ZapClient};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

#[derive(Debug, Clone)]
pub(super) enum Answer {
    Reply(u16, String),
    /// The connection is closed without a word.
    Closed,
    Never,
}

impl Answer {
    pub(super) fn json(body: impl Into<String>) -> Self {
        Self::Reply(200, body.into())
    }

    pub(super) fn ok() -> Self {
        Self::json(r#"{"Result":"OK"}"#)
    }

    pub(super) fn error(body: &str) -> Self {
        Self::Reply(400, body.to_owned())
    }

    pub(super) fn closed() -> Self {
        Self::Closed
    }

    pub(super) fn never() -> Self {
        Self::Never
    }
}

pub(super) struct Zap {
    address: String,
    script: Arc<Script>,
    server: AbortHandle,
}

#[derive(Default)]
struct Script {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    calls: Mutex<Vec<String>>,
}

impl Zap {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Script::default());
        let shared = script.clone();
        let server = tokio::spawn(async move {
            // With the server its connections end too.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, script, server: server.abort_handle() }
    }

    /// What it answers from now on.
    pub(super) fn says(&self, endpoint: &str, answers: impl IntoIterator<Item = Answer>) {
        self.script.answers.lock().unwrap().insert(endpoint.to_owned(), answers.into_iter().collect());
    }

    /// A client that does not try again by itself.
    pub(super) fn client(&self) -> ZapClient {
        let retry = RetrySettings { times: 0, ..RetrySettings::default() };
        ZapClient::builder(&self.address).retry(retry).build().unwrap()
    }

    /// What it was asked: the endpoint, and the parameters as they are encoded.
    pub(super) fn calls(&self) -> Vec<String> {
        self.script.calls.lock().unwrap().clone()
    }

    pub(super) fn stop(&self) {
        self.server.abort();
    }
}

impl Drop for Zap {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Script {
    fn answer(&self, endpoint: &str, parameters: &str) -> Answer {
        self.calls.lock().unwrap().push(format!("{endpoint} {parameters}").trim_end().to_owned());
        let mut answers = self.answers.lock().unwrap();
        let Some(queue) = answers.get_mut(endpoint) else { panic!("nobody said what `{endpoint}` answers") };
        if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() }.unwrap()
    }
}

async fn serve(stream: TcpStream, script: Arc<Script>) {
    let mut stream = BufReader::new(stream);
    while let Some((endpoint, parameters)) = request(&mut stream).await {
        let (status, body) = match script.answer(&endpoint, &parameters) {
            Answer::Reply(status, body) => (status, body),
            Answer::Closed => return,
            Answer::Never => std::future::pending().await,
        };
        let head = format!("HTTP/1.1 {status} Status\r\ncontent-type: application/json; charset=UTF-8\r\n");
        let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The endpoint and its parameters, wherever they travel.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok().filter(|read| *read > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let address = first.split(' ').nth(1).unwrap();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let endpoint = path.strip_prefix("/JSON/").unwrap().trim_end_matches('/').to_owned();
    Some((endpoint, format!("{query}{}", String::from_utf8(body).unwrap())))
}
