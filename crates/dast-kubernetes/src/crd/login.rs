//! How a scan logs in.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{names, structural};

/// How a scan logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = structural::settle)]
#[x_kube(
    validation = Rule::new("self.kind == 'Basic' || (has(self.url) && has(self.data))")
        .message("a login by Form or Json needs `url` and `data`"),
    validation = Rule::new("!has(self.data) || ['{%username%}', '{%password%}'].all(place, self.data.contains(place))")
        .message("the `data` of a login needs the places `{%username%}` and `{%password%}`, where ZAP puts what the Secret has"),
    validation = Rule::new("has(self.loggedIn) != has(self.loggedOut)")
        .message("a login needs either `loggedIn` or `loggedOut`, by which it is seen that it holds"),
)]
pub struct Login {
    /// What is sent.
    pub kind: LoginKind,
    /// Where the form or the document is sent: a URL or a path of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = names::NO_SPACE))]
    pub url: Option<String>,
    /// What is sent, such as user={%username%}&password={%password%}: ZAP puts there what the Secret has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub data: Option<String>,
    /// The page that shows whether one is logged in: a URL or a path of the target. / if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = names::NO_SPACE))]
    pub logged_in_url: Option<String>,
    /// What that page shows only to those who are logged in: a regular expression of Java, such as Log out. A scan for
    /// which it does not hold to the end is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), regex(pattern = names::NOT_BLANK))]
    pub logged_in: Option<String>,
    /// What it shows only to those who are not, such as Log in, instead of loggedIn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), regex(pattern = names::NOT_BLANK))]
    pub logged_out: Option<String>,
    /// The Secret with the keys username and password, in the namespace of what is scanned. Its owner must let the
    /// operator read it.
    #[schemars(schema_with = "names::object")]
    pub secret_name: String,
}

/// A way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LoginKind {
    /// HTTP authentication, when the target asks for it.
    Basic,
    /// A form.
    Form,
    /// A JSON document.
    Json,
}
