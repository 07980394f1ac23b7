//! How soon the operator acts, what it asks the API server for until there is a verdict, and that it leaves it alone then.

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_kubernetes::crd::{ScanTarget, VerdictName};
use kube::api::ListParams;
use kube::{Api, Client};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::audit::{Asked, Audit};
use super::holding::annotate;
use super::objects::World;
use super::stage::{OPERATOR, Stage, runtime};
use super::{kubelet, prompt};
use crate::options::Options;
use crate::program::program;
use crate::table::{Goal, Row, Table};

const SERVICES: u32 = 1_000;
const MOST_CALLS: f64 = 15.0;
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// For what follows from a verdict.
const SETTLE: Duration = Duration::from_secs(45);

/// Jobs of Services that were annotated at once; calls up to 1,000 verdicts; writes when nothing changes.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    let program = program(options.operator(), "dast-operator")?;
    let stage = Stage::begin(&program, true)?;
    runtime()?.block_on(async {
        let client = stage.client().await?;
        kubelet::join(&client).await?;
        tokio::select! {
            ended = kubelet::live(&client) => ended,
            measured = all(&stage, &client, options, table) => measured,
        }
    })
}

async fn all(stage: &Stage, client: &Client, options: &Options, table: &mut Table) -> Result<()> {
    let many = World { services: options.scaled(SERVICES), pods: 1, slices: 0, prefix: "shop", network: 16 };
    let few = World {
        services: prompt::SERVICES * (1 + options.rounds(3) as u32),
        prefix: "prompt",
        network: 17,
        ..many
    };
    eprintln!("operator: making {} Services, each with a pod", many.services + few.services);
    few.make(client).await?;
    many.make(client).await?;
    let mut operator = stage.start(&json!({
        "queue": {"total": "Unlimited", "perNamespace": "Unlimited"}, "scans": {"stability": "0s"},
    }))?;
    operator.ready().await?;
    prompt::measure(client, &few, options, table).await?;
    tokio::select! {
        ended = kubelet::run(client) => ended?,
        settled = settle(stage, client, &few, &many, table) => settled?,
    }
    sleep(SETTLE).await;
    let steady = options.steady();
    eprintln!("operator: watching for {steady:?}");
    let asked = during(stage, async { Ok(sleep(steady).await) }).await?;
    table.push(Row {
        what: format!("writes in {steady:?} when nothing changes, but for the lease"),
        ours: told(&asked),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged("none".to_owned(), asked.writes() == 0),
    });
    operator.end()
}

/// The Jobs of the few are over before the many are annotated.
async fn settle(stage: &Stage, client: &Client, few: &World, many: &World, table: &mut Table) -> Result<()> {
    let targets = Api::<ScanTarget>::all(client.clone());
    judged(&targets, few.services as usize).await?;
    sleep(SETTLE).await;
    let begun = Instant::now();
    let asked = during(stage, async {
        annotate(client, many, 0..many.services).await?;
        judged(&targets, (few.services + many.services) as usize).await
    })
    .await?;
    let calls = asked.all() as f64 / f64::from(many.services);
    eprintln!("operator: {:#?}", asked.calls);
    table.push(Row {
        what: format!("calls until {} Services, annotated at once, have verdicts, each", many.services),
        ours: format!("{calls:.2} ({:.1?} in all)", begun.elapsed()),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged(format!("≤ {MOST_CALLS}"), calls <= MOST_CALLS),
    });
    table.push(Row {
        what: "of them answered with 429".to_owned(),
        ours: asked.refused.to_string(),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged("none".to_owned(), asked.refused == 0),
    });
    Ok(())
}

/// What the operator asks for while something is done.
async fn during(stage: &Stage, work: impl Future<Output = Result<()>>) -> Result<Asked> {
    let log = stage.cluster().audit_log();
    let audit = Audit::begin(log.as_deref().unwrap_or_else(|| "".as_ref()))?;
    work.await?;
    audit.of(OPERATOR)
}

/// Waits until so many targets have a verdict that something was scanned for.
async fn judged(targets: &Api<ScanTarget>, count: usize) -> Result<()> {
    let begun = Instant::now();
    loop {
        let all = targets.list(&ListParams::default()).await?;
        let passed = |target: &&ScanTarget| {
            target
                .status
                .as_ref()
                .is_some_and(|status| matches!(status.verdict, Some(VerdictName::Pass | VerdictName::Warn)))
        };
        let judged = all.items.iter().filter(passed).count();
        if judged >= count {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "{judged} of {count} targets have passed");
        sleep(LOOK_AGAIN).await;
    }
}

fn told(asked: &Asked) -> String {
    let calls = asked.calls.iter().map(|(what, count)| format!("{count} {what}"));
    let events = (asked.events > 0).then(|| format!("{} events", asked.events));
    let calls: Vec<String> = calls.chain(events).collect();
    if calls.is_empty() { "0".to_owned() } else { calls.join(", ") }
}
