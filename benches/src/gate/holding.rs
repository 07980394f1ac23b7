//! What the webhook holds in memory.

use std::time::Duration;

use anyhow::Result;
use dast_lab::kubernetes::Component;
use tokio::time::sleep;

use super::process::Webhook;
use super::stored;
use super::world::FINDINGS;
use crate::memory::resident;
use crate::operator::{Stage, runtime};
use crate::options::Options;
use crate::program::program;
use crate::table::Table;

const TARGETS: u32 = 50_000;
const MOST_KIB: u64 = 120 * 1024;
const MOST_IDLE_KIB: u64 = 20 * 1024;
/// For what follows from a start.
const SETTLE: Duration = Duration::from_secs(20);

/// Of an empty cluster, and of one with 50,000 targets.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let stage = Stage::begin(&program(options.operator(), "dast-operator")?, false)?;
    let webhook = program(options.webhook(), "dast-webhook")?;
    runtime()?.block_on(async {
        let most = async |name: &str| {
            let webhook = Webhook::start(&webhook, &stage, name).await?;
            sleep(SETTLE).await;
            webhook.most_resident_kib()
        };
        let idle = most("webhook-idle").await?;
        // Nothing is to follow from what is made.
        [Component::ControllerManager, Component::Scheduler]
            .into_iter()
            .try_for_each(|component| stage.cluster().kill(component))?;
        let targets = options.scaled(TARGETS);
        eprintln!("gate: making {targets} targets, each with a Service and {FINDINGS} findings");
        stored::make(&stage, targets).await?;
        let full = most("webhook-full").await?;
        table.push(resident(
            "most resident memory of the webhook, empty cluster".to_owned(),
            idle,
            MOST_IDLE_KIB,
        ));
        let what = format!("the same with {targets} targets, {FINDINGS} findings each");
        table.push(resident(what, full, MOST_KIB));
        Ok(())
    })
}
