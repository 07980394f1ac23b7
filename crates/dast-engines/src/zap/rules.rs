//! How hard ZAP's rules attack, and how sure they must be.

use std::collections::BTreeMap;

use dast_policy::{Cause, ValueError};
pub use dast_zap_client::ascan::{AlertThreshold, AttackStrength};
use dast_zap_client::{RuleId, ZapClient, ZapError};

use super::failure::{Shortfall, told};
use super::scope::Scope;

/// How hard rules attack, and how sure they must be before they raise an alert. What is not said stays as it is in ZAP.
///
/// ```
/// use dast_engines::zap::{AlertThreshold, AttackStrength, ZapRules};
/// use dast_zap_client::RuleId;
///
/// let rules = ZapRules::new()
///     .strength(AttackStrength::Low)
///     .rule_threshold(RuleId::new(40012), AlertThreshold::Off)
///     .rule_strength(RuleId::new(40014), AttackStrength::Insane);
/// assert_ne!(rules, ZapRules::new());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZapRules {
    strength: Option<AttackStrength>,
    threshold: Option<AlertThreshold>,
    strengths: BTreeMap<RuleId, AttackStrength>,
    thresholds: BTreeMap<RuleId, AlertThreshold>,
}

impl ZapRules {
    /// All rules as ZAP has them.
    pub fn new() -> Self {
        Self::default()
    }

    /// How hard active rules attack, but those that are named.
    #[must_use]
    pub fn strength(mut self, strength: AttackStrength) -> Self {
        self.strength = Some(strength);
        self
    }

    /// How sure active rules must be, but those that are named.
    #[must_use]
    pub fn threshold(mut self, threshold: AlertThreshold) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// How hard an active rule attacks.
    #[must_use]
    pub fn rule_strength(mut self, rule: RuleId, strength: AttackStrength) -> Self {
        self.strengths.insert(rule, strength);
        self
    }

    /// How sure a rule must be, active or passive; [`AlertThreshold::Off`] leaves it out. The threshold of a passive rule is
    /// a setting of the whole ZAP, and is put back at the end.
    #[must_use]
    pub fn rule_threshold(mut self, rule: RuleId, threshold: AlertThreshold) -> Self {
        self.thresholds.insert(rule, threshold);
        self
    }

    /// ZAP takes a word that it does not know for its default.
    pub(super) fn check(&self) -> Result<(), ValueError> {
        let strengths = self.strength.iter().chain(self.strengths.values());
        for strength in strengths {
            if let AttackStrength::Unknown(word) = strength {
                return Err(ValueError::new(word, "LOW, MEDIUM, HIGH, INSANE or DEFAULT"));
            }
        }
        for threshold in self.threshold.iter().chain(self.thresholds.values()) {
            if let AlertThreshold::Unknown(word) = threshold {
                return Err(ValueError::new(word, "OFF, LOW, MEDIUM, HIGH or DEFAULT"));
            }
        }
        match self.threshold {
            Some(AlertThreshold::Off) => Err(ValueError::new("OFF", "a threshold at which rules run")),
            _ => Ok(()),
        }
    }

    /// All that tells them from others.
    pub(super) fn facts(&self) -> String {
        format!("{:?} {:?} {:?} {:?}", self.strength, self.threshold, self.strengths, self.thresholds)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a rule is not to run.
    pub(super) fn leave_out(&self, rule: RuleId) -> bool {
        self.thresholds.get(&rule) == Some(&AlertThreshold::Off)
    }

    /// Makes a scan policy of its own for the active rules, and sets the passive ones. Gives the policy's name.
    pub(super) async fn apply(
        &self,
        zap: &ZapClient,
        scope: &mut Scope,
    ) -> Result<Option<String>, Shortfall> {
        if self.is_empty() {
            return Ok(None);
        }
        // ZAP keeps a policy in a file of its name.
        let name = scope.marker().name().to_owned();
        let ascan = zap.ascan();
        let mut policy = ascan.add_scan_policy(&name);
        if let Some(threshold) = &self.threshold {
            policy = policy.alert_threshold(threshold.clone());
        }
        if let Some(strength) = &self.strength {
            policy = policy.attack_strength(strength.clone());
        }
        policy.send().await?;
        scope.undo(ascan.remove_scan_policy(&name));
        for (rule, strength) in &self.strengths {
            let set = ascan.set_scanner_attack_strength(*rule, strength.clone()).scan_policy_name(&name);
            set.send().await.map_err(|error| no_rule(*rule, "active rule", error))?;
        }
        let passive =
            if self.thresholds.is_empty() { Vec::new() } else { zap.pscan().scanners().send().await? };
        for (rule, threshold) in &self.thresholds {
            if let Some(known) = passive.iter().find(|known| known.id == *rule) {
                scope.undo(zap.pscan().set_scanner_alert_threshold(*rule, known.alert_threshold.clone()));
                zap.pscan().set_scanner_alert_threshold(*rule, threshold.clone()).send().await?;
            } else {
                let set = ascan.set_scanner_alert_threshold(*rule, threshold.clone()).scan_policy_name(&name);
                set.send().await.map_err(|error| no_rule(*rule, "rule", error))?;
            }
        }
        Ok(Some(name))
    }
}

fn no_rule(rule: RuleId, kind: &str, error: ZapError) -> Shortfall {
    if error.code().is_some() {
        return Shortfall::new(Cause::EngineError, format!("ZAP has no {kind} {rule}: {}", told(&error)));
    }
    error.into()
}
