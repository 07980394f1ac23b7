//! Contexts of a session, and their users.

use serde_json::{Value as Json, json};

use super::expression;

/// Which addresses belong together.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) includes: Vec<String>,
    pub(super) excludes: Vec<String>,
    pub(super) in_scope: bool,
    pub(super) authentication: Authentication,
    pub(super) users: Vec<User>,
}

/// How users of a context log in, and how it is seen that they are.
#[derive(Debug)]
pub(super) struct Authentication {
    pub(super) method: String,
    /// As they were given.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) logged_in: String,
    pub(super) logged_out: String,
    /// Where ZAP looks; none where it looks at whatever comes along.
    pub(super) poll: Option<Poll>,
}

/// What ZAP asks for to see whether it is logged in.
#[derive(Debug)]
pub(super) struct Poll {
    pub(super) url: String,
    pub(super) data: String,
    pub(super) headers: String,
    pub(super) frequency: u32,
    pub(super) units: String,
}

/// A user of a context.
#[derive(Debug)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) enabled: bool,
    /// None until they are given.
    pub(super) credentials: Option<Vec<(String, String)>>,
}

impl Context {
    pub(super) fn new(id: u32, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            includes: Vec::new(),
            excludes: Vec::new(),
            in_scope: true,
            authentication: Authentication::new(MANUAL, Vec::new()),
            users: Vec::new(),
        }
    }

    /// Whether an address is in the context.
    pub(super) fn has(&self, url: &str) -> bool {
        let among = |expressions: &[String]| {
            expressions.iter().any(|expression| expression::matches(expression, url))
        };
        among(&self.includes) && !among(&self.excludes)
    }

    /// Lists stand as JSON within text.
    pub(super) fn json(&self) -> Json {
        let separators = json!({ "kvps": "&", "kvs": "=", "struct": [] }).to_string();
        let method = &self.authentication;
        let mut described = json!({
            "id": self.id.to_string(),
            "name": self.name,
            "description": "",
            "inScope": self.in_scope.to_string(),
            "includeRegexs": json!(self.includes).to_string(),
            "excludeRegexs": json!(self.excludes).to_string(),
            "includedTechnologies": ["Db", "Language", "OS"],
            "excludedTechnologies": [],
            "authType": "Manual Authentication",
            "authenticationDetectionMethodId": "0",
            "checkingStrategy": if method.poll.is_some() { POLL_URL } else { "EACH_RESP" },
            "loggedInPattern": method.logged_in,
            "loggedOutPattern": method.logged_out,
            "urlParameterParserClass": "org.zaproxy.zap.model.StandardParameterParser",
            "urlParameterParserConfig": separators,
            "postParameterParserClass": "org.zaproxy.zap.model.StandardParameterParser",
            "postParameterParserConfig": separators,
        });
        if let (Some(poll), Some(described)) = (&method.poll, described.as_object_mut()) {
            described.insert("pollUrl".to_owned(), json!(poll.url));
            described.insert("pollData".to_owned(), json!(poll.data));
            described.insert("pollHeaders".to_owned(), json!(poll.headers));
            described.insert("pollFrequency".to_owned(), json!(poll.frequency.to_string()));
            described.insert("pollFrequencyUnits".to_owned(), json!(poll.units));
        }
        described
    }
}

/// The method of a context for which nobody said anything.
pub(super) const MANUAL: &str = "manualAuthentication";
/// The only strategy of which the fake knows more than the name.
pub(super) const POLL_URL: &str = "POLL_URL";

impl Authentication {
    /// A method comes with nothing of what was said for the one before.
    pub(super) fn new(method: &str, parameters: Vec<(String, String)>) -> Self {
        Self {
            method: method.to_owned(),
            parameters,
            logged_in: String::new(),
            logged_out: String::new(),
            poll: None,
        }
    }

    /// Whether users log in by themselves, in a browser.
    pub(super) fn is_manual(&self) -> bool {
        self.method == MANUAL
    }

    pub(super) fn json(&self) -> Json {
        let mut described: Json =
            self.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        if let Some(described) = described.as_object_mut() {
            described.insert("methodName".to_owned(), json!(self.method));
        }
        described
    }
}

impl User {
    /// Credentials stand as JSON within text.
    pub(super) fn json(&self, context: &Context) -> Json {
        let given = self.credentials.iter().flatten();
        let credentials: Json = match context.authentication.is_manual() {
            true => json!({ "sessionName": "", "type": "ManualAuthenticationCredentials" }),
            false => given
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .chain([("type", "UsernamePasswordAuthenticationCredentials")])
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect(),
        };
        json!({
            "credentials": credentials.to_string(),
            "name": self.name,
            "contextId": context.id.to_string(),
            "id": self.id.to_string(),
            "enabled": self.enabled.to_string(),
        })
    }
}
