//! The passive scanner: it looks at what passes by.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::ascan::{AlertThreshold, Quality};
use crate::endpoint::endpoints;
use crate::id::RuleId;
use crate::units::milliseconds;
use crate::wire::{plain, wire};

endpoints! {
    /// The passive scanner: it looks at what passes by.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// while zap.pscan().records_to_scan().send().await? > 0 {
    ///     tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    /// }
    /// # Ok(()) }
    /// ```
    pub struct PassiveScanner("pscan");

    /// Messages that it has not looked at yet. Alerts are complete once there are none.
    view "recordsToScan" records_to_scan() -> u64 as "recordsToScan";

    /// What it is looking at now.
    view "currentTasks" current_tasks() -> Vec<Task> as "currentTasks";

    /// The rules with their settings.
    view "scanners" scanners() -> Vec<Scanner> as "scanners";

    /// Turns rules on.
    action "enableScanners" enable_scanners(rules: &[RuleId] = "ids");
    /// Turns rules off.
    action "disableScanners" disable_scanners(rules: &[RuleId] = "ids");
    /// Turns all rules on.
    action "enableAllScanners" enable_all_scanners();
    /// Turns all rules off.
    action "disableAllScanners" disable_all_scanners();
    /// How sure a rule must be before it raises an alert.
    action "setScannerAlertThreshold" set_scanner_alert_threshold(
        rule: RuleId = "id", threshold: AlertThreshold = "alertThreshold",
    );
    /// Looks no more at what has not been looked at.
    action "clearQueue" clear_queue();
    /// Turns it on or off, until ZAP ends.
    action "setEnabled" set_enabled(enabled: bool = "enabled");
    /// Whether it looks only at what is in the scope of the session.
    view "scanOnlyInScope" scan_only_in_scope() -> bool as "scanOnlyInScope";
    /// Whether it looks only at what is in the scope of the session.
    action "setScanOnlyInScope" set_scan_only_in_scope(only: bool = "onlyInScope");
    /// Alerts that a rule raises, at most; 0 for no limit.
    view "maxAlertsPerRule" max_alerts_per_rule() -> u32 as "maxAlertsPerRule";
    /// Alerts that a rule raises, at most; 0 for no limit.
    action "setMaxAlertsPerRule" set_max_alerts_per_rule(limit: u32 = "maxAlerts");
    /// Bytes of a body that it looks at, at most; 0 for no limit.
    view "maxBodySizeInBytes" max_body_size() -> u32 as "maxBodySizeInBytes";
    /// Bytes of a body that it looks at, at most; 0 for no limit.
    action "setMaxBodySizeInBytes" set_max_body_size(bytes: u32 = "maxSize");
}

/// A rule with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Scanner {
    /// Its id.
    #[serde(deserialize_with = "wire")]
    pub id: RuleId,
    /// Its name, in ZAP's own language.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// Whether it runs.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
    /// How sure it must be before it raises an alert.
    #[serde(deserialize_with = "wire")]
    pub alert_threshold: AlertThreshold,
    /// How mature it is.
    #[serde(deserialize_with = "wire")]
    pub quality: Quality,
}

/// A message that is being looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// The rule that looks at it, by name; empty between two rules.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// The address of the message.
    #[serde(deserialize_with = "wire")]
    pub url: String,
    /// How long it has been looked at.
    #[serde(rename = "time", deserialize_with = "elapsed")]
    pub took: Duration,
}

plain!(Scanner, Task);

fn elapsed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    wire::<milliseconds, D>(deserializer).map(Into::into)
}
