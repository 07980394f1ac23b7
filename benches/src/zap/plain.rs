//! What one writes without a client: reqwest and serde_json, page by page.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::alerts::SITE;

/// Pages of alerts by reqwest.
pub(super) struct Plain {
    client: reqwest::Client,
    address: Url,
    size: usize,
}

/// An alert as it stands there: nothing is made of the texts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "reading them is what is measured")]
pub(super) struct Texts {
    pub(super) id: String,
    plugin_id: String,
    alert_ref: String,
    alert: String,
    name: String,
    node_name: Option<String>,
    description: String,
    risk: String,
    confidence: String,
    url: String,
    method: String,
    other: String,
    param: String,
    attack: String,
    evidence: String,
    input_vector: String,
    reference: String,
    cweid: String,
    wascid: String,
    sourceid: String,
    solution: String,
    message_id: String,
    source_message_id: i64,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Page<T> {
    alerts: Vec<T>,
}

impl Plain {
    pub(super) fn new(url: &str, size: usize) -> Result<Self> {
        let address = Url::parse(&format!("{url}/JSON/alert/view/alerts/"))?;
        Ok(Self { client: reqwest::Client::builder().no_proxy().build()?, address, size })
    }

    /// Reads all alerts as `T`s, and says how many there are.
    pub(super) async fn list<T: DeserializeOwned>(&self, mut each: impl FnMut(T)) -> Result<usize> {
        let mut seen = 0;
        loop {
            let Page { alerts } = self.ask(seen).await?.json::<Page<T>>().await?;
            let length = alerts.len();
            alerts.into_iter().for_each(&mut each);
            seen += length;
            if length < self.size {
                return Ok(seen);
            }
        }
    }

    /// Takes in the pages of `count` alerts, and makes nothing of them: what the server and the wire take. Gives their
    /// bytes.
    pub(super) async fn drain(&self, count: usize) -> Result<usize> {
        let mut bytes = 0;
        for seen in (0..=count).step_by(self.size) {
            bytes += self.ask(seen).await?.bytes().await?.len();
        }
        ensure!(bytes > count, "the pages are empty");
        Ok(bytes)
    }

    async fn ask(&self, seen: usize) -> Result<reqwest::Response> {
        let mut address = self.address.clone();
        let (start, size) = ((seen + 1).to_string(), self.size.to_string());
        address.query_pairs_mut().extend_pairs([("baseurl", SITE), ("start", &start), ("count", &size)]);
        let request = self.client.get(address).header("X-ZAP-API-Key", "a key");
        Ok(request.send().await?.error_for_status()?)
    }
}
