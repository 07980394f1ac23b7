//! What a scan does.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TimeSpan, names, structural};

/// What a scan does, and how hard.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("!has(self.browser) || !has(self.name) || self.name != 'passive'")
        .message("`browser` is for ZAP: the profile must be baseline, full or api"),
    validation = Rule::new("!has(self.exclude) || size(self.exclude) == 0 || !has(self.name) || self.name != 'passive'")
        .message("`exclude` is for ZAP, which reads its patterns: the profile must be baseline, full or api"),
    validation = Rule::new("(!has(self.attackStrength) && !has(self.alertThreshold)) || !has(self.name) || self.name in ['full', 'api']")
        .message("`attackStrength` and `alertThreshold` are for what attacks: the profile must be full or api"),
    validation = Rule::new("(!has(self.maxPages) && !has(self.maxDepth)) || (has(self.name) && self.name == 'passive')")
        .message("`maxPages` and `maxDepth` are for the built-in engine: the profile must be passive"),
    validation = Rule::new("has(self.openapiUrl) == (has(self.name) && self.name == 'api')")
        .message("`openapiUrl` belongs to the profile api, which needs it"),
    validation = Rule::new("!has(self.timeout) || (duration(self.timeout) >= duration('1m') && duration(self.timeout) <= duration('24h'))")
        .message("`timeout` must be from 1m to 24h"),
)]
pub struct ScanProfile {
    /// Which kind of scan. If absent, full where both the owner of the Service and the cluster's configuration grant it,
    /// and baseline elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ProfileName>,
    /// How long a scan may take, such as 1h30m. What takes longer is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<TimeSpan>,
    /// Requests in a second, at most. Unlimited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub requests_per_second: Option<u32>,
    /// Places that ZAP leaves out: regular expressions of Java for whole URLs, such as the page that logs out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 512), regex(pattern = names::NOT_BLANK)))]
    pub exclude: Vec<String>,
    /// Crawl with a browser too. The image of ZAP must have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<Browser>,
    /// How hard ZAP attacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack_strength: Option<AttackStrength>,
    /// How sure ZAP must be of what its attacks found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_threshold: Option<AlertThreshold>,
    /// The OpenAPI document for the profile api, which is one of the target: its URL or its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = names::NO_SPACE))]
    pub openapi_url: Option<String>,
    /// Pages that the built-in engine looks at, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_pages: Option<u32>,
    /// Links that the built-in engine follows from the first page, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1_000))]
    pub max_depth: Option<u32>,
}

/// A kind of scan, by the name that policies accept or refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ProfileName {
    /// The built-in engine follows links and looks at the answers. No ZAP, no attack.
    Passive,
    /// ZAP crawls and looks at the answers. No attack.
    Baseline,
    /// ZAP crawls and attacks what it found.
    Full,
    /// ZAP attacks what the definition of an API names.
    Api,
}

/// A crawler of ZAP with a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Browser {
    /// The AJAX spider.
    Ajax,
    /// The client spider.
    Client,
}

/// How hard ZAP attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AttackStrength {
    /// A few requests for each parameter.
    Low,
    /// Some.
    Medium,
    /// Many.
    High,
    /// So many that it is for test environments only.
    Insane,
}

/// How sure ZAP must be of what its attacks found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AlertThreshold {
    /// Finds more, and more that is none.
    Low,
    /// Between the two.
    Medium,
    /// Finds less, and hardly any that is none.
    High,
}
