//! Names of rules: what a scanner calls the thing it looks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ValueError;

const MAX_LEN: usize = 40;

/// The name of a rule: a scanner's plugin id (`10038`) or one variant of it (`10038-1`).
///
/// ZAP's ids are numbers and the built-in engine uses the same ones; another scanner may use words. At most 40
/// letters, digits and `-_.:`.
///
/// ```
/// use dast_policy::RuleId;
///
/// let rule: RuleId = "10038-1".parse()?;
/// assert_eq!(rule.as_str(), "10038-1");
/// assert!("10038 1".parse::<RuleId>().is_err());
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Box<str>);

impl RuleId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// So that maps by rule can be asked with text.
impl std::borrow::Borrow<str> for RuleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for RuleId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        if text.is_empty() || text.len() > MAX_LEN || !text.bytes().all(legal) {
            return Err(ValueError::new(
                text,
                "a rule such as `10038` or `10038-1`: up to 40 letters, digits and `-_.:`",
            ));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an alert calls the kind of finding: a rule and, where the rule has several kinds, the variant.
///
/// ZAP's `alertRef` is the plugin id, or the plugin id with `-` and a number
/// (<https://www.zaproxy.org/docs/alerts/>). Distinct alert references are what the unit *alerts* counts.
///
/// ```
/// use dast_policy::AlertRef;
///
/// let csp = AlertRef::variant("10038", 1)?;
/// assert_eq!((csp.as_str(), csp.plugin_id()), ("10038-1", "10038"));
/// assert_eq!(AlertRef::of("10021")?.as_str(), "10021");
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertRef(RuleId);

impl AlertRef {
    /// The reference of a rule with a single kind of finding.
    ///
    /// # Errors
    /// When `plugin_id` is no [`RuleId`].
    pub fn of(plugin_id: &str) -> Result<Self, ValueError> {
        Self::parse(plugin_id, plugin_id)
    }

    /// The reference of the `number`th kind of finding of a rule.
    ///
    /// # Errors
    /// When `plugin_id` is no [`RuleId`].
    pub fn variant(plugin_id: &str, number: u32) -> Result<Self, ValueError> {
        Self::parse(plugin_id, &format!("{plugin_id}-{number}"))
    }

    /// A whole reference, which says by itself which rule it belongs to.
    pub(crate) fn named(reference: &str) -> Result<Self, ValueError> {
        reference.parse().map(Self)
    }

    /// Reads the two fields of an alert. An empty reference, which ZAP sends for manual alerts, is the plugin id.
    ///
    /// A reference says by itself which rule it belongs to: what stands before a last `-` and digits.
    ///
    /// # Errors
    /// When either is no [`RuleId`], or the reference is not that of the plugin or one of its variants.
    pub fn parse(plugin_id: &str, alert_ref: &str) -> Result<Self, ValueError> {
        let plugin: RuleId = plugin_id.parse()?;
        let reference: RuleId = if alert_ref.is_empty() { plugin.clone() } else { alert_ref.parse()? };
        if Self::rule_of(reference.as_str()) != plugin.as_str() {
            return Err(ValueError::new(
                alert_ref,
                format!(
                    "an alert reference of rule `{plugin}`: the rule itself, or the rule, `-` and a number"
                ),
            ));
        }
        Ok(Self(reference))
    }

    /// The whole reference, such as `10038-1`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The rule it belongs to, such as `10038`.
    pub fn plugin_id(&self) -> &str {
        Self::rule_of(self.as_str())
    }

    /// What stands before a last `-` and digits. `-1`, ZAP's id of manual alerts, is a rule.
    pub(crate) fn rule_of(reference: &str) -> &str {
        let digits = reference.bytes().rev().take_while(u8::is_ascii_digit).count();
        let before = reference.len().checked_sub(digits + 1).and_then(|end| reference.split_at_checked(end));
        match before {
            Some((rule, variant)) if !rule.is_empty() && digits > 0 && variant.starts_with('-') => rule,
            _ => reference,
        }
    }

    /// The names by which policies may name a reference: its own first, and that of its rule.
    pub(crate) fn names_of(reference: &str) -> impl Iterator<Item = &str> {
        let rule = Self::rule_of(reference);
        [reference].into_iter().chain((rule.len() < reference.len()).then_some(rule))
    }

    /// Whether `rule` names this reference itself or the rule that it belongs to.
    pub fn is_named_by(&self, rule: &RuleId) -> bool {
        rule.as_str() == self.as_str() || rule.as_str() == self.plugin_id()
    }
}

impl fmt::Display for AlertRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An alert reference as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    plugin_id: String,
    alert_ref: String,
}

impl Serialize for AlertRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { plugin_id: self.plugin_id().to_owned(), alert_ref: self.as_str().to_owned() }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AlertRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::parse(&wire.plugin_id, &wire.alert_ref).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_belongs_to_its_rule() {
        assert!(AlertRef::parse("10038", "10038-2").is_ok());
        assert!(AlertRef::parse("10038", "100381").is_err());
        assert!(AlertRef::parse("10038", "10021").is_err());
        assert_eq!(AlertRef::parse("-1", "").unwrap().plugin_id(), "-1");
        assert_eq!(AlertRef::of("security-txt").unwrap().plugin_id(), "security-txt");
        // One reference has one rule.
        assert!(AlertRef::parse("10038-1", "10038-1").is_err());
        assert!(AlertRef::parse("10038", "10038-x").is_err());
    }

    #[test]
    fn a_rule_names_all_its_variants_and_a_variant_only_itself() {
        let first = AlertRef::variant("10038", 1).unwrap();
        assert!(first.is_named_by(&"10038".parse().unwrap()));
        assert!(first.is_named_by(&"10038-1".parse().unwrap()));
        assert!(!first.is_named_by(&"10038-2".parse().unwrap()));
        assert!(!first.is_named_by(&"1003".parse().unwrap()));
    }
}
