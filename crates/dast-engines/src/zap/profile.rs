//! What a scan by ZAP does.

use dast_policy::ValueError;

use super::definition::ApiDefinition;

/// How thoroughly ZAP scans, and how it gets to know the target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ZapProfile {
    /// Crawls with the spider and lets the passive rules look at the answers. Sends no attack.
    Baseline,
    /// Crawls, and then attacks what was found with the active rules.
    Full,
    /// Learns the target from the definition of its API, and then attacks what that names.
    Api(ApiDefinition),
    /// Runs a plan of ZAP's automation framework, in YAML. What it does is its author's affair: whether it attacks, what
    /// it visits, how it logs in. The alerts of the target's origin count, whoever raised them.
    Plan(String),
}

impl ZapProfile {
    /// Its name in policies and evidence.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Full => "full",
            Self::Api(_) => "api",
            Self::Plan(_) => "plan",
        }
    }

    /// Whether it only looks at answers. A plan may attack.
    pub fn is_passive(&self) -> bool {
        *self == Self::Baseline
    }

    /// Whether it attacks once the target is explored. What a plan does, nobody else knows.
    pub(super) fn attacks(&self) -> bool {
        matches!(self, Self::Full | Self::Api(_))
    }

    pub(super) fn check(&self) -> Result<(), ValueError> {
        match self {
            Self::Plan(text) if text.trim().is_empty() => {
                Err(ValueError::new("an empty plan", "a plan of ZAP's automation framework in YAML"))
            }
            Self::Api(definition) => definition.check(),
            _ => Ok(()),
        }
    }

    /// All that tells it from another, without secrets.
    pub(super) fn facts(&self) -> String {
        match self {
            Self::Baseline | Self::Full => String::new(),
            Self::Api(definition) => format!("{definition:?}"),
            Self::Plan(text) => text.clone(),
        }
    }
}

/// A crawler with a browser, besides the spider that reads what servers answer. It needs a ZAP with the add-on and with a
/// browser, such as the official image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BrowserCrawler {
    /// The AJAX spider. A ZAP runs only one at a time.
    Ajax,
    /// The client spider.
    Client,
}

impl BrowserCrawler {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ajax => "ajax",
            Self::Client => "client",
        }
    }
}
