//! One row of exact counts.

use serde::{Deserialize, Serialize};

use crate::confidence::Confidence;
use crate::error::ValueError;
use crate::rule::AlertRef;
use crate::severity::Severity;

/// How many instances of one kind of finding there are, listed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Count {
    /// The rule and variant; `None` for those beyond the bound on rows, which keep only severity and confidence.
    pub alert: Option<AlertRef>,
    /// How bad they would be.
    pub severity: Severity,
    /// How sure the scanner is of them.
    pub confidence: Confidence,
    /// How many there are.
    pub instances: u64,
}

impl Count {
    /// The bytes that it takes in JSON.
    pub(crate) fn json_len(&self) -> usize {
        // Names of fields and punctuation, with the comma after it.
        const FRAME: usize =
            r#"{"pluginId":"","alertRef":"","severity":"","confidence":"","instances":},"#.len();
        let names = self.alert.as_ref().map_or(0, |alert| alert.plugin_id().len() + alert.as_str().len());
        let digits = self.instances.checked_ilog10().map_or(1, |power| power as usize + 1);
        FRAME + names + self.severity.as_str().len() + self.confidence.as_str().len() + digits
    }
}

/// A row as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plugin_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alert_ref: Option<String>,
    severity: Severity,
    confidence: Confidence,
    instances: u64,
}

impl From<Count> for Wire {
    fn from(count: Count) -> Self {
        Self {
            plugin_id: count.alert.as_ref().map(|alert| alert.plugin_id().to_owned()),
            alert_ref: count.alert.as_ref().map(|alert| alert.as_str().to_owned()),
            severity: count.severity,
            confidence: count.confidence,
            instances: count.instances,
        }
    }
}

impl TryFrom<Wire> for Count {
    type Error = ValueError;

    fn try_from(wire: Wire) -> Result<Self, ValueError> {
        let alert = match (&wire.plugin_id, &wire.alert_ref) {
            (None, None) => None,
            (Some(plugin_id), Some(alert_ref)) => Some(AlertRef::parse(plugin_id, alert_ref)?),
            (one, other) => {
                let value = one.as_ref().or(other.as_ref()).map_or("", String::as_str);
                return Err(ValueError::new(value, "`pluginId` and `alertRef` together, or neither"));
            }
        };
        Ok(Self { alert, severity: wire.severity, confidence: wire.confidence, instances: wire.instances })
    }
}
