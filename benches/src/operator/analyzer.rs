//! An analyzer that is played: it reads the order of its pod, and delivers what a scan of a second would find, in the way by
//! which results come. It visits nothing.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dast_kubernetes::job::{AUDIENCE, SERVICE_ACCOUNT};
use dast_kubernetes::order::Order;
use dast_policy::{
    AlertRef, Authentication, Collector, Completion, Confidence, Coverage, Engine, Exposure, Finding, Report,
    Scan, Severity, Subject,
};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config, ResourceExt};
use serde_json::json;
use tokio::time::sleep;

use super::stage::SCANS;

/// How long a scan of a very small application takes.
const SCAN: Duration = Duration::from_secs(1);
/// The pause after a report that was not taken, and how often it is delivered again.
const PAUSE: Duration = Duration::from_millis(500);
const TRIES: u32 = 60;

/// Does what the analyzer of this pod is there for.
pub(super) async fn deliver(client: &Client, pod: &Pod) -> Result<()> {
    let order = order(pod)?;
    let began = Timestamp::now();
    sleep(SCAN).await;
    let report = serde_json::to_vec(&report(&order, began)?)?;
    let operator = operator(&order, &token(client, pod).await?).await?;
    for _ in 0..TRIES {
        let request = http::Request::post(order.report_path()).header("content-type", "application/json");
        match operator.send(request.body(report.clone().into())?).await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) if answer.status().as_u16() == 429 || answer.status().is_server_error() => {
                sleep(PAUSE).await
            }
            Ok(answer) => bail!("the operator refused a report: {}", answer.status()),
            Err(_) => sleep(PAUSE).await,
        }
    }
    bail!("the operator did not take a report")
}

fn order(pod: &Pod) -> Result<Order> {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let mut variables = containers.flat_map(|container| container.env.iter().flatten());
    let order = variables.find(|variable| variable.name == Order::VARIABLE);
    let order = order.and_then(|order| order.value.as_deref()).context("a pod without an order")?;
    Ok(serde_json::from_str(order)?)
}

/// A token as the kubelet gets it for the pod.
async fn token(client: &Client, pod: &Pod) -> Result<String> {
    let request: TokenRequest = serde_json::from_value(json!({"metadata": {}, "spec": {
        "audiences": [AUDIENCE], "expirationSeconds": 600,
        "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod.name_any(), "uid": pod.uid()},
    }}))?;
    let accounts = Api::<ServiceAccount>::namespaced(client.clone(), SCANS);
    let made = accounts.create_token_request(SERVICE_ACCOUNT, &PostParams::default(), &request).await?;
    Ok(made.status.context("no token was made")?.token)
}

/// A client of the operator, which trusts the authorities of the order only.
async fn operator(order: &Order, token: &str) -> Result<Client> {
    let kubeconfig: Kubeconfig = serde_json::from_value(json!({
        "current-context": "operator",
        "contexts": [{"name": "operator", "context": {"cluster": "operator", "user": "analyzer"}}],
        "clusters": [{"name": "operator", "cluster": {
            "server": order.delivery.url, "certificate-authority-data": BASE64_STANDARD.encode(&order.delivery.authorities),
        }}],
        "users": [{"name": "analyzer", "user": {"token": token}}],
    }))?;
    Ok(Client::try_from(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?)?)
}

/// Three findings that no policy minds.
fn report(order: &Order, began: Timestamp) -> Result<Report> {
    let origin = order.origins.first().context("an order without origins")?.clone();
    let of = |page: u32| {
        let url = format!("{origin}/page-{page}");
        Ok(Finding::new(AlertRef::of("10021")?, Severity::Low, Confidence::Medium, "GET", &url)?
            .named("Guessed types"))
    };
    let findings = (0..3).map(of).collect::<Result<Vec<_>>>()?;
    let mut collector = Collector::new();
    findings.iter().for_each(|finding| collector.add(finding));
    let mut covered = order.exposures.clone();
    covered.push(Exposure::new(origin.host(), "/"));
    let scan = Scan {
        subject: Subject { target: order.target.clone(), origin, covered },
        revision: order.revision.clone(),
        profile: order.profile.clone(),
        engine: Engine {
            name: "played".to_owned(),
            version: "1".to_owned(),
            rule_set: "1".to_owned(),
            passive: true,
        },
        started: began,
        ended: Timestamp::now(),
        completion: Completion::Complete,
        coverage: Coverage { pages: 12, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    };
    Ok(Report { evidence: collector.finish(scan), findings, rules: Vec::new() })
}
