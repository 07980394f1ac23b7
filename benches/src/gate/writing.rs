//! What the gate adds to a write: Ingresses that are made where the API server asks, and where it does not.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use super::process::Webhook;
use super::registration::{GATED, register};
use super::world::{self, NAMESPACES, namespace};
use crate::operator::{Stage, runtime};
use crate::options::Options;
use crate::program::program;
use crate::table::{Goal, Row, Table};
use crate::timing::interleave;

const TARGETS: u32 = 1_000;
/// Ingresses of one turn, one after the other.
const IN_A_ROW: u32 = 200;
const MOST_ADDED: Duration = Duration::from_millis(5);
/// An API server hears of a registration within this.
const PATIENCE: Duration = Duration::from_secs(30);
const PARKED: &str = "dast-parked";

/// Creating Ingresses with the gate against without.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    // Another group may have chosen it before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let stage = Stage::begin(&program(options.operator(), "dast-operator")?, false)?;
    let webhook = program(options.webhook(), "dast-webhook")?;
    let runtime = runtime()?;
    let client = runtime.block_on(stage.client())?;
    let webhook = runtime.block_on(async {
        eprintln!("gate: making {TARGETS} targets");
        world::make(&client, &stage.operator_client().await?, TARGETS).await?;
        let webhook = Webhook::start(&webhook, &stage, "webhook").await?;
        register(&stage, &client, &webhook).await?;
        label(&client, 0).await?;
        asked(&client).await?;
        anyhow::Ok(webhook)
    })?;
    let mut writers = [Writer::new(&client, 0), Writer::new(&client, 1)];
    let [with, without] = &mut writers;
    let samples =
        interleave(options.rounds(15), [&mut || with.turn(&runtime), &mut || without.turn(&runtime)])?;
    let [with, without] = &samples;
    let made = u64::from(writers.iter().map(|writer| writer.made).min().unwrap_or_default());
    for door in ["Park", "Judge"] {
        let decisions = runtime.block_on(webhook.decisions(door))?;
        ensure!(decisions >= made, "{made} Ingresses were made, and {decisions} judged at `{door}`");
    }
    let added = with.median()?.saturating_sub(without.median()?);
    table.push(Row {
        what: format!(
            "creating an Ingress with three backends, p99, with the gate and without: {added:.2?} more"
        ),
        ours: with.to_string(),
        peer: without.to_string(),
        ratio: Some(with.ratio_to(without)?),
        goal: Goal::Judged(format!("< {MOST_ADDED:?} more"), added < MOST_ADDED),
    });
    Ok(())
}

async fn label(client: &Client, number: u32) -> Result<()> {
    let patch = Patch::Merge(json!({"metadata": {"labels": {GATED: "true"}}}));
    let namespaces = Api::<Namespace>::all(client.clone());
    Ok(namespaces.patch(&namespace(number), &PatchParams::default(), &patch).await.map(drop)?)
}

/// Waits until what is not proven is parked where the gate is, and sees that it is not elsewhere.
async fn asked(client: &Client) -> Result<()> {
    let began = Instant::now();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let class = async |number: u32| -> Result<Option<String>> {
        let routes = Api::<Ingress>::namespaced(client.clone(), &namespace(number));
        let made = routes.create(&dry, &route("unproven", ["nobody".to_owned()])?).await?;
        Ok(made.spec.and_then(|spec| spec.ingress_class_name))
    };
    while class(0).await?.as_deref() != Some(PARKED) {
        ensure!(began.elapsed() < PATIENCE, "the API server asks nobody");
        sleep(Duration::from_millis(100)).await;
    }
    ensure!(class(1).await?.as_deref() == Some("public"), "it is asked about everywhere");
    Ok(())
}

/// Makes Ingresses in one namespace.
struct Writer {
    routes: Api<Ingress>,
    namespace: u32,
    made: u32,
}

impl Writer {
    fn new(client: &Client, number: u32) -> Self {
        Self { routes: Api::namespaced(client.clone(), &namespace(number)), namespace: number, made: 0 }
    }

    /// All but one of a hundred take no longer.
    fn turn(&mut self, runtime: &Runtime) -> Result<Duration> {
        let services = [0, 1, 2].map(|turn| format!("service-{}", self.namespace + turn * NAMESPACES));
        runtime.block_on(async {
            let mut durations = Vec::new();
            for _ in 0..IN_A_ROW {
                let route = route(&format!("front-{}", self.made), services.clone())?;
                self.made += 1;
                let began = Instant::now();
                let made = self.routes.create(&PostParams::default(), &route).await?;
                durations.push(began.elapsed());
                let class = made.spec.and_then(|spec| spec.ingress_class_name);
                ensure!(class.as_deref() == Some("public"), "what has passed is parked");
            }
            durations.sort();
            durations.get(durations.len() * 99 / 100).copied().context("nothing was written")
        })
    }
}

/// An Ingress to these Services, each under its own host, which was scanned.
fn route(name: &str, services: impl IntoIterator<Item = String>) -> Result<Ingress> {
    let rules = services.into_iter().map(|service| {
        let backend = json!({"service": {"name": service, "port": {"number": 80}}});
        json!({"host": format!("{service}.example"), "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": backend}]}})
    });
    let rules: Vec<_> = rules.collect();
    Ok(serde_json::from_value(json!({
        "metadata": {"name": name}, "spec": {"ingressClassName": "public", "rules": rules},
    }))?)
}
