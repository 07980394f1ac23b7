//! Which Rust type a parameter or a reply has.

use serde::Deserialize;

/// What a reply holds, in the words of the table.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reply {
    Boolean,
    Integer,
    Text,
    Texts,
    Table,
    Tables,
    Json,
}

impl Reply {
    pub(super) fn rust(self) -> &'static str {
        match self {
            Self::Boolean => "bool",
            Self::Integer => "i32",
            Self::Text => "String",
            Self::Texts => "Vec<String>",
            Self::Table => "BTreeMap<String, String>",
            Self::Tables => "Vec<BTreeMap<String, String>>",
            Self::Json => "Value",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Text => "text",
            Self::Texts => "a list of text",
            Self::Table => "a table",
            Self::Tables => "a list of tables",
            Self::Json => "JSON",
        }
    }
}

/// Types that come from elsewhere, in the order in which rustfmt wants their imports.
pub(super) const IMPORTS: [(&str, &str); 2] =
    [("BTreeMap", "std::collections::BTreeMap"), ("Value", "serde_json::Value")];

const IDS: [&str; 9] = [
    "ActiveScanId",
    "AlertId",
    "ClientSpiderScanId",
    "ContextId",
    "MessageId",
    "PlanId",
    "RuleId",
    "SpiderScanId",
    "UserId",
];

/// The ids that are named in a text.
pub(super) fn ids(text: &str) -> Vec<&'static str> {
    IDS.into_iter().filter(|id| mentions(text, id)).collect()
}

/// Whether a text names a type, not only a longer one that ends like it.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    let before = ["<", "[", " "];
    let after = [" ", "]", ",", ">", ";", "<"];
    before.iter().any(|before| after.iter().any(|after| text.contains(&format!("{before}{word}{after}"))))
}

/// Parameters whose type depends on where they stand: component, endpoint (all where empty), parameter, type.
const PLACES: [(&str, &str, &str, &str); 33] = [
    ("accessControl", "scan", "userId", "&[UserId]"),
    ("alert", "", "id", "AlertId"),
    ("alert", "", "ids", "&[AlertId]"),
    ("ascan", "", "scanId", "ActiveScanId"),
    ("ascan", "setPolicyAlertThreshold", "id", "i32"),
    ("ascan", "setPolicyAttackStrength", "id", "i32"),
    ("ascan", "setScannerAlertThreshold", "id", "RuleId"),
    ("ascan", "setScannerAttackStrength", "id", "RuleId"),
    ("ascan", "setEnabledPolicies", "ids", "&[i32]"),
    ("ascan", "", "ids", "&[RuleId]"),
    ("ascan", "", "type", "i32"),
    ("autoupdate", "", "id", "&str"),
    ("break", "", "type", "&str"),
    ("clientSpider", "", "scanId", "ClientSpiderScanId"),
    ("core", "", "id", "MessageId"),
    ("core", "", "ids", "&[MessageId]"),
    ("exim", "", "ids", "&[MessageId]"),
    ("network", "addLocalServer", "proxy", "bool"),
    ("network", "setProxy", "proxy", "&str"),
    ("pnh", "oracle", "id", "i32"),
    // The key of a page that is watched.
    ("pnh", "", "id", "&str"),
    ("pscan", "", "id", "RuleId"),
    ("pscan", "", "ids", "&[RuleId]"),
    ("script", "", "type", "&str"),
    ("spider", "", "scanId", "SpiderScanId"),
    // The number of a frame within its channel.
    ("websocket", "", "messageId", "i32"),
    ("alert", "", "messageId", "MessageId"),
    ("alert", "", "riskId", "u8"),
    ("alert", "", "confidenceId", "u8"),
    ("accessControl", "", "alertRiskLevel", "u8"),
    ("retest", "", "alertIds", "&[AlertId]"),
    ("network", "setSocksProxy", "version", "u8"),
    ("acsrf", "", "hrefId", "MessageId"),
];

/// Parameters that mean the same everywhere. ZAP turns a number or truth value that it cannot read into its default,
/// so that none of them may be text.
const NAMES: [(&str, &[&str]); 10] = [
    ("ContextId", &["contextId"]),
    ("UserId", &["userId"]),
    ("PlanId", &["planId"]),
    ("RuleId", &["ruleId", "scannerId"]),
    ("u16", &["port"]),
    ("u64", &["lastPollTimeInMs"]),
    ("i32", &["Integer", "channelId", "cweId", "idx", "index", "policyId", "statusCode", "ttl", "wascId"]),
    (
        "u32",
        &[
            "actionWaitTime",
            "count",
            "days",
            "maxAlerts",
            "maxChildren",
            "maxCrawlDepth",
            "maxMessages",
            "maxSize",
            "numberOfBrowsers",
            "numberOfInstances",
            "pageLoadTime",
            "payloadPreviewLength",
            "pollFrequency",
            "pollInSecs",
            "requestsPerSecond",
            "requestsSinceLastPoll",
            "start",
            "timeout",
            "validity",
        ],
    ),
    (
        "bool",
        &[
            "Boolean",
            "api",
            "attackIsRegex",
            "behindNat",
            "bool",
            "boolean",
            "booleanInScope",
            "decodeResponse",
            "enabled",
            "evidenceIsRegex",
            "falsePositive",
            "followRedirects",
            "ignorecase",
            "inScope",
            "inScopeOnly",
            "inverse",
            "isEnabled",
            "isRegex",
            "lastPollResult",
            "logoutAvoidance",
            "onlyInScope",
            "outgoing",
            "overwrite",
            "parameterIsRegex",
            "raiseAlert",
            "recurse",
            "removeAcceptEncoding",
            "reveal",
            "scanAsUnAuthUser",
            "secure",
            "sendRequests",
            "state",
            "subtreeOnly",
            "tokenEnabled",
            "urlIsRegex",
            "use",
            "useDns",
        ],
    ),
    ("&str", TEXT),
];

/// Parameters that are text: a name that stands nowhere has to be looked at before it is sent.
const TEXT: &[&str] = &[
    "String",
    "actionUrl",
    "address",
    "alertThreshold",
    "attack",
    "attackStrength",
    "attributeName",
    "attributeValue",
    "authCredentialsConfigParams",
    "authMethodConfigParams",
    "authMethodName",
    "authToken",
    "authority",
    "baseurl",
    "bodyRegex",
    "browser",
    "category",
    "charset",
    "checkingStrategy",
    "contextFile",
    "contextName",
    "contexts",
    "data",
    "description",
    "descriptionNew",
    "dir",
    "display",
    "domain",
    "element",
    "endTime",
    "endurl",
    "evidence",
    "excRegexs",
    "file",
    "fileContents",
    "fileName",
    "filePath",
    "groupBy",
    "headerRegex",
    "host",
    "hostOverride",
    "httpBody",
    "httpHeader",
    "incRegexs",
    "includedConfidences",
    "includedRisks",
    "initiators",
    "key",
    "keyPrefix",
    "localAddress",
    "location",
    "logLevel",
    "loggedInIndicatorRegex",
    "loggedOutIndicatorRegex",
    "logicalOperator",
    "match",
    "matchRegex",
    "matchString",
    "matchType",
    "message",
    "method",
    "methodConfigParams",
    "methodName",
    "methods",
    "mode",
    "name",
    "newLevel",
    "newSessionName",
    "oldSessionName",
    "otherInfo",
    "param",
    "parameter",
    "password",
    "path",
    "payload",
    "pollData",
    "pollFrequencyUnits",
    "pollHeaders",
    "pollUrl",
    "postData",
    "realm",
    "references",
    "regex",
    "remoteAddress",
    "replacement",
    "reportDir",
    "reportFileName",
    "reportFileNamePattern",
    "request",
    "scanPolicyName",
    "scope",
    "scopeCheck",
    "scriptDescription",
    "scriptEngine",
    "scriptName",
    "scriptType",
    "sections",
    "server",
    "session",
    "sessionToken",
    "site",
    "sites",
    "solution",
    "startTime",
    "string",
    "target",
    "technologyNames",
    "template",
    "text",
    "theme",
    "title",
    "tokenValue",
    "url",
    "userAgent",
    "userName",
    "username",
    "value",
    "varKey",
    "varValue",
    "xpath",
];

/// The type of a parameter, if anything is known of it.
pub(super) fn parameter(component: &str, endpoint: &str, name: &str) -> Option<&'static str> {
    let place = PLACES.iter().find(|(of, at, parameter, _)| {
        *of == component && (at.is_empty() || *at == endpoint) && *parameter == name
    });
    let by_name = || NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(kind, _)| *kind);
    place.map(|(.., kind)| *kind).or_else(by_name)
}

/// A value of a parameter's type, for an example.
pub(super) fn sample(kind: &str) -> Option<String> {
    let id = |name: &str| format!("dast_zap_client::{name}::new(1)");
    match kind {
        "&str" => Some("\"shop\"".to_owned()),
        "bool" => Some("true".to_owned()),
        id_of if id_of.ends_with("Id") => Some(id(id_of)),
        list => list.strip_prefix("&[")?.strip_suffix(']').map(|of| format!("&[{}]", id(of))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_before_a_name() {
        assert_eq!(parameter("spider", "stop", "scanId"), Some("SpiderScanId"));
        assert_eq!(parameter("accessControl", "scan", "userId"), Some("&[UserId]"));
        assert_eq!(parameter("users", "removeUser", "userId"), Some("UserId"));
        assert_eq!(parameter("users", "removeUser", "whatever"), None);
    }

    #[test]
    fn a_name_is_not_its_longer_sister() {
        assert!(mentions("(scan: ActiveScanId = ", "ActiveScanId"));
        assert!(!mentions("(scan: ClientSpiderScanId = ", "SpiderScanId"));
    }
}
