//! An API server that holds objects as they are written, and what is asked of it. It lists and watches nothing.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests, each of which uses a part of it"
)]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const EVENTS: &str = "/apis/events.k8s.io/v1/";

type Objects = BTreeMap<String, Value>;
type Meddle = Box<dyn FnMut(&str, &mut Objects) -> Option<StatusCode> + Send>;

#[derive(Clone, Default)]
pub struct Api(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// By path.
    objects: Objects,
    /// The status of a review, by token.
    tokens: BTreeMap<String, Value>,
    events: Vec<Value>,
    calls: Vec<String>,
    version: u64,
    meddle: Option<Meddle>,
}

impl Api {
    pub fn put(&self, path: &str, mut object: Value) {
        let mut state = self.0.lock().unwrap();
        object["metadata"]["resourceVersion"] = state.next_version();
        state.objects.insert(path.to_owned(), object);
    }

    pub fn remove(&self, path: &str) {
        self.0.lock().unwrap().objects.remove(path).unwrap();
    }

    /// Changes an object as somebody else would.
    pub fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut object = self.get(path);
        change(&mut object);
        self.put(path, object);
    }

    pub fn get(&self, path: &str) -> Value {
        self.find(path).unwrap()
    }

    pub fn find(&self, path: &str) -> Option<Value> {
        self.0.lock().unwrap().objects.get(path).cloned()
    }

    pub fn token(&self, token: &str, status: Value) {
        self.0.lock().unwrap().tokens.insert(token.to_owned(), status);
    }

    /// Lets `meddle` look at each call before it is carried out; it may answer with an error.
    pub fn meddle(&self, meddle: impl FnMut(&str, &mut Objects) -> Option<StatusCode> + Send + 'static) {
        self.0.lock().unwrap().meddle = Some(Box::new(meddle));
    }

    /// The calls since it was asked last.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    pub fn events(&self) -> Vec<Value> {
        self.0.lock().unwrap().events.clone()
    }

    pub fn client(&self) -> Client {
        let api = self.clone();
        let answer = move |request: Request<Body>| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        };
        Client::new(service_fn(answer), "default")
    }

    async fn answer(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        // Others have their turn between any two calls.
        tokio::task::yield_now().await;
        let (status, answer) = self.0.lock().unwrap().carry_out(&head, body);
        Response::builder().status(status).body(Full::from(answer.to_string())).unwrap()
    }
}

impl State {
    fn carry_out(&mut self, head: &http::request::Parts, body: Value) -> (StatusCode, Value) {
        let (path, query) = (head.uri.path(), head.uri.query().filter(|query| !query.is_empty()));
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let call = format!("{} {path}{query}", head.method);
        self.calls.push(call.clone());
        if let Some(meddle) = &mut self.meddle
            && let Some(status) = meddle(&call, &mut self.objects)
        {
            return refusal(status);
        }
        match head.method {
            Method::GET => match self.objects.get(path) {
                Some(object) => (StatusCode::OK, object.clone()),
                None => refusal(StatusCode::NOT_FOUND),
            },
            Method::POST if path == REVIEWS => self.review(body),
            Method::POST if path.starts_with(EVENTS) => {
                self.events.push(body.clone());
                (StatusCode::CREATED, body)
            }
            Method::POST => self.create(path, body),
            Method::PATCH if head.headers[CONTENT_TYPE] == "application/merge-patch+json" => {
                self.merge(path, &body)
            }
            Method::PATCH => self.apply(path, body),
            Method::DELETE => match self.objects.remove(path) {
                Some(object) => (StatusCode::OK, object),
                None => refusal(StatusCode::NOT_FOUND),
            },
            _ => panic!("{call}"),
        }
    }

    fn review(&self, mut review: Value) -> (StatusCode, Value) {
        assert_eq!(review["spec"]["audiences"], json!(["dast-operator"]));
        let token = review["spec"]["token"].as_str().unwrap();
        review["status"] = self.tokens.get(token).cloned().unwrap_or(json!({"error": "unknown"}));
        (StatusCode::CREATED, review)
    }

    fn create(&mut self, path: &str, object: Value) -> (StatusCode, Value) {
        let path = format!("{path}/{}", object["metadata"]["name"].as_str().unwrap());
        if self.objects.contains_key(&path) {
            refusal(StatusCode::CONFLICT)
        } else {
            self.store(&path, object)
        }
    }

    fn merge(&mut self, path: &str, patch: &Value) -> (StatusCode, Value) {
        match self.objects.get(path).cloned() {
            None => refusal(StatusCode::NOT_FOUND),
            Some(object) if is_of_another(patch, &object) => refusal(StatusCode::CONFLICT),
            Some(mut object) => {
                merge(&mut object, patch);
                self.store(path, object)
            }
        }
    }

    /// Server-side apply, of whole objects or of a status with the version that it is of.
    fn apply(&mut self, path: &str, body: Value) -> (StatusCode, Value) {
        let Some(whole) = path.strip_suffix("/status") else {
            let found = self.objects.get(path).unwrap_or(&Value::Null);
            return if is_of_another(&body, found) {
                refusal(StatusCode::CONFLICT)
            } else {
                self.store(path, body)
            };
        };
        let Some(mut object) = self.objects.get(whole).cloned() else {
            return refusal(StatusCode::NOT_FOUND);
        };
        if body["metadata"]["resourceVersion"].is_null() || is_of_another(&body, &object) {
            return refusal(StatusCode::CONFLICT);
        }
        object["status"] = body["status"].clone();
        self.store(whole, object)
    }

    fn store(&mut self, path: &str, mut object: Value) -> (StatusCode, Value) {
        let metadata = &mut object["metadata"];
        if metadata["uid"].is_null() {
            let known = self.objects.get(path).map(|object| object["metadata"]["uid"].clone());
            metadata["uid"] = known.unwrap_or_else(|| json!(format!("uid-{}", self.version)));
        }
        metadata["resourceVersion"] = self.next_version();
        self.objects.insert(path.to_owned(), object.clone());
        (StatusCode::OK, object)
    }

    fn next_version(&mut self) -> Value {
        self.version += 1;
        json!(self.version.to_string())
    }
}

/// Whether a write names another version of an object, or another object, than the one that is there.
fn is_of_another(write: &Value, object: &Value) -> bool {
    ["resourceVersion", "uid"].iter().any(|part| {
        let said = &write["metadata"][part];
        !said.is_null() && *said != object["metadata"][part]
    })
}

/// As of RFC 7386.
fn merge(into: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else { return *into = patch.clone() };
    if !into.is_object() {
        *into = json!({});
    }
    for (name, value) in fields {
        match value {
            Value::Null => drop(into.as_object_mut().unwrap().remove(name)),
            value => merge(&mut into[name], value),
        }
    }
}

fn refusal(status: StatusCode) -> (StatusCode, Value) {
    // `NotFound` and the like.
    let reason = status.canonical_reason().unwrap().replace(' ', "");
    let code = status.as_u16();
    let json = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": reason, "reason": reason, "code": code});
    (status, json)
}
