//! A tenant changes what a route leads to, or the route, while a scan of it is at work, again and again. Whatever becomes exposed
//! is what had passed, by the order in which it was all written.

mod chronicle;
mod judge;
mod lane;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{SHOP, Stage, image_of};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use self::chronicle::Chronicle;
use self::judge::{Change, judge};
use self::lane::{Lane, Way};
use super::route::gated_by;

/// How many races there are, unless [`RACES`] says so.
const FEW: usize = 24;
/// The variable that says how many.
const RACES: &str = "DAST_E2E_RACES";
const TENANT: &str = "tenant";
/// Within this after a scan began, something is changed. Its pod starts within a second, and it takes another one or two.
const MOMENT: Duration = Duration::from_millis(2500);
/// A watch tells within this.
const TOLD: Duration = Duration::from_secs(2);

#[test]
#[ignore = "needs a real Kubernetes"]
fn what_changes_while_it_is_scanned_is_not_exposed_by_that_scan() -> Result<()> {
    let races = races()?;
    let stage = gated_by("gate-races", values())?;
    stage.kubectl(&["create", "namespace", SHOP])?;
    stage.apply(&include_str!("../manifests/gate-races.yaml").replace("IMAGE", &image_of("dast-shop")))?;
    for shop in ["good", "weak", "both"] {
        stage.kubectl(&["rollout", "status", "deployment", shop, "--namespace", SHOP, "--timeout=120s"])?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (changes, told) = runtime.block_on(async {
        let chronicle = Chronicle::begin(&client(&stage, None).await?);
        let tenant = client(&stage, Some(TENANT)).await?;
        let changes = run(&tenant, &chronicle, races).await?;
        tokio::time::sleep(TOLD).await;
        anyhow::Ok((changes, chronicle.told()))
    })?;
    // Nobody watches any more.
    drop(runtime);
    let mut sum = judge(&told, &changes)?;
    sum.releases.sort_unstable();
    let (half, most) = (sum.releases.get(sum.releases.len() / 2), sum.releases.last());
    let (half, most) = half.zip(most).context("nothing was released")?;
    eprintln!(
        "{} routes were released, half of them within {half:.0?} of the verdict, all within {most:.0?}",
        sum.releases.len()
    );
    eprintln!(
        "{} changes while a scan was at work, {} at another time, {} exposures",
        sum.races, sum.others, sum.exposures
    );
    ensure!(
        sum.races + sum.others == changes.len() && sum.races * 2 > changes.len(),
        "few were races: {sum:?}"
    );
    stage.end()
}

/// Everything that is to be scanned is scanned at once, by scans that take as long as it takes to change something meanwhile.
fn values() -> Value {
    json!({
        "configuration": {
            "scans": {"stability": "0s", "minimumInterval": "0s", "requestInterval": "0s"},
            "queue": {"total": "Unlimited", "perNamespace": "Unlimited"},
            "profile": {"name": "passive", "requestsPerSecond": 30},
        },
        "defaultScanner": {"profile": ""},
    })
}

fn races() -> Result<usize> {
    match env::var(RACES) {
        Err(_) => Ok(FEW),
        Ok(text) => text.parse().with_context(|| format!("{RACES}: `{text}` is no number")),
    }
}

/// All ways at once, until there were so many races; in the end everything is good, and exposed.
async fn run(tenant: &Client, chronicle: &Chronicle, races: usize) -> Result<Vec<Change>> {
    let left = Arc::new(AtomicUsize::new(races));
    let mut lanes = JoinSet::new();
    for (way, number) in Way::ALL.into_iter().flat_map(|way| [(way, 1), (way, 2)]) {
        let lane = Lane::new(way, number, tenant);
        let (chronicle, left) = (chronicle.clone(), Arc::clone(&left));
        lanes.spawn(async move {
            let name = lane.name().to_owned();
            along(lane, &chronicle, &left).await.with_context(|| format!("lane {name}"))
        });
    }
    let mut changes = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        changes.extend(lane??);
    }
    Ok(changes)
}

async fn along(mut lane: Lane, chronicle: &Chronicle, left: &AtomicUsize) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    lane.begin().await?;
    while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
        lane.wait_for_a_scan(chronicle).await?;
        tokio::time::sleep(some_moment()?).await;
        changes.push(lane.turn_around().await?);
    }
    lane.end().await?;
    Ok(changes)
}

fn some_moment() -> Result<Duration> {
    let share =
        f64::from(getrandom::u32().context("the system gives no random numbers")?) / f64::from(u32::MAX);
    Ok(MOMENT.mul_f64(share))
}

/// A client of somebody, or of somebody who may do everything.
async fn client(stage: &Stage, user: Option<&str>) -> Result<Client> {
    let file = Kubeconfig::read_from(stage.cluster().kubeconfig())?;
    let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    config.auth_info.impersonate = user.map(str::to_owned);
    // No proxy leads to a bridge of this machine.
    config.proxy_url = None;
    Ok(Client::try_from(config)?)
}
