//! Everything that a scan by ZAP is told.

use dast_core::Redactor;
use dast_policy::{Profile, ValueError};
use sha2::{Digest, Sha256};

use super::header::Header;
use super::limits::ZapLimits;
use super::login::{LoggedIn, Login};
use super::memory::Memory;
use super::plan;
use super::profile::{BrowserCrawler, ZapProfile};
use super::rules::ZapRules;
use super::secret::Secret;

/// Everything that a scan by ZAP is told.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) profile: ZapProfile,
    pub(super) limits: ZapLimits,
    pub(super) browser: Option<BrowserCrawler>,
    pub(super) rules: ZapRules,
    pub(super) excluded: Vec<String>,
    pub(super) headers: Vec<Header>,
    pub(super) login: Option<Login>,
    pub(super) logged_in: Option<LoggedIn>,
    pub(super) memory: Memory,
    /// What else must not be told.
    pub(super) secrets: Vec<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: ZapProfile::Baseline,
            limits: ZapLimits::default(),
            browser: None,
            rules: ZapRules::default(),
            excluded: Vec::new(),
            headers: Vec::new(),
            login: None,
            logged_in: None,
            memory: Memory::default(),
            secrets: Vec::new(),
        }
    }
}

impl Settings {
    /// What is wrong with them, if anything is.
    pub(super) fn check(&self) -> Result<(), ValueError> {
        self.profile.check()?;
        self.limits.check()?;
        self.rules.check()?;
        self.headers.iter().try_for_each(Header::check)?;
        self.login.iter().try_for_each(Login::check)?;
        self.logged_in.iter().try_for_each(LoggedIn::check)?;
        let refuse = |is_given: bool, value: &str, accepted: &str| {
            if is_given { Err(ValueError::new(value, accepted)) } else { Ok(()) }
        };
        let blank = self.excluded.iter().any(String::is_empty);
        refuse(blank, "an empty pattern to exclude", "a regular expression of Java for whole URLs")?;
        let unchecked = self.login.is_some() && self.logged_in.is_none();
        refuse(unchecked, "a login without a check", "a login with a check that it holds")?;
        let unused = self.logged_in.is_some() && self.login.is_none() && self.headers.is_empty();
        refuse(unused, "a check of the login without a login", "a login, or a header field, besides")?;
        let crawls = matches!(self.profile, ZapProfile::Baseline | ZapProfile::Full);
        let uncrawled = self.limits.max_children.is_some() && !crawls;
        refuse(uncrawled, "a limit of children without a crawl", "a profile in which the spider crawls")?;
        match self.profile {
            ZapProfile::Plan(_) => {
                let given = self.login.is_some() || self.logged_in.is_some();
                refuse(given, "a login besides a plan", "a plan that logs in by itself")?;
                refuse(
                    !self.rules.is_empty(),
                    "rules besides a plan",
                    "a plan that sets its rules by itself",
                )?;
                refuse(
                    !self.excluded.is_empty(),
                    "exclusions besides a plan",
                    "a plan that excludes by itself",
                )?;
                refuse(self.browser.is_some(), "a crawler besides a plan", "a plan that crawls by itself")
            }
            ZapProfile::Api(_) => {
                refuse(self.browser.is_some(), "a browser for an API", "a crawler for pages")
            }
            ZapProfile::Baseline => refuse(
                self.rules.attack(),
                "how active rules attack, besides no attack",
                "a profile that attacks",
            ),
            ZapProfile::Full => Ok(()),
        }
    }

    /// The name of the profile, and a hash over all that changes what can be found.
    pub(super) fn profile(&self) -> Profile {
        let names: Vec<&str> = self.headers.iter().map(|header| header.name.as_str()).collect();
        let facts = [
            self.profile.as_str().to_owned(),
            self.profile.facts(),
            self.limits.facts(),
            format!("{:?}", self.browser),
            self.rules.facts(),
            format!("{:?}", self.excluded),
            format!("{names:?}"),
            self.login.as_ref().map(Login::facts).unwrap_or_default(),
            format!("{:?}", self.logged_in),
            self.memory.as_str().to_owned(),
        ];
        // Lengths, so that no two lists of facts are the same text.
        let mut hash = Sha256::new();
        for fact in &facts {
            hash.update(format!("{} {fact}\n", fact.len()));
        }
        let hash = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Profile { name: self.profile.as_str().to_owned(), hash }
    }

    /// What takes everything secret that they have out of what is told.
    pub(super) fn redactor(&self) -> Redactor {
        let headers = self.headers.iter().map(|header| header.value.0.as_str());
        // A scheme such as `Bearer` is no part of what is secret.
        let tokens =
            self.headers.iter().filter_map(|header| header.value.0.split_once(' ')).map(|(_, token)| token);
        // Nor are the names of cookies.
        let cookies = self.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("Cookie"));
        let cookies =
            cookies.flat_map(|header| header.value.0.split(';')).filter_map(|pair| pair.split_once('='));
        let cookies = cookies.map(|(_, value)| value.trim());
        let passwords = self.login.iter().map(|login| login.password.0.as_str());
        let others = self.secrets.iter().map(|secret| secret.0.as_str());
        let planned = match &self.profile {
            ZapProfile::Plan(text) => plan::secrets(text),
            ZapProfile::Baseline | ZapProfile::Full | ZapProfile::Api(_) => Vec::new(),
        };
        let planned = planned.iter().map(String::as_str);
        Redactor::new(headers.chain(tokens).chain(cookies).chain(passwords).chain(others).chain(planned))
    }
}
