//! From a document to what serde writes, and to the schema of it: one description of the fields for both.

use serde::{Serialize, Serializer};

use super::PolicyDocument;
use crate::exemption::{Exemption, Location};
use crate::level::RuleLevel;
use crate::threshold::Thresholds;
use crate::verdict::Enforcement;

/// What a policy may say.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PolicyDocument", deny_unknown_fields)
)]
#[serde(rename_all = "camelCase")]
struct Document {
    /// How many findings are accepted. Needed, unless a rule has the level FAIL or WARN.
    #[serde(skip_serializing_if = "Thresholds::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    thresholds: Thresholds,
    /// Findings that the scanner is less sure of do not count. Low if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["Low", "Medium", "High", "Confirmed"])))]
    minimum_confidence: Option<&'static str>,
    /// Rules that are judged by a level of their own instead of by the thresholds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    rules: Vec<Rule>,
    /// Findings that are accepted for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    exemptions: Vec<ExemptionDocument>,
    /// How old evidence may be, such as 168h or 7d. Seven days if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<String>,
    /// For how long after a rollout something that is exposed already is judged by the evidence of what ran before, such as
    /// 30m, while the new scan is pending. Not at all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<String>,
    /// Engines whose evidence counts, such as zap. All if absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    engines: Vec<String>,
    /// Profiles whose evidence counts, such as full. All if absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    profiles: Vec<String>,
    /// How much a scan must have seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Coverage>,
    /// Whether a scan must have been logged in from start to end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "schema", schemars(default))]
    authentication_required: bool,
    /// What a bad verdict does.
    #[serde(skip_serializing_if = "is_default")]
    #[cfg_attr(feature = "schema", schemars(default))]
    enforcement: Enforcement,
}

/// A level for a rule, everywhere or at some paths.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Rule {
    /// The rule (10038) or one variant of it (10038-1).
    #[cfg_attr(feature = "schema", schemars(schema_with = "rule_schema"))]
    rule: String,
    /// IGNORE: not even shown. INFO: shown. WARN: warns when found. FAIL: fails when found.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["IGNORE", "INFO", "WARN", "FAIL"])))]
    level: &'static str,
    /// Only at paths that this glob matches, such as /legacy/**.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Only at paths that this regular expression matches as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_regex: Option<String>,
}

/// Findings that are accepted: which rule, where (exactly one of path, pathRegex, fingerprint), why, by whom, until when.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Exemption", deny_unknown_fields)
)]
#[serde(rename_all = "camelCase")]
struct ExemptionDocument {
    /// The rule (10038) or one variant of it (10038-1).
    #[cfg_attr(feature = "schema", schemars(schema_with = "rule_schema"))]
    rule: String,
    /// Where: a glob over paths, such as /legacy/**. It must name a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Where: a regular expression over whole paths. It must name a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_regex: Option<String>,
    /// Where: the one instance with this fingerprint, as reports show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{32}$")))]
    fingerprint: Option<String>,
    /// Only what was found with this request method.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Only what was found in this parameter, header or cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<String>,
    /// Why it is accepted.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    reason: String,
    /// Who answers for it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    owner: String,
    /// When it is gone: a time with a zone, such as 2027-01-31T00:00:00Z.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    expires: String,
}

/// How much a scan must have seen.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Coverage {
    /// At least so many pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<u64>,
    /// At least so much of what was found, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 100)))]
    percent: Option<u8>,
}

#[cfg(feature = "schema")]
fn rule_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    // Kubernetes' way to say "text, or a number that is meant as text".
    schemars::json_schema!({
        "anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,40}$"}, {"type": "integer"}],
        "x-kubernetes-int-or-string": true,
    })
}

fn is_default(enforcement: &Enforcement) -> bool {
    *enforcement == Enforcement::default()
}

impl From<&RuleLevel> for Rule {
    fn from(rule: &RuleLevel) -> Self {
        let glob = rule.path.as_ref().and_then(|path| path.as_glob());
        let regex = rule.path.as_ref().and_then(|path| path.as_regex());
        Self {
            rule: rule.rule.to_string(),
            level: rule.level.as_str(),
            path: glob.map(str::to_owned),
            path_regex: regex.map(str::to_owned),
        }
    }
}

impl From<&Exemption> for ExemptionDocument {
    fn from(exemption: &Exemption) -> Self {
        let (path, path_regex, fingerprint) = match exemption.location() {
            Location::Path(path) => (path.as_glob(), path.as_regex(), None),
            Location::Fingerprint(fingerprint) => (None, None, Some(fingerprint.to_string())),
        };
        Self {
            rule: exemption.rule().to_string(),
            path: path.map(str::to_owned),
            path_regex: path_regex.map(str::to_owned),
            fingerprint,
            method: exemption.method().map(str::to_owned),
            param: exemption.param().map(str::to_owned),
            reason: exemption.reason().to_owned(),
            owner: exemption.owner().to_owned(),
            expires: exemption.expires().to_string(),
        }
    }
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Destructured without `..`, so that a new field is not forgotten.
        let Self {
            thresholds,
            minimum_confidence,
            rules,
            exemptions,
            max_age,
            grace,
            engines,
            profiles,
            coverage,
            authentication_required,
            enforcement,
        } = self;
        let seen = coverage.pages.is_some() || coverage.percent.is_some();
        Document {
            thresholds: *thresholds,
            minimum_confidence: minimum_confidence.map(|confidence| confidence.as_str()),
            rules: rules.iter().map(Rule::from).collect(),
            exemptions: exemptions.iter().map(ExemptionDocument::from).collect(),
            max_age: max_age.map(|age| format!("{age:#}")),
            grace: grace.map(|grace| format!("{grace:#}")),
            engines: engines.clone(),
            profiles: profiles.clone(),
            coverage: seen.then_some(Coverage { pages: coverage.pages, percent: coverage.percent }),
            authentication_required: *authentication_required,
            enforcement: *enforcement,
        }
        .serialize(serializer)
    }
}

/// As it stands in a document.
impl Serialize for Exemption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ExemptionDocument::from(self).serialize(serializer)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Exemption {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        ExemptionDocument::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ExemptionDocument::json_schema(generator)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PolicyDocument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Document::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Document::json_schema(generator)
    }
}
