//! What the analyzer in a run's pod is told: the words that the operator and the analyzer have in common.

use std::path::PathBuf;

use dast_policy::{Exposure, Origin, Profile, Revision};
use serde::{Deserialize, Serialize};

use crate::crd::{Login, ScanProfile};

/// What the analyzer in a run's pod is told, as JSON in the environment variable [`Order::VARIABLE`].
///
/// There is nothing secret in it: whoever may read pods may read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// The run.
    pub run: RunId,
    /// The number of the attempt, counted from 1.
    pub attempt: u32,
    /// What evidence calls the target, such as `shop/web:http`.
    pub target: String,
    /// Under which names the target is scanned: its own first. At least one.
    pub origins: Vec<Origin>,
    /// The places that the scan is asked to visit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposures: Vec<Exposure>,
    /// What runs there, where there are revisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// The name and the hash of the settings that evidence has to carry.
    pub profile: Profile,
    /// What the scan does. Its `name` and its `timeout` are there.
    pub settings: ScanProfile,
    /// What scans.
    pub engine: OrderedEngine,
    /// How the scan logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<OrderedLogin>,
    /// Where what comes of it is delivered.
    pub delivery: Delivery,
}

impl Order {
    /// The environment variable that holds an order.
    pub const VARIABLE: &str = "DAST_ORDER";

    /// The largest report that the operator takes, in bytes of JSON.
    pub const MOST_REPORT_BYTES: usize = 32 * 1024 * 1024;

    /// Where below [`Delivery::url`] a [`RunProgress`](crate::crd::RunProgress) is posted, as JSON, as often as there is
    /// something new.
    pub fn progress_path(&self) -> String {
        self.path("progress")
    }

    /// Where below [`Delivery::url`] the [`Report`](dast_policy::Report) is posted, as JSON, until it is taken.
    pub fn report_path(&self) -> String {
        self.path("report")
    }

    fn path(&self, what: &str) -> String {
        let RunId { namespace, name, uid } = &self.run;
        format!("/v1/runs/{namespace}/{name}/{uid}/attempts/{}/{what}", self.attempt)
    }
}

/// A run in the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunId {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: one of the same name that comes after it is another run.
    pub uid: String,
}

/// What scans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, tag = "name")]
pub enum OrderedEngine {
    /// The built-in engine.
    Builtin,
    /// A ZAP.
    #[serde(rename_all = "camelCase")]
    Zap {
        /// Where its API is.
        url: String,
        /// The file with its key.
        key_file: PathBuf,
    },
}

/// How a scan logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderedLogin {
    /// What is sent, and how it is seen that it holds.
    pub login: Login,
    /// The folder with the files `username` and `password`.
    pub folder: PathBuf,
}

/// Where what comes of a scan is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delivery {
    /// The operator's address, such as `https://dast-operator.dast-system.svc`.
    pub url: String,
    /// The file with a token for the operator's audience, which is renewed while the scan runs.
    pub token_file: PathBuf,
    /// The certificates (PEM) that the operator's is signed by.
    pub authorities: String,
}
