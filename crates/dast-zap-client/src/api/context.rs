//! Contexts: which addresses belong together.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::endpoint::endpoints;
use crate::id::ContextId;
use crate::open_enum::open_enum;
use crate::parameter::Value;
use crate::wire::{Wire, plain, wire};

endpoints! {
    /// Contexts: which addresses belong together.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ZapClient, context::Patterns};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let id = zap.context().new_context("shop").send().await?;
    /// let include = Patterns::from_iter([r"\Qhttp://shop.test\E(/.*)?"]);
    /// let exclude = Patterns::from_iter([r"\Qhttp://shop.test/logout\E.*"]);
    /// zap.context().set_regexes("shop", &include, &exclude).send().await?;
    /// println!("context {id}: {:?}", zap.context().urls("shop").send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Context("context");

    /// Makes a context, which is in scope.
    action "newContext" new_context(name: &str = "contextName") -> ContextId as "contextId";

    /// Removes a context.
    action "removeContext" remove_context(name: &str = "contextName");

    /// Names of all contexts.
    view "contextList" contexts() -> Vec<String> as "contextList";

    /// A context.
    view "context" context(name: &str = "contextName") -> ContextDetails as "context";

    /// Regular expressions of the addresses that belong to a context.
    view "includeRegexs" include_regexes(name: &str = "contextName") -> Vec<String> as "includeRegexs";

    /// Regular expressions of the addresses that do not belong to a context though they are included.
    view "excludeRegexs" exclude_regexes(name: &str = "contextName") -> Vec<String> as "excludeRegexs";

    /// Adds a regular expression of addresses that belong to a context. It must match the whole address.
    action "includeInContext" include_in_context(name: &str = "contextName", regex: &str = "regex");

    /// Adds a regular expression of addresses that do not belong to a context. One that is included word for word is
    /// no longer included instead.
    action "excludeFromContext" exclude_from_context(name: &str = "contextName", regex: &str = "regex");

    /// Replaces the regular expressions of a context.
    action "setContextRegexs" set_regexes(
        name: &str = "contextName",
        include: &Patterns = "incRegexs",
        exclude: &Patterns = "excRegexs",
    );

    /// Puts a context into scope, or out of it.
    action "setContextInScope" set_in_scope(name: &str = "contextName", in_scope: bool = "booleanInScope");

    /// Says how ZAP finds out whether a user is logged in. Where it is to poll, all of the options must be given, empty
    /// ones too: [`Context::poll`] does that.
    action "setContextCheckingStrategy" set_checking_strategy(
        name: &str = "contextName",
        strategy: CheckingStrategy = "checkingStrategy",
    ) => SetCheckingStrategy {
        /// The address that is polled.
        poll_url: &Url = "pollUrl",
        /// The body of the request that polls.
        poll_data: &str = "pollData",
        /// Header fields of the request that polls, one a line.
        poll_headers: &str = "pollHeaders",
        /// After how many requests or seconds it is polled again.
        poll_frequency: u32 = "pollFrequency",
        /// What the frequency counts.
        poll_frequency_units: PollUnits = "pollFrequencyUnits",
    };

    /// All technologies that ZAP knows.
    view "technologyList" technologies() -> Vec<String> as "technologyList";

    /// Technologies that the targets of a context may use.
    view "includedTechnologyList" included_technologies(
        name: &str = "contextName",
    ) -> Vec<String> as "includedTechnologyList";

    /// Technologies that the targets of a context do not use.
    view "excludedTechnologyList" excluded_technologies(
        name: &str = "contextName",
    ) -> Vec<String> as "excludedTechnologyList";

    /// Says that the targets of a context may use some technologies.
    action "includeContextTechnologies" include_technologies(
        name: &str = "contextName",
        technologies: &[&str] = "technologyNames",
    );

    /// Says that the targets of a context may use any technology.
    action "includeAllContextTechnologies" include_all_technologies(name: &str = "contextName");

    /// Says that the targets of a context do not use some technologies, so that rules about these are left out.
    action "excludeContextTechnologies" exclude_technologies(
        name: &str = "contextName",
        technologies: &[&str] = "technologyNames",
    );

    /// Says that the targets of a context use no technology that ZAP knows.
    action "excludeAllContextTechnologies" exclude_all_technologies(name: &str = "contextName");

    /// Addresses of a context that were accessed.
    view "urls" urls(name: &str = "contextName") -> Vec<String> as "urls";

    /// Writes a context to a file on ZAP's disk. A path that is not absolute is one below ZAP's folder of contexts.
    action "exportContext" export_context(name: &str = "contextName", file: &str = "contextFile");

    /// Reads a context from a file on ZAP's disk. A path that is not absolute is one below ZAP's folder of contexts.
    action "importContext" import_context(file: &str = "contextFile") -> ContextId as "contextId";
}

impl Context {
    /// Has ZAP ask at `url` now and then, after `frequency` requests or seconds, whether a user is logged in.
    pub fn poll(&self, name: &str, url: &Url, frequency: u32, units: PollUnits) -> SetCheckingStrategy {
        self.set_checking_strategy(name, CheckingStrategy::PollUrl)
            .poll_url(url)
            .poll_data("")
            .poll_headers("")
            .poll_frequency(frequency)
            .poll_frequency_units(units)
    }
}

open_enum! {
    /// How ZAP finds out whether a user is logged in.
    pub enum CheckingStrategy {
        /// By every response.
        EachResponse = "EACH_RESP",
        /// By every request.
        EachRequest = "EACH_REQ",
        /// By every request and response.
        EachRequestOrResponse = "EACH_REQ_RESP",
        /// By asking at an address now and then.
        PollUrl = "POLL_URL",
        /// As it finds out by itself.
        AutoDetect = "AUTO_DETECT",
    }
}

open_enum! {
    /// What the frequency of polling counts.
    pub enum PollUnits {
        /// Requests.
        Requests = "REQUESTS",
        /// Seconds.
        Seconds = "SECONDS",
    }
}

/// Regular expressions, as Java writes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns(Vec<String>);

impl<S: Into<String>> FromIterator<S> for Patterns {
    fn from_iter<I: IntoIterator<Item = S>>(patterns: I) -> Self {
        Self(patterns.into_iter().map(Into::into).collect())
    }
}

/// Lists of regular expressions travel as JSON.
impl Value for Patterns {
    fn text(&self) -> String {
        serde_json::Value::from(self.0.clone()).to_string()
    }
}

/// What ZAP knows of a context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContextDetails {
    /// Its id.
    #[serde(deserialize_with = "wire")]
    pub id: ContextId,
    /// Its name.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// What somebody wrote about it.
    #[serde(deserialize_with = "wire")]
    pub description: String,
    /// Whether it is in scope.
    #[serde(deserialize_with = "wire")]
    pub in_scope: bool,
    /// Regular expressions of the addresses that belong to it.
    #[serde(rename = "includeRegexs", deserialize_with = "embedded")]
    pub include_regexes: Vec<String>,
    /// Regular expressions of the addresses that do not, though they are included.
    #[serde(rename = "excludeRegexs", deserialize_with = "embedded")]
    pub exclude_regexes: Vec<String>,
    /// Technologies that its targets may use.
    #[serde(default, deserialize_with = "wire")]
    pub included_technologies: Vec<String>,
    /// Technologies that its targets do not use.
    #[serde(default, deserialize_with = "wire")]
    pub excluded_technologies: Vec<String>,
    /// How its users log in, in words, such as `Manual Authentication`.
    #[serde(rename = "authType", default, deserialize_with = "wire")]
    pub authentication: Option<String>,
    /// How ZAP finds out whether a user is logged in.
    #[serde(default, deserialize_with = "wire")]
    pub checking_strategy: Option<CheckingStrategy>,
    /// The regular expression of answers to those who are logged in; empty for none.
    #[serde(default, deserialize_with = "wire")]
    pub logged_in_pattern: Option<String>,
    /// The regular expression of answers to those who are logged out; empty for none.
    #[serde(default, deserialize_with = "wire")]
    pub logged_out_pattern: Option<String>,
}

plain!(ContextDetails);

/// A value that stands as JSON inside of a text.
pub(super) fn embedded<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = String::read(deserializer)?;
    serde_json::from_str(&text).map_err(|error| {
        // The message alone: the text may have passwords in it.
        D::Error::custom(format_args!("text that should be JSON is not: {:?} error", error.classify()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_travel_as_json() {
        assert_eq!(
            Patterns::from_iter([r"\Qhttp://a\E.*", "b,\"c"]).text(),
            r#"["\\Qhttp://a\\E.*","b,\"c"]"#
        );
        assert_eq!(Patterns::default().text(), "[]");
    }
}
