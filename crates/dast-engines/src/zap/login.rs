//! How a scan logs in, and how it is seen that it is logged in.

use std::fmt;

use dast_core::Redactor;
use dast_policy::ValueError;

use super::secret::Secret;

/// Where the name of the user goes in what is sent.
const USER: &str = "{%username%}";
/// Where the password goes.
const PASSWORD: &str = "{%password%}";

/// How a scan logs in with a name and a password.
///
/// ```
/// use dast_engines::zap::Login;
///
/// let login = Login::form("/login", "user={%username%}&password={%password%}", "demo", "hunter2");
/// assert!(!format!("{login:?}").contains("hunter2"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub(super) method: LoginMethod,
    pub(super) user: String,
    pub(super) password: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LoginMethod {
    Basic {
        realm: Option<String>,
    },
    /// What is sent may hold more that is secret than the password.
    Form {
        url: String,
        fields: Secret,
    },
    Json {
        url: String,
        body: Secret,
    },
}

impl Login {
    /// HTTP authentication, when the target asks for it (RFC 9110, section 11).
    pub fn basic(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::new(LoginMethod::Basic { realm: None }, user, password)
    }

    /// Sends the fields of a form to `url`, which is a URL or a path of the target. `{%username%}` and `{%password%}` in
    /// `fields` stand for the user and the password. A token against forged requests that is in the form is fetched anew
    /// by ZAP.
    pub fn form(
        url: impl Into<String>,
        fields: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self::new(LoginMethod::Form { url: url.into(), fields: Secret(fields.into()) }, user, password)
    }

    /// Sends a JSON document to `url`, with the same placeholders as [`form`](Self::form).
    pub fn json(
        url: impl Into<String>,
        body: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self::new(LoginMethod::Json { url: url.into(), body: Secret(body.into()) }, user, password)
    }

    fn new(method: LoginMethod, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { method, user: user.into(), password: Secret(password.into()) }
    }

    pub(super) fn check(&self) -> Result<(), ValueError> {
        if self.user.is_empty() || self.password.0.is_empty() {
            return Err(ValueError::new("a login without user or password", "both"));
        }
        // Whoever tells passwords apart from other words in a report needs a few letters for it.
        if self.password.0.len() < Redactor::SHORTEST_SECRET {
            let accepted = format!("one of at least {} bytes", Redactor::SHORTEST_SECRET);
            return Err(ValueError::new("a password too short to be taken out of reports", accepted));
        }
        let missing =
            [USER, PASSWORD].into_iter().find(|place| !self.sent().is_none_or(|sent| sent.contains(place)));
        match missing {
            Some(place) => Err(ValueError::new("what the login sends", format!("text with `{place}` in it"))),
            None => Ok(()),
        }
    }

    /// What is sent, with its placeholders, if that is not for HTTP to say.
    fn sent(&self) -> Option<&str> {
        match &self.method {
            LoginMethod::Basic { .. } => None,
            LoginMethod::Form { fields: sent, .. } | LoginMethod::Json { body: sent, .. } => Some(&sent.0),
        }
    }

    /// All that tells it from another, without the password. Only a hash of it is told.
    pub(super) fn facts(&self) -> String {
        format!("{:?} {:?} {}", self.method, self.sent(), self.user)
    }
}

/// How it is seen that a scan is logged in: by a page that looks different to those who are.
///
/// ```
/// use dast_engines::zap::LoggedIn;
///
/// let check = LoggedIn::shows("/account", "Log out");
/// assert_ne!(check, LoggedIn::hides("/account", "Log in"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    pub(super) url: String,
    pub(super) sign: Sign,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    Shows(String),
    Hides(String),
}

impl LoggedIn {
    /// Logged in if the answer of `url`, a URL or a path of the target, matches `pattern`, a regular expression of Java,
    /// anywhere in its head or body.
    pub fn shows(url: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { url: url.into(), sign: Sign::Shows(pattern.into()) }
    }

    /// Logged in if the answer does not match.
    pub fn hides(url: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { url: url.into(), sign: Sign::Hides(pattern.into()) }
    }

    pub(super) fn check(&self) -> Result<(), ValueError> {
        let (Sign::Shows(pattern) | Sign::Hides(pattern)) = &self.sign;
        if self.url.is_empty() || pattern.is_empty() {
            return Err(ValueError::new(
                "an empty check of the login",
                "a URL or a path, and what it shows or hides",
            ));
        }
        Ok(())
    }
}

impl fmt::Display for LoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sign {
            Sign::Shows(pattern) => write!(f, "`{}` does not show `{pattern}`", self.url),
            Sign::Hides(pattern) => write!(f, "`{}` shows `{pattern}`", self.url),
        }
    }
}
