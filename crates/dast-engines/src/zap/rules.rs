//! How hard ZAP's rules attack, and how sure they must be.

use std::collections::BTreeMap;

use dast_policy::{Cause, ValueError};
pub use dast_zap_client::ascan::{AlertThreshold, AttackStrength};
use dast_zap_client::{RuleId, ZapClient, ZapError};

use super::failure::{Shortfall, told};
use super::names::PREFIX;
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

    /// How sure a rule must be; [`AlertThreshold::Off`] leaves it out. How sure a passive rule must be is a setting of the
    /// whole ZAP, and is left alone: what it raises counts, or with `Off` does not, and a scan that is told of another
    /// threshold than ZAP's ends with an error.
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

    /// Whether they say how active rules attack.
    pub(super) fn attack(&self) -> bool {
        self.strength.is_some() || self.threshold.is_some() || !self.strengths.is_empty()
    }

    /// Whether what that rule raises does not count.
    pub(super) fn leave_out(&self, rule: RuleId) -> bool {
        self.thresholds.get(&rule) == Some(&AlertThreshold::Off)
    }

    /// Makes a scan policy of its own for the active rules, if the scan `attacks`. Gives the policy's name.
    pub(super) async fn apply(
        &self,
        zap: &ZapClient,
        attacks: bool,
        scope: &mut Scope,
    ) -> Result<Option<String>, Shortfall> {
        if self.is_empty() {
            return Ok(None);
        }
        let active = self.active_thresholds(zap).await?;
        if !attacks {
            return match active.first() {
                Some((rule, _)) => {
                    let detail =
                        format!("{rule} is no passive rule of this ZAP, and this profile has no others");
                    Err(Shortfall::new(Cause::EngineError, detail))
                }
                None => Ok(None),
            };
        }
        // ZAP keeps a policy in a file of its name.
        let name = format!("{PREFIX} {}", scope.marker().name());
        let ascan = zap.ascan();
        let remove = ascan.remove_scan_policy(&name);
        scope.undo(|| remove.send());
        let mut policy = ascan.add_scan_policy(&name);
        if let Some(threshold) = &self.threshold {
            policy = policy.alert_threshold(threshold.clone());
        }
        if let Some(strength) = &self.strength {
            policy = policy.attack_strength(strength.clone());
        }
        policy.send().await?;
        for (rule, strength) in &self.strengths {
            let set = ascan.set_scanner_attack_strength(*rule, strength.clone()).scan_policy_name(&name);
            set.send().await.map_err(|error| no_rule(*rule, "active rule", error))?;
        }
        for (rule, threshold) in active {
            let set = ascan.set_scanner_alert_threshold(rule, threshold.clone()).scan_policy_name(&name);
            set.send().await.map_err(|error| no_rule(rule, "rule", error))?;
        }
        Ok(Some(name))
    }

    /// The thresholds of rules that are not passive ones. Those of passive rules have to be ZAP's, unless they are off.
    async fn active_thresholds(&self, zap: &ZapClient) -> Result<Vec<(RuleId, &AlertThreshold)>, Shortfall> {
        if self.thresholds.is_empty() {
            return Ok(Vec::new());
        }
        let passive = zap.pscan().scanners().send().await?;
        let mut active = Vec::new();
        for (rule, threshold) in &self.thresholds {
            match passive.iter().find(|known| known.id == *rule).map(|known| &known.alert_threshold) {
                None => active.push((*rule, threshold)),
                Some(_) if *threshold == AlertThreshold::Off => {}
                Some(known) if effect(known) == effect(threshold) => {}
                Some(known) => {
                    let (known, threshold) = (known.as_str(), threshold.as_str());
                    let detail = format!(
                        "the passive rule {rule} has the threshold {known} for all that use this ZAP: set {threshold} \
                         there, or leave the rule out with `off`"
                    );
                    return Err(Shortfall::new(Cause::EngineError, detail));
                }
            }
        }
        Ok(active)
    }
}

/// What a threshold of a passive rule comes to.
fn effect(threshold: &AlertThreshold) -> &AlertThreshold {
    if *threshold == AlertThreshold::Default { &AlertThreshold::Medium } else { threshold }
}

fn no_rule(rule: RuleId, kind: &str, error: ZapError) -> Shortfall {
    if error.code().is_some() {
        return Shortfall::new(Cause::EngineError, format!("ZAP has no {kind} {rule}: {}", told(&error)));
    }
    error.into()
}
