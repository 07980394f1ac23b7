//! Filters that change the risk of alerts.

use serde::Deserialize;

use super::alert::levels;
use crate::endpoint::endpoints;
use crate::id::{ContextId, RuleId};
use crate::wire::{plain, wire};

endpoints! {
    /// Filters that change the risk of alerts.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::alert_filter::NewLevel;
    /// use dast_zap_client::{RuleId, ZapClient};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let health = "http://shop\\.test/health";
    /// let filters = zap.alert_filter();
    /// filters.add_global_alert_filter(RuleId::new(10038), NewLevel::FalsePositive).url(health).url_is_regex(true).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct AlertFilters("alertFilter");

    /// The filters of a context.
    view "alertFilterList" alert_filters(context: ContextId = "contextId") -> Vec<AlertFilter> as "alertFilterList";

    /// The filters that hold everywhere.
    view "globalAlertFilterList" global_alert_filters() -> Vec<AlertFilter> as "globalAlertFilterList";

    /// Adds a filter to a context.
    action "addAlertFilter" add_alert_filter(
        context: ContextId = "contextId", rule: RuleId = "ruleId", level: NewLevel = "newLevel",
    ) => AddAlertFilter {
        /// The address that alerts must have.
        url: &str = "url",
        /// Whether that is a regular expression (Java's).
        url_is_regex: bool = "urlIsRegex",
        /// The parameter that they must have.
        parameter: &str = "parameter",
        /// Whether that is a regular expression.
        parameter_is_regex: bool = "parameterIsRegex",
        /// The attack that they must have.
        attack: &str = "attack",
        /// Whether that is a regular expression.
        attack_is_regex: bool = "attackIsRegex",
        /// The evidence that they must have.
        evidence: &str = "evidence",
        /// Whether that is a regular expression.
        evidence_is_regex: bool = "evidenceIsRegex",
        /// The methods that they must have, joined by commas.
        methods: &str = "methods",
        /// Whether the filter is in use; it is where nobody says otherwise.
        enabled: bool = "enabled",
    };

    /// Adds a filter that holds everywhere.
    action "addGlobalAlertFilter" add_global_alert_filter(rule: RuleId = "ruleId", level: NewLevel = "newLevel")
        => AddGlobalAlertFilter {
        /// The address that alerts must have.
        url: &str = "url",
        /// Whether that is a regular expression (Java's).
        url_is_regex: bool = "urlIsRegex",
        /// The parameter that they must have.
        parameter: &str = "parameter",
        /// Whether that is a regular expression.
        parameter_is_regex: bool = "parameterIsRegex",
        /// The attack that they must have.
        attack: &str = "attack",
        /// Whether that is a regular expression.
        attack_is_regex: bool = "attackIsRegex",
        /// The evidence that they must have.
        evidence: &str = "evidence",
        /// Whether that is a regular expression.
        evidence_is_regex: bool = "evidenceIsRegex",
        /// The methods that they must have, joined by commas.
        methods: &str = "methods",
        /// Whether the filter is in use; it is where nobody says otherwise.
        enabled: bool = "enabled",
    };

    /// Removes the filter of a context that has just these values.
    action "removeAlertFilter" remove_alert_filter(
        context: ContextId = "contextId", rule: RuleId = "ruleId", level: NewLevel = "newLevel",
    ) => RemoveAlertFilter {
        /// The address that alerts must have.
        url: &str = "url",
        /// Whether that is a regular expression (Java's).
        url_is_regex: bool = "urlIsRegex",
        /// The parameter that they must have.
        parameter: &str = "parameter",
        /// Whether that is a regular expression.
        parameter_is_regex: bool = "parameterIsRegex",
        /// The attack that they must have.
        attack: &str = "attack",
        /// Whether that is a regular expression.
        attack_is_regex: bool = "attackIsRegex",
        /// The evidence that they must have.
        evidence: &str = "evidence",
        /// Whether that is a regular expression.
        evidence_is_regex: bool = "evidenceIsRegex",
        /// The methods that they must have, joined by commas.
        methods: &str = "methods",
        /// Whether the filter is in use; it is where nobody says otherwise.
        enabled: bool = "enabled",
    };

    /// Removes the filter that holds everywhere and has just these values.
    action "removeGlobalAlertFilter" remove_global_alert_filter(rule: RuleId = "ruleId", level: NewLevel = "newLevel")
        => RemoveGlobalAlertFilter {
        /// The address that alerts must have.
        url: &str = "url",
        /// Whether that is a regular expression (Java's).
        url_is_regex: bool = "urlIsRegex",
        /// The parameter that they must have.
        parameter: &str = "parameter",
        /// Whether that is a regular expression.
        parameter_is_regex: bool = "parameterIsRegex",
        /// The attack that they must have.
        attack: &str = "attack",
        /// Whether that is a regular expression.
        attack_is_regex: bool = "attackIsRegex",
        /// The evidence that they must have.
        evidence: &str = "evidence",
        /// Whether that is a regular expression.
        evidence_is_regex: bool = "evidenceIsRegex",
        /// The methods that they must have, joined by commas.
        methods: &str = "methods",
        /// Whether the filter is in use; it is where nobody says otherwise.
        enabled: bool = "enabled",
    };

    /// Applies all filters to the alerts that there are.
    action "applyAll" apply_all();
    /// Applies the filters of contexts to the alerts that there are.
    action "applyContext" apply_context();
    /// Applies the filters that hold everywhere to the alerts that there are.
    action "applyGlobal" apply_global();
}

levels! {
    /// What a filter makes of the risk of an alert.
    pub enum NewLevel {
        /// It is none.
        FalsePositive = "False Positive", "-1";
        /// Good to know.
        Informational = "Informational", "0";
        /// A little.
        Low = "Low", "1";
        /// Rather.
        Medium = "Medium", "2";
        /// Very.
        High = "High", "3";
    }
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AlertFilter {
    /// The context that it belongs to; nothing if it holds everywhere.
    #[serde(rename = "contextId", default, deserialize_with = "wire")]
    pub context: Option<ContextId>,
    /// The rule whose alerts it changes.
    #[serde(rename = "ruleId", deserialize_with = "wire")]
    pub rule: RuleId,
    /// What it makes of their risk.
    #[serde(rename = "newLevel", deserialize_with = "wire")]
    pub level: NewLevel,
    /// Whether it is in use.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
    /// The address that they must have.
    #[serde(default, deserialize_with = "wire")]
    pub url: Option<String>,
    /// Whether that is a regular expression.
    #[serde(default, deserialize_with = "wire")]
    pub url_is_regex: bool,
    /// The parameter that they must have.
    #[serde(default, deserialize_with = "wire")]
    pub parameter: Option<String>,
    /// Whether that is a regular expression.
    #[serde(default, deserialize_with = "wire")]
    pub parameter_is_regex: bool,
    /// The attack that they must have.
    #[serde(default, deserialize_with = "wire")]
    pub attack: Option<String>,
    /// Whether that is a regular expression.
    #[serde(default, deserialize_with = "wire")]
    pub attack_is_regex: bool,
    /// The evidence that they must have.
    #[serde(default, deserialize_with = "wire")]
    pub evidence: Option<String>,
    /// Whether that is a regular expression.
    #[serde(default, deserialize_with = "wire")]
    pub evidence_is_regex: bool,
}

plain!(AlertFilter);
