//! The active scanner: it attacks.

mod progress;

use std::time::Duration;

use serde::Deserialize;
use url::Url;

pub use progress::{HostProgress, Progress, RuleProgress, RuleState};

use super::alert::stated;
pub use super::spider::ScanState;
use crate::endpoint::endpoints;
use crate::id::{ActiveScanId, AlertId, ContextId, MessageId, RuleId, UserId};
use crate::open_enum::open_enum;
use crate::wire::{plain, wire};

endpoints! {
    /// The active scanner: it attacks.
    ///
    /// What it attacks must be in ZAP's tree of sites already: crawl or import first.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::ZapClient;
    /// use dast_zap_client::ascan::ScanState;
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let scan = zap.ascan().scan(&"http://shop.test/".parse()?).recurse(true).send().await?;
    /// for known in zap.ascan().scans().send().await? {
    ///     if known.id == scan && known.state == ScanState::Finished && known.progress < 100 {
    ///         println!("interrupted at {} %", known.progress);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub struct ActiveScanner("ascan");

    /// Starts to attack `url` with the default policy.
    action "scan" scan(url: &Url = "url") -> ActiveScanId as "scan" => StartScan {
        /// Whether what lies below is attacked too.
        recurse: bool = "recurse",
        /// Keeps to what is in the scope of the session.
        in_scope_only: bool = "inScopeOnly",
        /// The policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
        /// The method of the request in the tree that is attacked.
        method: &str = "method",
        /// The body of the request in the tree that is attacked.
        post_data: &str = "postData",
        /// Keeps to a context.
        context: ContextId = "contextId",
    };

    /// Starts to attack `url` as a user of a context.
    action "scanAsUser" scan_as_user(url: &Url = "url", context: ContextId = "contextId", user: UserId = "userId")
        -> ActiveScanId as "scanAsUser" => StartScanAsUser {
        /// Whether what lies below is attacked too.
        recurse: bool = "recurse",
        /// The policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
        /// The method of the request in the tree that is attacked.
        method: &str = "method",
        /// The body of the request in the tree that is attacked.
        post_data: &str = "postData",
    };

    /// How far a scan is, from 0 to 100. One that was stopped is at 100 too: [`ActiveScanner::scans`] tells them apart.
    view "status" status(scan: ActiveScanId = "scanId") -> u8 as "status";

    /// All scans of the session.
    view "scans" scans() -> Vec<Scan> as "scans";

    /// How far each rule of a scan is, host by host.
    view "scanProgress" scan_progress(scan: ActiveScanId = "scanId") -> Progress as "scanProgress";

    /// The alerts that a scan raised.
    view "alertsIds" alerts_ids(scan: ActiveScanId = "scanId") -> Vec<AlertId> as "alertsIds";

    /// The messages that a scan kept.
    view "messagesIds" messages_ids(scan: ActiveScanId = "scanId") -> Vec<MessageId> as "messagesIds";

    /// Stops a scan for good.
    action "stop" stop(scan: ActiveScanId = "scanId");
    /// Stops all scans for good.
    action "stopAllScans" stop_all_scans();
    /// Halts a scan until it is resumed.
    action "pause" pause(scan: ActiveScanId = "scanId");
    /// Halts all scans until they are resumed.
    action "pauseAllScans" pause_all_scans();
    /// Carries on with a scan that was halted.
    action "resume" resume(scan: ActiveScanId = "scanId");
    /// Should carry on with all scans that were halted. ZAP 2.17.0 does what [`ActiveScanner::remove_all_scans`] does: use
    /// [`ActiveScanner::resume`].
    action "resumeAllScans" resume_all_scans();
    /// Stops a scan, and forgets it. Its alerts stay.
    action "removeScan" remove_scan(scan: ActiveScanId = "scanId");
    /// Stops all scans, and forgets them. Their alerts stay.
    action "removeAllScans" remove_all_scans();
    /// Goes on with the next rule of a running scan.
    action "skipScanner" skip_scanner(scan: ActiveScanId = "scanId", rule: RuleId = "scannerId");

    /// The rules with their settings in a policy.
    view "scanners" scanners() -> Vec<Scanner> as "scanners" => ListScanners {
        /// The policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
        /// Only the rules of a category, see [`Policy::id`].
        category: u32 = "policyId",
    };

    /// The categories of rules with their settings in a policy. ZAP calls them policies too.
    view "policies" policies() -> Vec<Policy> as "policies" => ListPolicies {
        /// The policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
        /// Only that category.
        category: u32 = "policyId",
    };

    /// Turns rules on.
    action "enableScanners" enable_scanners(rules: &[RuleId] = "ids") => EnableScanners {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// Turns rules off.
    action "disableScanners" disable_scanners(rules: &[RuleId] = "ids") => DisableScanners {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// Turns all rules on.
    action "enableAllScanners" enable_all_scanners() => EnableAllScanners {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// Turns all rules off.
    action "disableAllScanners" disable_all_scanners() => DisableAllScanners {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// How hard a rule attacks.
    action "setScannerAttackStrength" set_scanner_attack_strength(
        rule: RuleId = "id", strength: AttackStrength = "attackStrength",
    ) => SetScannerAttackStrength {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// How sure a rule must be before it raises an alert.
    action "setScannerAlertThreshold" set_scanner_alert_threshold(
        rule: RuleId = "id", threshold: AlertThreshold = "alertThreshold",
    ) => SetScannerAlertThreshold {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// How hard the rules of a category attack, see [`Policy::id`].
    action "setPolicyAttackStrength" set_policy_attack_strength(
        category: u32 = "id", strength: AttackStrength = "attackStrength",
    ) => SetPolicyAttackStrength {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// How sure the rules of a category must be before they raise an alert, see [`Policy::id`].
    action "setPolicyAlertThreshold" set_policy_alert_threshold(
        category: u32 = "id", threshold: AlertThreshold = "alertThreshold",
    ) => SetPolicyAlertThreshold {
        /// In the policy of that name instead of the default.
        scan_policy_name: &str = "scanPolicyName",
    };

    /// The names of the policies.
    view "scanPolicyNames" scan_policy_names() -> Vec<String> as "scanPolicyNames";

    /// Makes a policy of that name.
    action "addScanPolicy" add_scan_policy(name: &str = "scanPolicyName") => AddScanPolicy {
        /// How sure its rules must be before they raise an alert.
        alert_threshold: AlertThreshold = "alertThreshold",
        /// How hard its rules attack.
        attack_strength: AttackStrength = "attackStrength",
    };

    /// Changes the policy of that name.
    action "updateScanPolicy" update_scan_policy(name: &str = "scanPolicyName") => UpdateScanPolicy {
        /// How sure its rules must be before they raise an alert.
        alert_threshold: AlertThreshold = "alertThreshold",
        /// How hard its rules attack.
        attack_strength: AttackStrength = "attackStrength",
    };

    /// Removes the policy of that name.
    action "removeScanPolicy" remove_scan_policy(name: &str = "scanPolicyName");
    /// Adds a policy from a file on ZAP's disk.
    action "importScanPolicy" import_scan_policy(path: &str = "path");

    /// Regular expressions of addresses that are not attacked.
    view "excludedFromScan" excluded_from_scan() -> Vec<String> as "excludedFromScan";
    /// Spares the addresses that a regular expression (Java's, of the whole address) matches.
    action "excludeFromScan" exclude_from_scan(regex: &str = "regex");
    /// Spares no addresses any more.
    action "clearExcludedFromScan" clear_excluded_from_scan();

    /// Time for a scan; zero for no limit.
    view "optionMaxScanDurationInMins" max_scan_duration() -> Duration as "MaxScanDurationInMins" in minutes;
    /// Time for a scan; zero for no limit.
    action "setOptionMaxScanDurationInMins" set_max_scan_duration(limit: Duration as minutes = "Integer");
    /// Time for a rule within a scan; zero for no limit.
    view "optionMaxRuleDurationInMins" max_rule_duration() -> Duration as "MaxRuleDurationInMins" in minutes;
    /// Time for a rule within a scan; zero for no limit.
    action "setOptionMaxRuleDurationInMins" set_max_rule_duration(limit: Duration as minutes = "Integer");
    /// Alerts that a rule raises, at most; 0 for no limit.
    view "optionMaxAlertsPerRule" max_alerts_per_rule() -> u32 as "MaxAlertsPerRule";
    /// Alerts that a rule raises, at most; 0 for no limit.
    action "setOptionMaxAlertsPerRule" set_max_alerts_per_rule(limit: u32 = "Integer");
    /// Requests to a host at the same time.
    view "optionThreadPerHost" threads_per_host() -> u32 as "ThreadPerHost";
    /// Requests to a host at the same time.
    action "setOptionThreadPerHost" set_threads_per_host(threads: u32 = "Integer");
    /// Hosts that a scan attacks at the same time.
    view "optionHostPerScan" hosts_per_scan() -> u32 as "HostPerScan";
    /// Hosts that a scan attacks at the same time.
    action "setOptionHostPerScan" set_hosts_per_scan(hosts: u32 = "Integer");
    /// Time between requests. ZAP calls it deprecated, in favour of the rate limits of the network add-on.
    view "optionDelayInMs" delay() -> Duration as "DelayInMs" in milliseconds;
    /// Time between requests. ZAP calls it deprecated, in favour of the rate limits of the network add-on.
    action "setOptionDelayInMs" set_delay(delay: Duration as milliseconds = "Integer");
    /// Whether tokens against forged requests are fetched anew, which keeps a scan to one thread.
    view "optionHandleAntiCSRFTokens" handles_anti_csrf_tokens() -> bool as "HandleAntiCSRFTokens";
    /// Whether tokens against forged requests are fetched anew, which keeps a scan to one thread.
    action "setOptionHandleAntiCSRFTokens" set_handle_anti_csrf_tokens(handle: bool = "Boolean");
    /// Where rules put their attacks, as the bits of `ScannerParam.TARGET_*`.
    view "optionTargetParamsInjectable" target_params_injectable() -> u32 as "TargetParamsInjectable";
    /// Where rules put their attacks, as the bits of `ScannerParam.TARGET_*`.
    action "setOptionTargetParamsInjectable" set_target_params_injectable(targets: u32 = "Integer");
    /// Which forms of bodies are taken apart, as the bits of `ScannerParam.RPC_*`.
    view "optionTargetParamsEnabledRPC" target_params_enabled_rpc() -> u32 as "TargetParamsEnabledRPC";
    /// Which forms of bodies are taken apart, as the bits of `ScannerParam.RPC_*`.
    action "setOptionTargetParamsEnabledRPC" set_target_params_enabled_rpc(formats: u32 = "Integer");
}

/// A scan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Scan {
    /// Its id.
    #[serde(deserialize_with = "wire")]
    pub id: ActiveScanId,
    /// What it is doing.
    #[serde(deserialize_with = "wire")]
    pub state: ScanState,
    /// How far it is, from 0 to 100. A finished scan below 100 was interrupted.
    #[serde(deserialize_with = "wire")]
    pub progress: u8,
    /// Requests that it sent.
    #[serde(deserialize_with = "wire")]
    pub req_count: u64,
    /// Alerts that it raised.
    #[serde(deserialize_with = "wire")]
    pub alert_count: u64,
    /// Alerts that it raised and that were not known before.
    #[serde(deserialize_with = "wire")]
    pub new_alert_count: u64,
}

/// A rule with its settings in a policy.
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
    /// The category it is in, see [`Policy::id`].
    #[serde(rename = "policyId", deserialize_with = "wire")]
    pub category: u32,
    /// How hard it attacks.
    #[serde(deserialize_with = "wire")]
    pub attack_strength: AttackStrength,
    /// How sure it must be before it raises an alert.
    #[serde(deserialize_with = "wire")]
    pub alert_threshold: AlertThreshold,
    /// How mature it is.
    #[serde(deserialize_with = "wire")]
    pub quality: Quality,
    /// The weakness that it looks for, by its number in the CWE.
    #[serde(deserialize_with = "stated")]
    pub cwe_id: Option<u32>,
    /// The same in the threat classification of the WASC.
    #[serde(deserialize_with = "stated")]
    pub wasc_id: Option<u32>,
    /// Rules that must run before.
    #[serde(deserialize_with = "wire")]
    pub dependencies: Vec<RuleId>,
    /// Whether those are installed.
    #[serde(deserialize_with = "wire")]
    pub all_dependencies_available: bool,
}

/// A category of rules with its settings in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Policy {
    /// Its number.
    #[serde(deserialize_with = "wire")]
    pub id: u32,
    /// Its name, in ZAP's own language.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// Whether all of its rules run.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
    /// How hard its rules attack; nothing if they differ or there are none.
    #[serde(deserialize_with = "common")]
    pub attack_strength: Option<AttackStrength>,
    /// How sure its rules must be before they raise an alert; nothing if they differ or there are none.
    #[serde(deserialize_with = "common")]
    pub alert_threshold: Option<AlertThreshold>,
}

plain!(Scan, Scanner, Policy);

open_enum! {
    /// How hard a rule attacks: how many requests it sends.
    pub enum AttackStrength {
        /// As the policy says.
        Default = "DEFAULT",
        /// Up to about 6 requests a parameter.
        Low = "LOW",
        /// Up to about 12 requests a parameter.
        Medium = "MEDIUM",
        /// Up to about 24 requests a parameter.
        High = "HIGH",
        /// As many as it takes: not for servers that others use.
        Insane = "INSANE",
    }
}

open_enum! {
    /// How sure a rule must be before it raises an alert.
    pub enum AlertThreshold {
        /// The rule does not run.
        Off = "OFF",
        /// As the policy says.
        Default = "DEFAULT",
        /// Not very: more false alarms.
        Low = "LOW",
        /// Rather.
        Medium = "MEDIUM",
        /// Very: more is missed.
        High = "HIGH",
    }
}

open_enum! {
    /// How mature a rule is.
    pub enum Quality {
        /// An early one.
        Alpha = "alpha",
        /// One that is nearly done.
        Beta = "beta",
        /// One that is done.
        Release = "release",
    }
}

/// What all rules of a category have in common: ZAP writes an empty text if there is no such thing.
fn common<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: for<'a> From<&'a str>,
    D: serde::Deserializer<'de>,
{
    let word: String = wire(deserializer)?;
    Ok(Some(word.as_str()).filter(|word| !word.is_empty()).map(T::from))
}
