//! Rules that change what is sent and what arrives.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::endpoint::endpoints;
use crate::open_enum::open_enum;
use crate::wire::{plain, wire};

endpoints! {
    /// Rules that change what is sent and what arrives.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), dast_zap_client::ZapError> {
    /// use dast_zap_client::ZapClient;
    /// use dast_zap_client::replacer::MatchType;
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let rule = zap.replacer().add_rule("login", true, MatchType::RequestHeader, false, "Authorization");
    /// rule.replacement("Bearer a token").url("http://shop\\.test/.*").send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Replacer("replacer");

    /// The rules.
    view "rules" rules() -> Vec<Rule> as "rules";

    /// Adds a rule. For headers `text` is their name, or for a regular expression what is looked for.
    action "addRule" add_rule(
        description: &str = "description", enabled: bool = "enabled", match_type: MatchType = "matchType",
        is_regex: bool = "matchRegex", text: &str = "matchString",
    ) => AddRule {
        /// What stands there instead; a header without one is removed.
        replacement: &str = "replacement",
        /// Only for messages of those parts of ZAP; for all without it.
        initiators: &[InitiatorId] = "initiators",
        /// Only for addresses that this regular expression (Java's) matches.
        url: &str = "url",
        /// Only for requests with that method.
        method: &str = "method",
    };

    /// Removes the rule of that description.
    action "removeRule" remove_rule(description: &str = "description");
    /// Turns the rule of that description on or off.
    action "setEnabled" set_enabled(description: &str = "description", enabled: bool = "bool");
}

/// A rule. What it puts in place, which may be a token, does not print.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rule {
    /// What it is for: its name.
    #[serde(deserialize_with = "wire")]
    pub description: String,
    /// Whether it is in use.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
    /// What it changes.
    #[serde(deserialize_with = "wire")]
    pub match_type: MatchType,
    /// Whether it looks for a regular expression.
    #[serde(rename = "matchRegex", deserialize_with = "wire")]
    pub is_regex: bool,
    /// What it looks for.
    #[serde(rename = "matchString", deserialize_with = "wire")]
    pub text: String,
    /// What stands there instead.
    #[serde(deserialize_with = "wire")]
    pub replacement: String,
    /// Whose messages it changes; everyone's if there are none.
    #[serde(deserialize_with = "initiators")]
    pub initiators: Vec<InitiatorId>,
    /// The addresses that it holds for; all if it is empty.
    #[serde(default, deserialize_with = "wire")]
    pub url: String,
    /// The method that it holds for; all if it is empty.
    #[serde(default, deserialize_with = "wire")]
    pub method: String,
}

plain!(Rule);

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("description", &self.description)
            .field("enabled", &self.enabled)
            .field("match_type", &self.match_type)
            .field("is_regex", &self.is_regex)
            .field("text", &self.text)
            .field("initiators", &self.initiators)
            .field("url", &self.url)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

open_enum! {
    /// What a rule changes.
    pub enum MatchType {
        /// A header of requests; it is added if it is absent.
        RequestHeader = "REQ_HEADER",
        /// Text in the headers of requests.
        RequestHeaderText = "REQ_HEADER_STR",
        /// Text in the bodies of requests.
        RequestBodyText = "REQ_BODY_STR",
        /// A header of answers; it is added if it is absent.
        ResponseHeader = "RESP_HEADER",
        /// Text in the headers of answers.
        ResponseHeaderText = "RESP_HEADER_STR",
        /// Text in the bodies of answers.
        ResponseBodyText = "RESP_BODY_STR",
    }
}

open_enum! {
    /// A part of ZAP that sends requests, by its number (`HttpSender.*_INITIATOR`).
    pub enum InitiatorId {
        /// The proxy.
        Proxy = "1",
        /// The active scanner.
        ActiveScanner = "2",
        /// The spider.
        Spider = "3",
        /// The fuzzer.
        Fuzzer = "4",
        /// Logging in.
        Authentication = "5",
        /// Requests made by hand.
        Manual = "6",
        /// The look for updates.
        Updates = "7",
        /// The BeanShell.
        BeanShell = "8",
        /// The scanner of access control.
        AccessControl = "9",
        /// The AJAX spider.
        AjaxSpider = "10",
    }
}

/// Numbers joined by commas, as text.
fn initiators<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<InitiatorId>, D::Error> {
    let list: String = wire(deserializer)?;
    Ok(list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(InitiatorId::from).collect())
}
