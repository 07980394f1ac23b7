//! An API server with one Secret.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

#[derive(Clone, Default)]
pub struct Api(Arc<Mutex<State>>);

type Meddle = Box<dyn FnMut(&Method, &mut Option<Value>) -> Option<StatusCode> + Send>;

#[derive(Default)]
struct State {
    secret: Option<Value>,
    version: u64,
    calls: Vec<String>,
    meddle: Option<Meddle>,
}

impl Api {
    pub fn secret(&self) -> Option<Value> {
        self.0.lock().unwrap().secret.clone()
    }

    pub fn put(&self, secret: Value) {
        self.0.lock().unwrap().secret = Some(secret);
    }

    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    /// Lets `meddle` look at each call before it is carried out.
    pub fn meddle(
        &self,
        meddle: impl FnMut(&Method, &mut Option<Value>) -> Option<StatusCode> + Send + 'static,
    ) {
        self.0.lock().unwrap().meddle = Some(Box::new(meddle));
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
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        // Others have their turn between any two calls.
        tokio::task::yield_now().await;
        let (status, answer) = self.0.lock().unwrap().carry_out(&head.method, head.uri.path(), body);
        Response::builder().status(status).body(Full::from(answer.to_string())).unwrap()
    }
}

impl State {
    fn carry_out(&mut self, method: &Method, path: &str, mut body: Value) -> (StatusCode, Value) {
        self.calls.push(format!("{method} {path}"));
        if let Some(meddle) = &mut self.meddle
            && let Some(status) = meddle(method, &mut self.secret)
        {
            return refusal(status);
        }
        let known = self.secret.as_ref().map(|secret| secret["metadata"]["resourceVersion"].clone());
        match (method, known) {
            (&Method::GET, None) => return refusal(StatusCode::NOT_FOUND),
            (&Method::GET, Some(_)) => return (StatusCode::OK, self.secret.clone().unwrap()),
            (&Method::POST, Some(_)) => return refusal(StatusCode::CONFLICT),
            (&Method::PATCH, known) if known.as_ref() != Some(&body["metadata"]["resourceVersion"]) => {
                return refusal(StatusCode::CONFLICT);
            }
            _ => {}
        }
        self.version += 1;
        body["metadata"]["resourceVersion"] = json!(self.version.to_string());
        body["metadata"]["uid"] = json!("secret-uid");
        self.secret = Some(body.clone());
        (StatusCode::OK, body)
    }
}

fn refusal(status: StatusCode) -> (StatusCode, Value) {
    let reason = status.canonical_reason().unwrap().replace(' ', "");
    let code = status.as_u16();
    let json = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": reason, "reason": reason, "code": code});
    (status, json)
}
