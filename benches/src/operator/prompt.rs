//! How soon there is a Job for what was annotated.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::StreamExt;
use k8s_openapi::api::batch::v1::Job;
use kube::api::{DeleteParams, ListParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use tokio::time::{Instant, sleep, timeout};

use super::bare;
use super::holding::annotate;
use super::objects::World;
use super::stage::SCANS;
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::Samples;

/// So many are annotated at once.
pub(super) const SERVICES: u32 = 100;
/// A bare client makes one after the other, as programs that make objects do, or as many at a time as the operator does.
const AT_ONCE: [usize; 2] = [1, 16];
const PATIENCE: Duration = Duration::from_secs(120);
/// For what follows from a Job, which must not slow down who comes next.
const SETTLE: Duration = Duration::from_secs(5);
/// What the Jobs of the bare client are found by.
const BARE: (&str, &str) = ("made-by", "a-bare-client");

/// From the first write to the last Job that a watch tells of, beside a bare client that makes the same Jobs.
pub(super) async fn measure(
    client: &Client,
    world: &World,
    options: &Options,
    table: &mut Table,
) -> Result<()> {
    let jobs = Api::<Job>::namespaced(client.clone(), SCANS);
    let mut watched =
        pin!(watcher(jobs.clone(), watcher::Config::default()).default_backoff().applied_objects());
    let mut seen = BTreeSet::new();
    let (mut ours, mut bares) = (Vec::new(), AT_ONCE.map(|_| Vec::new()));
    for round in 0..=u32::try_from(options.rounds(3))? {
        let which = round * SERVICES..(round + 1) * SERVICES;
        let begun = Instant::now();
        let mut made = Vec::new();
        let awaited = async {
            while made.len() < SERVICES as usize {
                let job = watched.next().await.context("the watch of Jobs has ended")??;
                if !job.name_any().starts_with("bare-") && seen.insert(job.name_any()) {
                    made.push(job);
                }
            }
            Ok(begun.elapsed())
        };
        let both = timeout(PATIENCE, async { tokio::try_join!(annotate(client, world, which), awaited) });
        let elapsed = match both.await {
            Ok(both) => both?.1,
            Err(_) => bail!("in {PATIENCE:?}, there were {} of {SERVICES} Jobs", made.len()),
        };
        sleep(SETTLE).await;
        let mut told = Vec::new();
        for (at_once, bares) in AT_ONCE.into_iter().zip(&mut bares) {
            let named = |number| format!("bare-{round}-{at_once}-{number}");
            let jobs: Vec<Job> =
                made.iter().enumerate().map(|(number, job)| same(job, named(number))).collect();
            let bare = bare::create(client, SCANS, &jobs, at_once).await?;
            told.push(bare);
            if round > 0 {
                bares.push(bare);
            }
        }
        eprintln!(
            "operator: round {round}: {SERVICES} Jobs in {elapsed:.2?}, by a bare client in {told:.2?}"
        );
        if round > 0 {
            ours.push(elapsed);
        }
    }
    let of_bare = ListParams::default().labels(&format!("{}={}", BARE.0, BARE.1));
    jobs.delete_collection(&DeleteParams::background(), &of_bare).await?;
    let ours = Samples::new(ours);
    for (at_once, bare) in AT_ONCE.into_iter().zip(bares) {
        let bare = Samples::new(bare);
        table.push(Row {
            what: format!("from {SERVICES} annotations to as many Jobs, beside a bare client that makes them, {at_once} at a time"),
            ours: ours.to_string(),
            peer: bare.to_string(),
            ratio: Some(ours.ratio_to(&bare)?),
            goal: if at_once == 1 { Goal::AtMost(3.0) } else { Goal::None },
        });
    }
    if ours.median()?.is_zero() {
        bail!("no Job was waited for");
    }
    Ok(())
}

/// A Job as the operator made it, under another name, so that nobody takes it for one of the operator's.
fn same(job: &Job, name: String) -> Job {
    let mut same = job.clone();
    same.metadata.name = Some(name);
    same.metadata.uid = None;
    same.metadata.resource_version = None;
    same.metadata.creation_timestamp = None;
    same.metadata.managed_fields = None;
    same.metadata.labels = Some([BARE].map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    same.status = None;
    if let Some(spec) = &mut same.spec {
        spec.selector = None;
        if let Some(metadata) = &mut spec.template.metadata {
            metadata.labels = None;
        }
    }
    same
}
