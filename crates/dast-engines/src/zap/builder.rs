//! The settings of a scan by ZAP.

use dast_policy::ValueError;
use dast_zap_client::ZapClient;

use super::header::Header;
use super::limits::ZapLimits;
use super::login::{LoggedIn, Login};
use super::memory::Memory;
use super::profile::{BrowserCrawler, ZapProfile};
use super::rules::ZapRules;
use super::scanner::ZapScanner;
use super::secret::Secret;
use super::settings::Settings;

/// Settings of a [`ZapScanner`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ZapScannerBuilder {
    client: ZapClient,
    settings: Settings,
}

impl ZapScannerBuilder {
    pub(super) fn new(client: ZapClient) -> Self {
        Self { client, settings: Settings::default() }
    }

    /// How thoroughly it scans; [`ZapProfile::Baseline`] by default, which sends no attack.
    pub fn profile(mut self, profile: ZapProfile) -> Self {
        self.settings.profile = profile;
        self
    }

    /// How far it goes, and how fast.
    pub fn limits(mut self, limits: ZapLimits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Crawls with a browser too, once the spider is done.
    pub fn browser(mut self, crawler: BrowserCrawler) -> Self {
        self.settings.browser = Some(crawler);
        self
    }

    /// How hard rules attack, and how sure they must be.
    pub fn rules(mut self, rules: ZapRules) -> Self {
        self.settings.rules = rules;
        self
    }

    /// Leaves out what matches `pattern`, a regular expression of Java for whole URLs. May be called several times.
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.settings.excluded.push(pattern.into());
        self
    }

    /// Puts a field into the head of every request to the target, such as a bearer token. The value is taken for a secret. It
    /// needs ZAP's add-on Replacer. May be called several times.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.headers.push(Header { name: name.into(), value: Secret(value.into()) });
        self
    }

    /// Takes `secret` out of everything that is told, besides what is given as a password or a header field: ZAP's API key,
    /// for one. May be called several times.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.settings.secrets.push(Secret(secret.into()));
        self
    }

    /// Logs in, and scans as that user. It needs a [check](Self::logged_in) besides.
    pub fn login(mut self, login: Login) -> Self {
        self.settings.login = Some(login);
        self
    }

    /// How it is seen that the scan is logged in. Where that does not hold before the scan, or when the target is explored,
    /// the scan is incomplete; and neither is it complete if ZAP cannot log in anew after the attack.
    pub fn logged_in(mut self, check: LoggedIn) -> Self {
        self.settings.logged_in = Some(check);
        self
    }

    /// What becomes of what ZAP knows of the target from before; [`Memory::Forget`] by default.
    pub fn memory(mut self, memory: Memory) -> Self {
        self.settings.memory = memory;
        self
    }

    /// Checks the settings. Nothing is sent yet.
    ///
    /// # Errors
    /// When a limit allows nothing, a value would mean something else to ZAP, or two settings contradict each other.
    pub fn build(self) -> Result<ZapScanner, ValueError> {
        self.settings.check()?;
        Ok(ZapScanner::new(self.client, self.settings))
    }
}
