//! A webhook that lets everything in, and keeps what it was asked.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow};
use axum::Router;
use axum::extract::{Json, State};
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

type Asked = Arc<Mutex<Vec<Value>>>;

/// A server on this machine, until it is dropped.
pub(crate) struct Recorder {
    asked: Asked,
    url: String,
    bundle: String,
    _server: Runtime,
}

impl Recorder {
    pub(crate) fn begin() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("https://{}", listener.local_addr()?);
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let key = key.map_err(|error| anyhow!("the key is none: {error}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        let asked = Asked::default();
        let answers = Router::new().fallback_service(post(answer).with_state(Arc::clone(&asked)));
        let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let serving = server.enter();
        let webhook = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(Arc::new(config)))?;
        server.spawn(webhook.serve(answers.into_make_service()));
        drop(serving);
        Ok(Self { asked, url, bundle: made.cert.pem(), _server: server })
    }

    /// What it was asked since the last time.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Both doors, for all that is done to routes: more than the chart registers, so that what comes uncalled is recorded, too.
    pub(crate) fn registrations(&self) -> Value {
        let rule = |group: &str, versions: &[&str], resources: &[&str]| {
            json!({"apiGroups": [group], "apiVersions": versions, "resources": resources,
                "operations": ["CREATE", "UPDATE", "DELETE"], "scope": "Namespaced"})
        };
        let rules = [
            rule("networking.k8s.io", &["v1"], &["ingresses", "ingresses/status"]),
            rule("gateway.networking.k8s.io", &["v1", "v1beta1"], &["httproutes", "httproutes/status"]),
            rule("gateway.networking.k8s.io", &["v1"], &["grpcroutes", "grpcroutes/status"]),
        ];
        let webhooks = |path: &str| {
            json!([{"name": "recorder.lab.test", "rules": rules, "sideEffects": "None", "matchPolicy": "Equivalent",
                "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
                "clientConfig": {"url": format!("{}/{path}", self.url), "caBundle": base64(self.bundle.as_bytes())}}])
        };
        let configuration = |kind: &str, path: &str| {
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
                "metadata": {"name": "recorder"}, "webhooks": webhooks(path)})
        };
        json!({"apiVersion": "v1", "kind": "List", "items": [
            configuration("MutatingWebhookConfiguration", "mutate"),
            configuration("ValidatingWebhookConfiguration", "validate"),
        ]})
    }
}

async fn answer(State(asked): State<Asked>, Json(review): Json<Value>) -> Json<Value> {
    let uid = review["request"]["uid"].clone();
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(review);
    Json(json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": true}}))
}

fn base64(bytes: &[u8]) -> Value {
    serde_json::to_value(k8s_openapi::ByteString(bytes.to_vec())).unwrap_or_default()
}
