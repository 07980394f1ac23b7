//! What somebody told ZAP before a scan, and what it keeps to: settings that would have it find less without a word.

use dast_policy::Cause;
use dast_zap_client::ascan::{self, AlertThreshold};
use dast_zap_client::core::Mode;
use dast_zap_client::pscan;
use dast_zap_client::{ErrorCode, RuleId, ZapClient, ZapError};
use sha2::{Digest, Sha256};

use super::failure::Shortfall;
use super::profile::ZapProfile;
use super::rules::ZapRules;

/// The rules that a scan has, as ZAP holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// Id, threshold and strength of each active rule.
    active: Vec<String>,
    /// Id and threshold of each passive rule.
    passive: Vec<String>,
}

impl Standing {
    /// Reads what a scan depends on. A plan sets all that by itself, and there is nothing to read.
    ///
    /// `policy` is that of the active rules, if it is not ZAP's default.
    pub(super) async fn read(
        zap: &ZapClient,
        profile: &ZapProfile,
        rules: &ZapRules,
        policy: Option<&str>,
    ) -> Result<Option<Self>, Shortfall> {
        let attacks = match profile {
            ZapProfile::Plan(_) => return Ok(None),
            ZapProfile::Baseline => false,
            ZapProfile::Full | ZapProfile::Api(_) => true,
        };
        if !attacks && zap.core().mode().send().await? == Mode::Attack {
            return Err(told_to("attack whatever it sees", "`core/setMode`, `mode=standard`"));
        }
        excludes_nothing(zap, attacks).await?;
        changes_no_alerts(zap).await?;
        let passive = passive(zap, rules).await?;
        let active = if attacks { active(zap, rules, policy).await? } else { Vec::new() };
        Ok(Some(Self { active, passive }))
    }

    /// How many rules there are, active and passive, and a hash over them with what they were told. It is short, so that
    /// it is not cut in evidence.
    pub(super) fn rule_set(&self) -> String {
        let hash = Sha256::digest(format!("{:?} {:?}", self.active, self.passive));
        let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        match self.active.len() {
            0 => format!("{} rules ({hash})", self.passive.len()),
            active => format!("{active}+{} rules ({hash})", self.passive.len()),
        }
    }
}

/// Addresses that the session leaves out, whoever asks. What a scan is to leave out, it is told itself.
async fn excludes_nothing(zap: &ZapClient, attacks: bool) -> Result<(), Shortfall> {
    let mut lists = vec![
        ("spider/clearExcludedFromScan", zap.spider().excluded_from_scan()),
        ("core/clearExcludedFromProxy", zap.core().excluded_from_proxy()),
    ];
    if attacks {
        lists.push(("ascan/clearExcludedFromScan", zap.ascan().excluded_from_scan()));
    }
    for (remedy, list) in lists {
        if let Some(pattern) = list.send().await?.first() {
            return Err(told_to(&format!("leave out `{pattern}`"), &format!("`{remedy}`, and `--exclude`")));
        }
    }
    Ok(())
}

/// Filters of the add-on that changes the risk of alerts, in any context: what a filter excuses, no policy has exempted.
async fn changes_no_alerts(zap: &ZapClient) -> Result<(), Shortfall> {
    let filters = zap.alert_filter();
    let mut found = match filters.global_alert_filters().send().await {
        Err(ZapError::ComponentAbsent(_)) => return Ok(()),
        found => found?,
    };
    for name in zap.context().contexts().send().await? {
        let listed = async {
            let context = zap.context().context(&name).send().await?;
            filters.alert_filters(context.id).send().await
        };
        match listed.await {
            Ok(filters) => found.extend(filters),
            // It was that of another scan, which ended just now.
            Err(error)
                if matches!(error.code(), Some(ErrorCode::DoesNotExist | ErrorCode::ContextNotFound)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match found.iter().find(|filter| filter.enabled) {
        None => Ok(()),
        Some(filter) => Err(told_to(
            &format!("make alerts of rule {} {}", filter.rule, filter.level.as_str()),
            "remove its alert filters, and exempt in the policy",
        )),
    }
}

/// The passive rules, all of which look at everything.
async fn passive(zap: &ZapClient, rules: &ZapRules) -> Result<Vec<String>, Shortfall> {
    let scanner = zap.pscan();
    let most = scanner.max_alerts_per_rule().send().await?;
    if most > 0 {
        let what = format!("raise {most} alerts of a passive rule at most");
        return Err(told_to(&what, "`pscan/setMaxAlertsPerRule`, `maxAlerts=0`"));
    }
    let bytes = match scanner.max_body_size().send().await {
        // Only the add-on of the passive scanner has such a limit.
        Err(error) if error.code() == Some(&ErrorCode::BadView) => 0,
        bytes => bytes?,
    };
    if bytes > 0 {
        let what = format!("look at {bytes} bytes of an answer at most");
        return Err(told_to(&what, "`pscan/setMaxBodySizeInBytes`, `maxSize=0`"));
    }
    let known = scanner.scanners().send().await?;
    let is_on = |rule: &pscan::Scanner| on(rule.enabled, &rule.alert_threshold);
    all_on("passive", "pscan", rules, known.iter().map(|rule| (rule.id, is_on(rule))))?;
    Ok(sorted(known.iter().map(|rule| format!("{} {}", rule.id, rule.alert_threshold.as_str()))))
}

/// The active rules of a policy.
async fn active(zap: &ZapClient, rules: &ZapRules, policy: Option<&str>) -> Result<Vec<String>, Shortfall> {
    let known = zap.ascan().scanners();
    let known = if let Some(policy) = policy { known.scan_policy_name(policy) } else { known }.send().await?;
    let is_on = |rule: &ascan::Scanner| on(rule.enabled, &rule.alert_threshold);
    all_on("active", "ascan", rules, known.iter().map(|rule| (rule.id, is_on(rule))))?;
    let told = known.iter().map(|rule| {
        format!("{} {} {}", rule.id, rule.alert_threshold.as_str(), rule.attack_strength.as_str())
    });
    Ok(sorted(told))
}

fn on(is_enabled: bool, threshold: &AlertThreshold) -> bool {
    is_enabled && *threshold != AlertThreshold::Off
}

/// Whether there are rules, and all of them run but those that the scan leaves out by itself.
fn all_on(
    kind: &str,
    component: &str,
    rules: &ZapRules,
    known: impl Iterator<Item = (RuleId, bool)>,
) -> Result<(), Shortfall> {
    let mut count = 0;
    for (rule, is_on) in known {
        if !is_on && !rules.leave_out(rule) {
            let remedy = format!("`{component}/enableScanners`, or `--rule-threshold {rule}=off`");
            return Err(told_to(&format!("leave out the {kind} rule {rule}"), &remedy));
        }
        count += usize::from(is_on);
    }
    if count == 0 {
        let detail =
            format!("ZAP has no {kind} rule that may run: install `{component}rules`, or leave out less");
        return Err(Shortfall::new(Cause::EngineError, detail));
    }
    Ok(())
}

fn sorted(rules: impl Iterator<Item = String>) -> Vec<String> {
    let mut rules: Vec<String> = rules.collect();
    rules.sort_unstable();
    rules
}

/// The scan is no scan with what ZAP was told.
fn told_to(what: &str, remedy: &str) -> Shortfall {
    Shortfall::new(Cause::EngineError, format!("somebody told ZAP to {what}: undo it ({remedy})"))
}
