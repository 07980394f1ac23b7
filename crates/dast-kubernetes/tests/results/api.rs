//! An API server that holds objects as they are written, and what is asked of it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";

type Meddle = Box<dyn FnMut(&str, &mut BTreeMap<String, Value>) -> Option<StatusCode> + Send>;

#[derive(Clone, Default)]
pub struct Api(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// By path.
    objects: BTreeMap<String, Value>,
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
        state.version += 1;
        object["metadata"]["resourceVersion"] = json!(state.version.to_string());
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
    pub fn meddle(
        &self,
        meddle: impl FnMut(&str, &mut BTreeMap<String, Value>) -> Option<StatusCode> + Send + 'static,
    ) {
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
        let (status, answer) = self.0.lock().unwrap().carry_out(&head.method, &head.uri, body);
        Response::builder().status(status).body(Full::from(answer.to_string())).unwrap()
    }
}

impl State {
    fn carry_out(&mut self, method: &Method, uri: &http::Uri, body: Value) -> (StatusCode, Value) {
        let query = uri.query().filter(|query| !query.is_empty()).map(|query| format!("?{query}"));
        let call = format!("{method} {}{}", uri.path(), query.unwrap_or_default());
        self.calls.push(call.clone());
        if let Some(meddle) = &mut self.meddle
            && let Some(status) = meddle(&call, &mut self.objects)
        {
            return refusal(status);
        }
        match *method {
            Method::GET => match self.objects.get(uri.path()) {
                Some(object) => (StatusCode::OK, object.clone()),
                None => refusal(StatusCode::NOT_FOUND),
            },
            Method::POST if uri.path() == REVIEWS => self.review(body),
            Method::POST => {
                assert!(uri.path().starts_with("/apis/events.k8s.io/v1/namespaces/shop/events"), "{uri}");
                self.events.push(body.clone());
                (StatusCode::CREATED, body)
            }
            Method::PATCH => self.apply(uri.path(), body),
            _ => panic!("{call}"),
        }
    }

    fn review(&self, mut review: Value) -> (StatusCode, Value) {
        assert_eq!(review["spec"]["audiences"], json!(["dast-operator"]));
        let token = review["spec"]["token"].as_str().unwrap();
        review["status"] = self.tokens.get(token).cloned().unwrap_or(json!({"error": "unknown"}));
        (StatusCode::CREATED, review)
    }

    /// Server-side apply, of whole objects or of a status with the version that it is of.
    fn apply(&mut self, path: &str, body: Value) -> (StatusCode, Value) {
        let object = match path.strip_suffix("/status") {
            None => body,
            Some(path) => {
                let Some(mut object) = self.objects.get(path).cloned() else {
                    return refusal(StatusCode::NOT_FOUND);
                };
                let said = |part: &str| (&body["metadata"][part], &object["metadata"][part]);
                if [said("resourceVersion"), said("uid")].iter().any(|(said, is)| said != is) {
                    return refusal(StatusCode::CONFLICT);
                }
                object["status"] = body["status"].clone();
                object
            }
        };
        let path = path.strip_suffix("/status").unwrap_or(path).to_owned();
        self.version += 1;
        let mut object = object;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.objects.insert(path, object.clone());
        (StatusCode::OK, object)
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
