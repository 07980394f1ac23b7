//! Asks a running operator whether it is ready.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// How long it may take to become ready.
const TIME: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(2);

/// Asks until it is ready, for a minute at most.
pub(crate) async fn run(url: &str) -> Result<()> {
    let uri: hyper::Uri = url.parse().with_context(|| format!("`--url {url}` is no URL"))?;
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let mut last = String::new();
    let asked = tokio::time::timeout(TIME, async {
        loop {
            last = match ask(&client, uri.clone()).await {
                Ok(None) => return,
                Ok(Some(answer)) => answer,
                Err(error) => format!("{error:#}"),
            };
            tracing::info!(answer = last, "not ready yet");
            tokio::time::sleep(PAUSE).await;
        }
    });
    if asked.await.is_err() {
        bail!("the operator is not ready after {} s: {last}", TIME.as_secs());
    }
    Ok(())
}

/// What it says instead of being ready.
async fn ask(
    client: &Client<hyper_util::client::legacy::connect::HttpConnector, Empty<Bytes>>,
    uri: hyper::Uri,
) -> Result<Option<String>> {
    let answer = client.get(uri).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((!status.is_success()).then(|| format!("{status}: {}", String::from_utf8_lossy(&body).trim())))
}
