//! Which routes are held back: what is to be known before nobody releases them any more.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use dast_kubernetes::admission::{Parked, is_parked, parked, restore};
use dast_kubernetes::registration::unregister;
use kube::Client;
use tokio::time::{Instant, sleep};

/// API servers hear within this time that a registration is gone; until then they have routes parked again.
const HEARD: Duration = Duration::from_secs(5);
/// If nothing gets better for so long, nothing will.
const HOPELESS: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Refuses if there are any; or has them served, after this registration was taken away.
pub(crate) async fn run(release: Option<&str>) -> Result<()> {
    let client = Client::try_default().await.context("no cluster is known here")?;
    let Some(registration) = release else { return refuse(&all(&client).await?) };
    let unregistered = unregister(&client, registration).await;
    unregistered.with_context(|| format!("cannot delete the registration `{registration}`"))?;
    tracing::info!(registration, "routes are not gated any more");
    let released = give_back(&client).await;
    released.context("routes are not gated now; try again, or have Helm install the chart anew to gate them")
}

async fn give_back(client: &Client) -> Result<()> {
    let unregistered = Instant::now();
    let (mut fewest, mut since) = (usize::MAX, Instant::now());
    loop {
        let held = all(client).await?;
        if held.is_empty() && unregistered.elapsed() >= HEARD {
            return Ok(());
        }
        if held.len() < fewest {
            (fewest, since) = (held.len(), Instant::now());
        }
        if since.elapsed() >= HOPELESS {
            told(&held);
            bail!("{} routes cannot be given back what they asked for: write them again", held.len());
        }
        for Parked { route, .. } in &held {
            // Whatever kept this one from being written may be over at the next try.
            match restore(client, route).await {
                Ok(Some(object)) if !is_parked(&object) => {
                    tracing::info!(%route, "given back what it asked for")
                }
                Ok(_) => tracing::debug!(%route, "still held back, or gone"),
                Err(error) => tracing::warn!(%route, %error, "cannot be written"),
            }
        }
        sleep(PAUSE).await;
    }
}

async fn all(client: &Client) -> Result<Vec<Parked>> {
    parked(client).await.context("cannot list routes")
}

fn refuse(held: &[Parked]) -> Result<()> {
    told(held);
    match held.len() {
        0 => Ok(()),
        number => bail!(
            "{number} routes are held back, and nobody would release them: wait until what they lead to has passed, delete them, or \
             set `webhook.uninstall` to `Release` to have them served as they are. Helm upgrades again after `helm rollback`"
        ),
    }
}

fn told(held: &[Parked]) {
    held.iter().for_each(|parked| tracing::warn!("{parked}"));
}

#[cfg(test)]
mod tests;
