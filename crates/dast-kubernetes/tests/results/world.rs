//! A cluster in which a run of the shop is under way, and the operator that takes its results.

use std::sync::{Arc, RwLock};

use axum::Router;
use axum::body::Body;
use dast_core::discovery::{
    Container, Endpoint, EndpointPort, EndpointSlice, Index, Namespace, ObjectName, Pod, Service, ServicePort,
};
use dast_kubernetes::crd::{ScanReport, ScanRun};
use dast_kubernetes::results::{Category, Results, ResultsSettings, router};
use dast_policy::{
    AlertRef, Authentication, Collector, Completion, Confidence, Coverage, Engine, Exposure, Finding,
    Profile, Report, Revision, Scan, Severity, Subject,
};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::api::Api;

pub const TOKEN: &str = "token-of-the-pod";
pub const POD: &str = "/api/v1/namespaces/dast-scans/pods/dast-web-1-abcde";
pub const RUN: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scanruns/web-1";
pub const TARGET: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scantargets/web-80";
pub const REPORT: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/shop/scanreports/web-80";
pub const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
pub const APPLIED: &str = "?&force=true&fieldManager=dast-operator";

pub struct World {
    pub api: Api,
    pub index: Arc<RwLock<Index>>,
    pub leads: watch::Sender<bool>,
    pub router: Router,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub category: Option<&'static str>,
    pub retry_after: bool,
    pub problem: Value,
}

impl World {
    pub fn new() -> Self {
        let (api, index) = (Api::default(), Arc::new(RwLock::new(index("1"))));
        api.token(TOKEN, review("dast-scans:dast-analyzer", "dast-web-1-abcde", "pod-uid"));
        api.put(POD, pod());
        api.put(TARGET, target());
        api.put(RUN, run(revision(&index.read().unwrap()).as_str()));
        let leads = watch::Sender::new(true);
        let router = operator(&api, &index, &leads);
        Self { api, index, leads, router }
    }

    /// The same cluster with an operator that was started anew.
    pub fn restart(&mut self) {
        self.router = operator(&self.api, &self.index, &self.leads);
    }

    /// What the scan of the run found.
    pub fn report(&self, findings: Vec<Finding>) -> Report {
        report(scan(&revision(&self.index.read().unwrap())), findings)
    }

    pub async fn deliver(&self, report: &Report) -> Answer {
        self.post(&path(2, "report"), TOKEN, serde_json::to_vec(report).unwrap()).await
    }

    pub async fn post(&self, path: &str, token: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub fn run(&self) -> ScanRun {
        serde_json::from_value(self.api.get(RUN)).unwrap()
    }

    pub fn stored(&self) -> ScanReport {
        serde_json::from_value(self.api.get(REPORT)).unwrap()
    }

    /// Another revision runs.
    pub fn roll_out(&self) {
        *self.index.write().unwrap() = index("2");
    }
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let status = response.status();
        let category = response.extensions().get::<Category>().map(|category| category.0);
        let retry_after = response.headers().contains_key("retry-after");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Self { status, category, retry_after, problem }
    }

    pub fn is_taken(&self) -> bool {
        self.status == StatusCode::NO_CONTENT
    }
}

fn operator(api: &Api, index: &Arc<RwLock<Index>>, leads: &watch::Sender<bool>) -> Router {
    router(Results::new(api.client(), Arc::clone(index), leads.subscribe(), ResultsSettings::default))
}

pub fn path(attempt: u32, what: &str) -> String {
    format!("/v1/runs/shop/web-1/run-uid/attempts/{attempt}/{what}")
}

pub fn review(account: &str, pod: &str, uid: &str) -> Value {
    json!({
        "authenticated": true, "audiences": ["dast-operator"],
        "user": {"username": format!("system:serviceaccount:{account}"), "extra": {
            "authentication.kubernetes.io/pod-name": [pod], "authentication.kubernetes.io/pod-uid": [uid],
        }},
    })
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "dast-web-1-abcde", "namespace": "dast-scans", "uid": "pod-uid",
            "labels": {
                "dast.security.banzaicloud.io/run-uid": "run-uid", "dast.security.banzaicloud.io/attempt": "2",
            },
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "Job", "name": "dast-web-1", "uid": "job-uid", "controller": true,
            }],
        },
    })
}

fn target() -> Value {
    json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
        "metadata": {"name": "web-80", "namespace": "shop", "uid": "target-uid"},
        "spec": {
            "service": {"name": "web", "port": 80, "portName": "http"},
            "origin": "http://web.shop.svc", "scanner": {"namespace": "dast-system", "name": "zap"},
        },
    })
}

fn run(revision: &str) -> Value {
    json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanRun",
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "run-uid"},
        "spec": {"target": "web-80"},
        "status": {
            "phase": "Starting", "attempt": 2, "job": "dast-web-1", "turn": "2026-06-01T10:00:00.123456Z",
            "basis": {
                "revision": revision, "profile": "baseline", "settings": "settings-hash",
                "scanner": {"namespace": "dast-system", "name": "zap"},
            },
        },
    })
}

/// A cluster with the shop, of which that image runs.
fn index(image: &str) -> Index {
    let mut index = Index::default();
    let web = ObjectName::new("shop", "web");
    let _ = index.apply(Namespace { name: "shop".into(), scan: Some("true".to_owned()) });
    let mut service = Service::new(web.clone(), "service-uid");
    service.ports.push(ServicePort::tcp(80));
    let _ = index.apply(service);
    let mut pod = Pod::new(ObjectName::new("shop", "web-1"), ["10.0.0.7".parse().unwrap()]);
    pod.containers.push(Container::new("web", format!("shop@sha256:{}", image.repeat(64))));
    let _ = index.apply(pod);
    let mut slice = EndpointSlice::new(ObjectName::new("shop", "web-x1"), "web");
    slice.ports.push(EndpointPort::tcp("", 8080));
    slice.endpoints.push(Endpoint::ready("10.0.0.7".into()));
    let _ = index.apply(slice);
    index
}

fn revision(index: &Index) -> Revision {
    index.targets()[0].revision().unwrap().clone()
}

pub fn scan(revision: &Revision) -> Scan {
    Scan {
        subject: Subject {
            target: "shop/web:http".to_owned(),
            origin: "http://web.shop.svc".parse().unwrap(),
            covered: vec![Exposure::new("web.shop.svc", "/")],
        },
        revision: Some(revision.clone()),
        profile: Profile { name: "baseline".to_owned(), hash: "settings-hash".to_owned() },
        engine: Engine {
            name: "zap".to_owned(),
            version: "2.17.0".to_owned(),
            rule_set: "rules".to_owned(),
            passive: true,
        },
        started: "2026-06-01T10:00:01Z".parse().unwrap(),
        ended: "2026-06-01T10:05:00Z".parse().unwrap(),
        completion: Completion::Complete,
        coverage: Coverage { pages: 12, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    }
}

pub fn report(scan: Scan, findings: Vec<Finding>) -> Report {
    let mut collector = Collector::new();
    findings.iter().for_each(|finding| collector.add(finding));
    Report { evidence: collector.finish(scan), findings, rules: Vec::new() }
}

pub fn finding(page: usize, text: &str) -> Finding {
    let url = format!("http://web.shop.svc/{page}");
    Finding::new(AlertRef::of("40012").unwrap(), Severity::High, Confidence::Medium, "GET", &url)
        .unwrap()
        .named(text)
        .with_param(text)
        .with_evidence(text)
        .with_other(text)
}
