//! An API server with lists, and with events that the test sends. It may go down.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests, each of which uses a part of it"
)]

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use futures_util::stream;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::service_fn;

#[derive(Clone, Default)]
pub struct Cluster(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lists: HashMap<String, Vec<Value>>,
    watches: HashMap<String, Vec<mpsc::UnboundedSender<io::Result<Bytes>>>>,
    /// What was asked for at each path, also in vain: the queries.
    asked: HashMap<String, Vec<String>>,
    is_down: bool,
}

type Answer = UnsyncBoxBody<Bytes, io::Error>;

fn whole(json: &Value) -> Answer {
    Full::from(json.to_string()).map_err(|never| match never {}).boxed_unsync()
}

fn broken() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl Cluster {
    /// One with these kinds, and nothing of them.
    pub fn of(paths: &[&str]) -> Self {
        let cluster = Self::default();
        paths.iter().for_each(|path| cluster.list(path, []));
        cluster
    }

    /// From now on there is this of a kind. Watches are not told.
    pub fn list(&self, path: &str, objects: impl IntoIterator<Item = Value>) {
        self.0.lock().unwrap().lists.insert(path.to_owned(), objects.into_iter().collect());
    }

    /// From now on there is no such kind, and nobody watches it any more.
    pub fn forget(&self, path: &str) {
        let mut state = self.0.lock().unwrap();
        state.lists.remove(path);
        state.watches.remove(path);
    }

    /// Sends an event to those who watch a path. There must be somebody.
    pub fn send(&self, path: &str, kind: &str, object: &Value) {
        self.write(path, &json!({"type": kind, "object": object}).to_string());
    }

    /// The same with a line as it is.
    pub fn write(&self, path: &str, line: &str) {
        let line = Bytes::from(format!("{line}\n"));
        let mut state = self.0.lock().unwrap();
        let watches = state.watches.get_mut(path).unwrap();
        watches.retain(|watch| watch.send(Ok(line.clone())).is_ok());
        assert!(!watches.is_empty(), "nobody watches {path}");
    }

    /// What those who watch a path are told when it was too long ago that they began. They list again.
    pub fn expire(&self, path: &str) {
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "reason": "Expired", "message": "too old resource version", "code": 410});
        self.send(path, "ERROR", &status);
    }

    /// From now on nothing is answered, and all watches break off.
    pub fn go_down(&self) {
        let mut state = self.0.lock().unwrap();
        state.is_down = true;
        for watch in state.watches.drain().flat_map(|(_, watches)| watches) {
            // Some have ended before.
            let _ = watch.send(Err(broken()));
        }
    }

    pub fn come_back(&self) {
        self.0.lock().unwrap().is_down = false;
    }

    /// How often a path was asked for, also in vain.
    pub fn asked(&self, path: &str) -> usize {
        self.queries(path).len()
    }

    /// The queries by which a path was listed.
    pub fn listed(&self, path: &str) -> Vec<String> {
        let is_list = |query: &String| !is_watch(query);
        self.queries(path).into_iter().filter(is_list).collect()
    }

    fn queries(&self, path: &str) -> Vec<String> {
        self.0.lock().unwrap().asked.get(path).cloned().unwrap_or_default()
    }

    pub fn client(&self) -> Client {
        let cluster = self.clone();
        let service = service_fn(move |request: Request<Body>| {
            let answer = cluster.answer(request.uri());
            async move { answer }
        });
        Client::new(service, "default")
    }

    fn answer(&self, uri: &http::Uri) -> io::Result<Response<Answer>> {
        let mut state = self.0.lock().unwrap();
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default());
        state.asked.entry(path.clone()).or_default().push(query.to_owned());
        if state.is_down {
            return Err(broken());
        }
        let Some(objects) = state.lists.get(&path) else {
            let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "the server could not find the requested resource", "reason": "NotFound", "code": 404});
            let answer = Response::builder().status(StatusCode::NOT_FOUND).body(whole(&status));
            return Ok(answer.unwrap());
        };
        if !is_watch(query) {
            let list = json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": objects});
            return Ok(Response::new(whole(&list)));
        }
        let (sender, lines) = mpsc::unbounded_channel();
        state.watches.entry(path).or_default().push(sender);
        let frames = stream::unfold(lines, async |mut lines: mpsc::UnboundedReceiver<io::Result<Bytes>>| {
            Some((lines.recv().await?.map(Frame::data), lines))
        });
        Ok(Response::new(StreamBody::new(frames).boxed_unsync()))
    }
}

fn is_watch(query: &str) -> bool {
    query.contains("watch=true")
}
