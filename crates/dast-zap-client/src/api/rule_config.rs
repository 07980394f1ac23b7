//! Settings of rules.

use serde::Deserialize;

use crate::endpoint::endpoints;
use crate::wire::{plain, wire};

endpoints! {
    /// Settings of rules.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), dast_zap_client::ZapError> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.rule_config().set_value("rules.common.sleep").value("5").send().await?;
    /// # Ok(()) }
    /// ```
    pub struct RuleConfig("ruleConfig");

    /// All settings.
    view "allRuleConfigs" all() -> Vec<Setting> as "allRuleConfigs";
    /// The value of a setting.
    view "ruleConfigValue" value(key: &str = "key") -> String as "ruleConfigValue";
    /// Changes a setting; it becomes empty if no value is given.
    action "setRuleConfigValue" set_value(key: &str = "key") => SetValue {
        /// The value.
        value: &str = "value",
    };
    /// Gives a setting its default.
    action "resetRuleConfigValue" reset_value(key: &str = "key");
    /// Gives all settings their defaults.
    action "resetAllRuleConfigValues" reset_all_values();
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Setting {
    /// Its name, such as `rules.common.sleep`.
    #[serde(deserialize_with = "wire")]
    pub key: String,
    /// Its value.
    #[serde(default, deserialize_with = "wire")]
    pub value: String,
    /// The value that it has where nobody sets another.
    #[serde(default, deserialize_with = "wire")]
    pub default_value: String,
    /// What it does, in ZAP's own language.
    #[serde(default, deserialize_with = "wire")]
    pub description: String,
}

plain!(Setting);
