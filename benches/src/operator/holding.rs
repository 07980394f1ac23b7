//! What the operator holds in memory, and how soon it knows a cluster.

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_lab::kubernetes::Component;
use k8s_openapi::api::core::v1::Service;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::time::sleep;

use super::bare;
use super::objects::{World, at_once};
use super::stage::{Stage, runtime};
use crate::memory::resident as row;
use crate::options::Options;
use crate::program::program;
use crate::table::{Goal, Row, Table};
use crate::timing::Samples;

const SERVICES: u32 = 10_000;
const MOST_KIB: u64 = 250 * 1024;
const MOST_EMPTY_KIB: u64 = 40 * 1024;
/// One Service of so many is to be scanned.
const SCANNED: u32 = 10;
/// For what follows from a start.
const SETTLE: Duration = Duration::from_secs(20);

/// An empty cluster, and one with 10,000 Services, 30,000 EndpointSlices and 50,000 pods.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    let program = program(options.operator(), "dast-operator")?;
    let stage = Stage::begin(&program, false)?;
    runtime()?.block_on(hold(&stage, options, table))
}

async fn hold(stage: &Stage, options: &Options, table: &mut Table) -> Result<()> {
    let client = stage.client().await?;
    let configuration = json!({});
    let mut operator = stage.start(&configuration)?;
    operator.ready().await?;
    sleep(SETTLE).await;
    let empty = operator.most_resident_kib()?;
    operator.end()?;

    // What follows from objects is made here, and as much of it as is asked for.
    [Component::ControllerManager, Component::Scheduler]
        .into_iter()
        .try_for_each(|component| stage.cluster().kill(component))?;
    let services = options.scaled(SERVICES);
    let world = World { services, pods: 5, slices: 3, prefix: "team", network: 16 };
    eprintln!("operator: making {services} Services, {} EndpointSlices, {} pods", 3 * services, 5 * services);
    world.make(&client).await?;
    let (mut listing, mut starting, mut resident) = (Vec::new(), Vec::new(), 0);
    for round in 0..=options.rounds(3) {
        let (bare, count) = bare::list(&client).await?;
        ensure!(count >= 9 * services as usize, "{count} objects are too few");
        let mut operator = stage.start(&configuration)?;
        let ready = operator.ready().await?;
        resident = resident.max(operator.most_resident_kib()?);
        eprintln!("operator: round {round}: listed in {bare:.2?}, ready in {ready:.2?}, {resident} KiB");
        if round > 0 {
            listing.push(bare);
            starting.push(ready);
        }
        operator.end()?;
    }
    annotate(&client, &world, (0..services).step_by(SCANNED as usize)).await?;
    let mut operator = stage.start(&configuration)?;
    operator.ready().await?;
    sleep(SETTLE).await;
    let scanning = operator.most_resident_kib()?;
    operator.end()?;
    let (listing, starting) = (Samples::new(listing), Samples::new(starting));
    let what = format!("{services} Services, {} EndpointSlices, {} pods", 3 * services, 5 * services);
    table.push(row("most resident memory of the operator, empty cluster".to_owned(), empty, MOST_EMPTY_KIB));
    table.push(row(format!("the same until it knows {what}"), resident, MOST_KIB));
    table.push(row(
        format!("the same when {} of them are to be scanned", services / SCANNED),
        scanning,
        MOST_KIB,
    ));
    table.push(Row {
        what: format!(
            "from the operator's start until it knows {what}, beside a bare client that lists them"
        ),
        ours: starting.to_string(),
        peer: listing.to_string(),
        ratio: Some(starting.ratio_to(&listing)?),
        goal: Goal::AtMost(2.0),
    });
    Ok(())
}

/// Asks for these Services to be scanned, all at once.
pub(super) async fn annotate(client: &Client, world: &World, which: impl Iterator<Item = u32>) -> Result<()> {
    at_once(which.map(async |number| {
        let (namespace, name) = world.name(number);
        let services = Api::<Service>::namespaced(client.clone(), &namespace);
        let patch = json!({"metadata": {"annotations": {"dast.security.banzaicloud.io/scan": "true"}}});
        Ok(services.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await.map(drop)?)
    }))
    .await
}
