//! The gate as API servers ask it, beside a server that decodes the same and answers a constant.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::routing::post;
use axum::{Json, Router};
use axum_server::tls_rustls::RustlsConfig;
use dast_core::admission::ScannedTarget;
use dast_core::discovery::Service;
use dast_kubernetes::admission::{Admission, router};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::manifests::Manifests;
use dast_runtime::https;
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview};
use reqwest::{Certificate, Client};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::admission::{FINDINGS, target};
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, interleave};

/// Requests of one turn, one after the other.
const IN_A_ROW: usize = 2_000;
/// Those who ask at once when it is about how many are answered.
const AT_ONCE: usize = 8;
/// Connections beside them that have only begun to ask.
const SLOW: usize = 1_000;
/// Targets that are known, of which the route names three.
const TARGETS: u32 = 1_000;

/// What a whole request takes.
pub(crate) fn answering(options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("answering: HTTPS requests about a route with three backends");
    // Another group may have chosen it before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let stage = runtime.block_on(Stage::begin())?;
    runtime.block_on(stage.lets_in())?;
    let rounds = options.rounds(5);

    let [ours, peer] = interleave(
        rounds,
        [&mut || stage.quantile(&runtime, stage.ours, 50), &mut || stage.quantile(&runtime, stage.peer, 50)],
    )?;
    table.push(row("a request, p50", &ours, &peer, Goal::AtMost(1.25))?);
    let [ours, peer] = interleave(
        rounds,
        [&mut || stage.quantile(&runtime, stage.ours, 99), &mut || stage.quantile(&runtime, stage.peer, 99)],
    )?;
    table.push(row("a request, p99", &ours, &peer, Goal::AtMost(1.5))?);
    let [ours, peer] = interleave(
        rounds,
        [&mut || stage.together(&runtime, stage.ours), &mut || stage.together(&runtime, stage.peer)],
    )?;
    // At least 0.8 times as many a second is at most 1.25 times as long.
    table.push(row("a request of 8 at once, by how many are answered", &ours, &peer, Goal::AtMost(1.25))?);

    let [beside, alone] = interleave(
        rounds,
        [
            &mut || {
                let _slow = runtime.block_on(stage.slow())?;
                stage.quantile(&runtime, stage.ours, 99)
            },
            &mut || stage.quantile(&runtime, stage.ours, 99),
        ],
    )?;
    let what = format!("a request, p99, beside {SLOW} connections that have only begun to ask, and alone");
    table.push(row(&what, &beside, &alone, Goal::AtMost(2.0))?);
    Ok(())
}

fn row(what: &str, ours: &Samples, peer: &Samples, goal: Goal) -> Result<Row> {
    let (what, ratio) = (what.to_owned(), Some(ours.ratio_to(peer)?));
    Ok(Row { what, ours: ours.to_string(), peer: peer.to_string(), ratio, goal })
}

/// Two servers with one certificate, and a client that trusts it.
struct Stage {
    ours: SocketAddr,
    peer: SocketAddr,
    client: Client,
    by_hand: TlsConnector,
    review: String,
}

/// What goes on as long as this is kept.
type Slow = (Vec<TcpStream>, Vec<TlsStream<TcpStream>>);

impl Stage {
    async fn begin() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let tls = RustlsConfig::from_pem(chain.clone().into(), key.into()).await?;
        let (_, configuration) = tokio::sync::watch::channel(Arc::new(Configuration::default()));
        let gate = Admission::new("dast-system", configuration).knowing(&known()?);
        let constant = Router::new().route("/validate", post(constant));
        Ok(Self {
            ours: serve_as_released(router(Arc::new(gate)), &tls).await?,
            peer: serve(constant, &tls).await?,
            client: Client::builder()
                .add_root_certificate(Certificate::from_pem(chain.as_bytes())?)
                .build()?,
            by_hand: by_hand(&chain)?,
            review: review().to_string(),
        })
    }

    /// What is measured is an answer that was thought about.
    async fn lets_in(&self) -> Result<()> {
        let answer: Value = serde_json::from_str(&self.ask(self.ours).await?)?;
        let response = answer.get("response").context("there is no response")?;
        ensure!(response.pointer("/auditAnnotations/verdict") == Some(&json!("Pass")), "{response}");
        Ok(())
    }

    async fn ask(&self, address: SocketAddr) -> Result<String> {
        let request = self.client.post(format!("https://localhost:{}/validate", address.port()));
        let request = request.header("content-type", "application/json").body(self.review.clone());
        Ok(request.send().await?.error_for_status()?.text().await?)
    }

    /// Of half of them the handshake has begun, of the others the head of a request.
    async fn slow(&self) -> Result<Slow> {
        let (mut shaking, mut asking) = (Vec::new(), Vec::new());
        for _ in 0..SLOW / 2 {
            let mut connection = TcpStream::connect(self.ours).await?;
            // The type and the version of a record.
            connection.write_all(&[0x16, 0x03, 0x01]).await?;
            shaking.push(connection);
            let connection = TcpStream::connect(self.ours).await?;
            let mut connection = self.by_hand.connect(ServerName::try_from("localhost")?, connection).await?;
            connection.write_all(b"POST /validate HTTP/1.1\r\nhost: local").await?;
            asking.push(connection);
        }
        Ok((shaking, asking))
    }

    /// So many of a hundred requests take no longer.
    fn quantile(&self, runtime: &Runtime, address: SocketAddr, percent: usize) -> Result<Duration> {
        runtime.block_on(async {
            let mut durations = Vec::with_capacity(IN_A_ROW);
            for _ in 0..IN_A_ROW {
                let began = Instant::now();
                self.ask(address).await?;
                durations.push(began.elapsed());
            }
            durations.sort();
            durations.get(durations.len() * percent / 100).copied().context("nothing was asked")
        })
    }

    /// What one request of many takes when some ask at once.
    fn together(&self, runtime: &Runtime, address: SocketAddr) -> Result<Duration> {
        runtime.block_on(async {
            let began = Instant::now();
            let askers = (0..AT_ONCE).map(|_| async {
                for _ in 0..IN_A_ROW / AT_ONCE {
                    self.ask(address).await?;
                }
                anyhow::Ok(())
            });
            futures_util::future::try_join_all(askers).await?;
            Ok(began.elapsed() / u32::try_from(IN_A_ROW)?)
        })
    }
}

fn by_hand(chain: &str) -> Result<TlsConnector> {
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_slice(chain.as_bytes())?)?;
    let client = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(client)))
}

/// With all limits that the released program has.
async fn serve_as_released(router: Router, tls: &RustlsConfig) -> Result<SocketAddr> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
    let stop = CancellationToken::new();
    let serving = https::serve(address, router, tls.clone(), stop, Duration::ZERO);
    tokio::spawn(serving);
    while TcpStream::connect(address).await.is_err() {
        tokio::task::yield_now().await;
    }
    Ok(address)
}

async fn serve(router: Router, tls: &RustlsConfig) -> Result<SocketAddr> {
    let handle = axum_server::Handle::new();
    let server = axum_server::bind_rustls(SocketAddr::from(([127, 0, 0, 1], 0)), tls.clone());
    tokio::spawn(server.handle(handle.clone()).serve(router.into_make_service()));
    handle.listening().await.context("nobody listens")
}

/// Decodes what it is asked, and lets everything in.
async fn constant(
    Json(review): Json<AdmissionReview<DynamicObject>>,
) -> Json<AdmissionReview<DynamicObject>> {
    let request: Result<AdmissionRequest<DynamicObject>, _> = review.try_into();
    Json(match request {
        Ok(request) => AdmissionResponse::from(&request).into_review(),
        Err(error) => AdmissionResponse::invalid(error).into_review(),
    })
}

/// A cluster whose targets have passed, as objects.
fn known() -> Result<Manifests> {
    let mut manifests = Manifests::new("default");
    manifests.read(
        &json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ClusterThresholdPolicy",
            "metadata": {"name": "ceiling"}, "spec": {"thresholds": {"alerts": {"high": {"fail": 100}, "medium": {"fail": 100}}}}})
        .to_string(),
    )?;
    let now = jiff::Timestamp::now();
    for number in 0..TARGETS {
        let (service, target) = target(number, TARGETS, FINDINGS, now)?;
        manifests.read(&service_object(&service).to_string())?;
        manifests.read(&target_object(&service, &target)?.to_string())?;
    }
    Ok(manifests)
}

pub(crate) fn service_object(service: &Service) -> Value {
    json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": service.name.name, "namespace": service.name.namespace, "uid": service.uid},
        "spec": {"selector": {"app": service.name.name}, "ports": [{"name": "http", "port": 80}]}})
}

pub(crate) fn target_object(service: &Service, target: &ScannedTarget) -> Result<Value> {
    let evidence = target.evidence.as_ref().ok().and_then(Option::as_ref).context("it was not scanned")?;
    Ok(json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
        "metadata": {"name": target.id.object_name().name, "namespace": service.name.namespace},
        "spec": {"service": {"name": service.name.name, "port": 80, "portName": "http", "uid": service.uid},
            "origin": target.origin.to_string(), "scanner": {"namespace": "dast-system", "name": "default"}},
        "status": {"phase": "Idle", "revision": "1", "serviceHash": target.service_hash,
            "profile": {"name": "full", "hash": "1"}, "evidence": **evidence}}))
}

/// What an API server asks when somebody makes an Ingress with three backends.
/// What an API server asks about a route with three backends.
pub(crate) fn review() -> Value {
    let namespaces = TARGETS / 10;
    let rules: Vec<Value> = (0..3)
        .map(|turn| {
            let number = 7 + turn * namespaces;
            let service = json!({"name": format!("service-{number}"), "port": {"number": 80}});
            json!({"host": format!("service-{number}.example"), "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": service}}]}})
        })
        .collect();
    let kind = json!({"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"});
    let resource = json!({"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"});
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "kind": kind, "resource": resource, "requestKind": kind,
        "requestResource": resource, "name": "front", "namespace": "namespace-7", "operation": "CREATE",
        "userInfo": {"username": "jane", "groups": ["system:authenticated"]}, "dryRun": false,
        "object": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "front", "namespace": "namespace-7",
                "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "8m"}},
            "spec": {"ingressClassName": "public", "rules": rules}},
        "oldObject": null, "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
    }})
}
