//! Alerts, as ZAP writes them.

use serde_json::{Map, Value as Json, json};

/// An alert with all the fields that ZAP 2.17 gives one (`AlertAPI`), almost all of them text.
///
/// ```
/// use dast_zap_client::testing::FakeAlert;
///
/// let alert = FakeAlert::new(40012, "Cross Site Scripting (Reflected)", "http://shop.test/search?q=a");
/// let alert = alert.risk("High").confidence("Medium").param("q").cwe(79).tag("CWE-79", "");
/// assert_eq!(alert.json()["pluginId"], "40012");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FakeAlert {
    fields: Map<String, Json>,
    tags: Map<String, Json>,
}

impl FakeAlert {
    /// An alert of a rule, called `name`, at `url`: of low risk and medium confidence, found passively.
    pub fn new(rule: i32, name: &str, url: &str) -> Self {
        let mut fields = Map::new();
        for field in ["other", "evidence", "inputVector", "reference", "param", "attack"] {
            fields.insert(field.to_owned(), json!(""));
        }
        let alert = Self { fields, tags: Map::new() };
        let reference = if rule < 0 { String::new() } else { rule.to_string() };
        alert
            .field("pluginId", rule.to_string())
            .field("alertRef", reference)
            .field("name", name)
            .field("alert", name)
            .field("url", url)
            .field("nodeName", url)
            .field("method", "GET")
            .field("description", "What the rule looks for.")
            .field("solution", "What to do about it.")
            .field("risk", "Low")
            .field("confidence", "Medium")
            .field("cweid", "-1")
            .field("wascid", "-1")
            .field("sourceid", "3")
            .field("id", "0")
    }

    /// `Informational`, `Low`, `Medium` or `High`.
    pub fn risk(self, risk: &str) -> Self {
        self.field("risk", risk)
    }

    /// `False Positive`, `Low`, `Medium`, `High` or `Confirmed`.
    pub fn confidence(self, confidence: &str) -> Self {
        self.field("confidence", confidence)
    }

    /// The method of HTTP.
    pub fn method(self, method: &str) -> Self {
        self.field("method", method)
    }

    /// The parameter that is concerned.
    pub fn param(self, param: &str) -> Self {
        self.field("param", param)
    }

    /// What was sent.
    pub fn attack(self, attack: &str) -> Self {
        self.field("attack", attack)
    }

    /// What was found in the answer.
    pub fn evidence(self, evidence: &str) -> Self {
        self.field("evidence", evidence)
    }

    /// Rule and variant, such as `10038-1`.
    pub fn alert_ref(self, reference: &str) -> Self {
        self.field("alertRef", reference)
    }

    /// The number of the weakness in the CWE.
    pub fn cwe(self, number: u32) -> Self {
        self.field("cweid", number.to_string())
    }

    /// Who found it: 1 the active scanner, 3 the passive one.
    pub fn source(self, source: u8) -> Self {
        self.field("sourceid", source.to_string())
    }

    /// A tag with its value.
    pub fn tag(mut self, tag: &str, value: &str) -> Self {
        self.tags.insert(tag.to_owned(), json!(value));
        self
    }

    /// Any field as any JSON, such as the `null` that ZAP writes for the text "null".
    pub fn field(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The alert as ZAP writes it. Its `id` is given when it is raised, and so are its `messageId` and `sourceMessageId`
    /// unless they were set; until then the message is the first.
    pub fn json(&self) -> Json {
        let mut fields = self.clone().of_message(1).fields;
        fields.entry("tags").or_insert_with(|| Json::Object(self.tags.clone()));
        Json::Object(fields)
    }

    /// The alert as one of that message, if it is of none yet.
    pub(super) fn of_message(mut self, message: u32) -> Self {
        self.fields.entry("messageId").or_insert_with(|| json!(message.to_string()));
        self.fields.entry("sourceMessageId").or_insert_with(|| json!(message));
        self
    }

    pub(super) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Json::as_str).unwrap_or_default()
    }
}
