use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum_server::tls_rustls::RustlsConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use http::StatusCode;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use rustls::crypto::aws_lc_rs::default_provider;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use self::api::Api;
use super::*;
use crate::certificates::{Held, Issued, Step, next, next_issued, service_names};

#[allow(clippy::duplicate_mod, reason = "that of the controllers' tests is seen by them alone")]
#[path = "../../tests/api/mod.rs"]
mod api;

const FILE: &str = include_str!("../../tests/registration/full.yaml");
const MUTATING: &str =
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/dast-operator-webhook";
const VALIDATING: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/dast-operator-webhook";
const APPLIED: &str = "?&force=true&fieldManager=dast-operator";

/// An authority.
fn authority() -> Held {
    let names = service_names("dast-system", "dast-operator", "cluster.local");
    let Step::Write(held) = next(None, &names, Timestamp::now()).unwrap() else { panic!() };
    held
}

/// A webhook that answers with a status, by a leaf of an authority.
struct Webhook {
    status: Arc<AtomicU16>,
    tls: RustlsConfig,
    at: std::net::SocketAddr,
}

impl Webhook {
    async fn begin(authority: &Held) -> Self {
        let _ = default_provider().install_default();
        let Issued { chain, key, .. } = issued(authority, "dast-operator-webhook");
        let tls = RustlsConfig::from_pem(chain.into(), key.into()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let at = listener.local_addr().unwrap();
        let status = Arc::new(AtomicU16::new(200));
        let answer = Arc::clone(&status);
        let answer = move || async move { StatusCode::from_u16(answer.load(Ordering::Relaxed)).unwrap() };
        let server = axum_server::from_tcp_rustls(listener, tls.clone()).unwrap();
        tokio::spawn(server.serve(Router::new().route("/readyz", get(answer)).into_make_service()));
        Self { status, tls, at }
    }

    async fn serve_by(&self, Issued { chain, key, .. }: Issued) {
        self.tls.reload_from_pem(chain.into(), key.into()).await.unwrap();
    }
}

fn issued(authority: &Held, service: &str) -> Issued {
    let names = service_names("dast-system", service, "cluster.local");
    let Step::Write(issued) = next_issued(authority, None, &names, Timestamp::now()).unwrap() else {
        panic!()
    };
    issued
}

struct Stage {
    api: Api,
    file: watch::Sender<Arc<Registrations>>,
    authorities: watch::Sender<Arc<str>>,
    registrar: Registrar,
}

impl Stage {
    /// As the chart leaves it.
    fn new(authorities: &str, at: Option<std::net::SocketAddr>) -> Self {
        let api = Api::default();
        for (path, kind) in
            [(MUTATING, "MutatingWebhookConfiguration"), (VALIDATING, "ValidatingWebhookConfiguration")]
        {
            api.put(
                path,
                json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
                "metadata": {"name": "dast-operator-webhook", "uid": format!("uid-{kind}")}}),
            );
        }
        let file = watch::Sender::new(Arc::new(Registrations::from_yaml(FILE).unwrap()));
        let authorities = watch::Sender::new(Arc::from(authorities));
        let mut registrar =
            Registrar::new(api.client(), "dast-system", file.subscribe(), authorities.subscribe());
        registrar.probe.at = at;
        Self { api, file, authorities, registrar }
    }

    async fn settle(&self) -> Result<Outcome, String> {
        self.registrar.settle().await.map_err(|error| format!("{}: {error}", error.category()))
    }

    fn webhooks(&self, path: &str) -> Value {
        self.api.get(path)["webhooks"].clone()
    }

    fn change_file(&self, from: &str, to: &str) {
        assert!(FILE.contains(from), "{from}");
        self.file.send_replace(Arc::new(Registrations::from_yaml(&FILE.replace(from, to)).unwrap()));
    }

    fn writes(&self) -> Vec<String> {
        self.api.calls().into_iter().filter(|call| !call.starts_with("GET ")).collect()
    }
}

#[tokio::test]
async fn nothing_is_written_before_the_webhook_can_answer() {
    let (authority, other) = (authority(), authority());
    let webhook = Webhook::begin(&authority).await;
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    webhook.status.store(503, Ordering::Relaxed);
    let url = "`https://dast-operator-webhook.dast-system.svc:443/readyz`";
    assert_eq!(stage.settle().await, Err(format!("not_ready: {url} answers 503: expected 200")));
    // A redirection leads nowhere, and another success is none.
    for status in [204, 302, 404] {
        webhook.status.store(status, Ordering::Relaxed);
        assert!(stage.settle().await.unwrap_err().starts_with("not_ready: "), "{status}");
    }
    webhook.status.store(200, Ordering::Relaxed);
    // Somebody for whom the authorities do not vouch, or not under this name.
    for leaf in [issued(&other, "dast-operator-webhook"), issued(&authority, "dast-operator")] {
        webhook.serve_by(leaf).await;
        let error = stage.settle().await.unwrap_err();
        assert_eq!(
            error,
            format!("unreachable: {url} does not answer by TLS that the authorities vouch for")
        );
    }
    for authorities in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        stage.authorities.send_replace(Arc::from(authorities));
        assert!(stage.settle().await.unwrap_err().starts_with("authorities: "), "{authorities}");
    }
    assert_eq!(stage.writes(), [""; 0]);
    for path in [MUTATING, VALIDATING] {
        assert_eq!(stage.webhooks(path), Value::Null);
    }
}

#[tokio::test]
async fn what_the_file_says_is_applied_once() {
    let authority = authority();
    let webhook = Webhook::begin(&authority).await;
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    assert_eq!(stage.settle().await, Ok(Outcome::Written));
    let gets = [format!("GET {MUTATING}"), format!("GET {VALIDATING}")];
    let patches = [format!("PATCH {MUTATING}{APPLIED}"), format!("PATCH {VALIDATING}{APPLIED}")];
    assert_eq!(stage.api.calls(), [&gets[..], &patches[..]].concat());
    let mut object = stage.api.get(MUTATING);
    object["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let bundle = STANDARD.encode(&authority.authorities);
    let rules = json!([
        {"apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
            "resources": ["ingresses"], "scope": "Namespaced"},
        {"apiGroups": ["gateway.networking.k8s.io"], "apiVersions": ["v1", "v1beta1"],
            "operations": ["CREATE", "UPDATE"], "resources": ["httproutes", "grpcroutes"], "scope": "Namespaced"},
    ]);
    let selector = json!({"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn",
        "values": ["kube-system", "dast-system"]}]});
    let condition = json!({"name": "not-deleted", "expression": "!has(object.metadata.deletionTimestamp)"});
    let client = |path: &str| {
        json!({"caBundle": bundle, "service": {"name": "dast-operator-webhook", "namespace": "dast-system",
            "path": path, "port": 443}})
    };
    let park = json!({"name": "park.dast.security.banzaicloud.io", "clientConfig": client("/mutate"), "rules": rules,
        "matchPolicy": "Equivalent", "namespaceSelector": selector, "objectSelector": {},
        "matchConditions": [condition], "failurePolicy": "Fail", "timeoutSeconds": 5, "sideEffects": "None",
        "admissionReviewVersions": ["v1"], "reinvocationPolicy": "IfNeeded"});
    assert_eq!(
        object,
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "dast-operator-webhook", "uid": "uid-MutatingWebhookConfiguration"},
            "webhooks": [park]})
    );
    let validating = stage.webhooks(VALIDATING);
    let [gate, glass] = &validating.as_array().unwrap()[..] else { panic!() };
    assert_eq!((&gate["clientConfig"], &gate["failurePolicy"]), (&client("/validate"), &json!("Fail")));
    assert_eq!(
        (&glass["clientConfig"], &glass["sideEffects"]),
        (&client("/break-glass"), &json!("NoneOnDryRun"))
    );
    assert!(gate.get("reinvocationPolicy").is_none());

    assert_eq!(stage.settle().await, Ok(Outcome::Kept));
    assert_eq!(stage.api.calls(), gets, "the webhook is not asked each time, and nothing is written");
}

#[tokio::test]
async fn drift_is_repaired() {
    let authority = authority();
    let webhook = Webhook::begin(&authority).await;
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    assert_eq!(stage.settle().await, Ok(Outcome::Written));
    let before = [MUTATING, VALIDATING].map(|path| stage.webhooks(path));
    stage.api.calls();
    let changes: [fn(&mut Value); 5] = [
        |object| object["webhooks"][0]["failurePolicy"] = json!("Ignore"),
        |object| object["webhooks"][0]["clientConfig"]["caBundle"] = json!("eA=="),
        |object| object["webhooks"][0]["objectSelector"] = json!({"matchLabels": {"gated": "true"}}),
        |object| object["webhooks"][0]["matchConditions"][0]["expression"] = json!("false"),
        |object| object["webhooks"] = json!([]),
    ];
    for change in changes {
        stage.api.change(VALIDATING, change);
        assert_eq!(stage.settle().await, Ok(Outcome::Written));
        assert_eq!(stage.writes(), [format!("PATCH {VALIDATING}{APPLIED}")]);
        assert_eq!([MUTATING, VALIDATING].map(|path| stage.webhooks(path)), before);
    }
}

#[tokio::test]
async fn a_webhook_that_is_down_stays_registered_as_the_file_says() {
    let authority = authority();
    let webhook = Webhook::begin(&authority).await;
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    assert_eq!(stage.settle().await, Ok(Outcome::Written));
    let before = stage.webhooks(VALIDATING);
    webhook.status.store(503, Ordering::Relaxed);
    assert_eq!(stage.settle().await, Ok(Outcome::Kept));
    // Who wants nobody to be kept out meanwhile can have that, but other authorities wait.
    stage.change_file("failurePolicy: Fail", "failurePolicy: Ignore");
    let more = format!("{}{}", authority.authorities, self::authority().authorities);
    stage.authorities.send_replace(Arc::from(&*more));
    assert!(stage.settle().await.unwrap_err().starts_with("not_ready: "));
    let after = stage.webhooks(VALIDATING);
    assert_eq!(after[0]["failurePolicy"], "Ignore");
    assert_eq!(after[0]["clientConfig"], before[0]["clientConfig"]);
    webhook.status.store(200, Ordering::Relaxed);
    assert_eq!(stage.settle().await, Ok(Outcome::Written));
    for path in [MUTATING, VALIDATING] {
        assert_eq!(stage.webhooks(path)[0]["clientConfig"]["caBundle"], STANDARD.encode(&more));
    }
    assert_eq!(stage.settle().await, Ok(Outcome::Kept));
    // A part of it that is not registered yet waits, the other does not.
    webhook.status.store(503, Ordering::Relaxed);
    stage.api.change(MUTATING, |object| object["webhooks"] = json!([]));
    stage.change_file("timeoutSeconds: 5", "timeoutSeconds: 9");
    assert!(stage.settle().await.unwrap_err().starts_with("not_ready: "));
    assert_eq!(stage.webhooks(MUTATING), json!([]));
    assert_eq!(stage.webhooks(VALIDATING)[0]["timeoutSeconds"], 9);
}

#[tokio::test]
async fn what_the_chart_does_not_make_is_not_made() {
    let authority = authority();
    let webhook = Webhook::begin(&authority).await;
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    stage.api.remove(VALIDATING);
    let missing =
        "missing: there is no ValidatingWebhookConfiguration `dast-operator-webhook`: the chart makes it";
    assert_eq!(stage.settle().await, Err(missing.to_owned()));
    // It is uninstalled between the look and the write.
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    stage.api.meddle(|call, objects| {
        if call.starts_with("PATCH") {
            objects.clear();
        }
        None
    });
    assert!(stage.settle().await.unwrap_err().starts_with("api: "));
    assert!(stage.api.find(MUTATING).is_none() && stage.api.find(VALIDATING).is_none());
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    stage.api.meddle(|_, _| Some(StatusCode::FORBIDDEN));
    let refused = "api: MutatingWebhookConfiguration `dast-operator-webhook` can be neither read nor written";
    assert_eq!(stage.settle().await, Err(refused.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_told_once_and_counted_each_time() {
    // Nobody is asked while time stands still: what is registered is what the file says.
    let authority = authority();
    let stage = Stage::new(&authority.authorities, None);
    let settled = settled(&authority).await;
    stage.api.meddle(|_, _| Some(StatusCode::SERVICE_UNAVAILABLE));
    let Stage { api, file, authorities, registrar } = stage;
    let mut registry = Registry::default();
    registrar.register(&mut registry);
    let mut told = pin!(registrar.watch());
    assert_eq!(told.next().await.unwrap().unwrap_err().category(), "api");
    assert!(timeout(Duration::from_secs(95), told.next()).await.is_err(), "it is the same");
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    assert!(text.contains("dast_registration_errors_total{category=\"api\"} 10\n"), "{text}");

    api.meddle(|_, _| None);
    api.remove(MUTATING);
    assert_eq!(told.next().await.unwrap().unwrap_err().category(), "missing");
    for (path, object) in settled {
        api.put(path, object);
    }
    assert_eq!(told.next().await.unwrap().unwrap(), Outcome::Kept);
    api.calls();
    assert!(timeout(Duration::from_secs(5 * 60 + 1), told.next()).await.is_err(), "all is well");
    assert_eq!(api.calls().len(), 2 * 10);
    // The file and the authorities are looked at as soon as they change.
    api.remove(MUTATING);
    authorities.send_replace(Arc::from("nonsense"));
    assert_eq!(
        timeout(Duration::from_secs(1), told.next()).await.unwrap().unwrap().unwrap_err().category(),
        "missing"
    );
    // Nobody changes them any more, which is no reason to look all the time.
    drop((file, authorities));
    api.calls();
    assert!(timeout(Duration::from_secs(60), told.next()).await.is_err());
    assert!(api.calls().len() <= 6);
}

/// Both configurations as they are to be.
async fn settled(authority: &Held) -> [(&'static str, Value); 2] {
    tokio::time::resume();
    let webhook = Webhook::begin(authority).await;
    let stage = Stage::new(&authority.authorities, Some(webhook.at));
    assert_eq!(stage.settle().await, Ok(Outcome::Written));
    tokio::time::pause();
    [MUTATING, VALIDATING].map(|path| (path, stage.api.get(path)))
}

#[tokio::test]
async fn a_registration_is_taken_away_once() {
    let server = Api::default();
    let paths = [MUTATING, VALIDATING];
    paths.iter().for_each(|path| server.put(path, json!({"metadata": {"name": "dast-operator-webhook"}})));
    for _ in 0..2 {
        unregister(&server.client(), "dast-operator-webhook").await.unwrap();
        assert!(paths.iter().all(|path| server.find(path).is_none()));
    }
    server.meddle(|_, _| Some(StatusCode::FORBIDDEN));
    assert!(unregister(&server.client(), "dast-operator-webhook").await.is_err());
}
