//! The settings of a scan by ZAP.

use dast_policy::ValueError;
use dast_zap_client::ZapClient;

use super::profile::{ZapLimits, ZapProfile};
use super::scanner::ZapScanner;

/// Settings of a [`ZapScanner`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ZapScannerBuilder {
    client: ZapClient,
    profile: ZapProfile,
    limits: ZapLimits,
}

impl ZapScannerBuilder {
    pub(super) fn new(client: ZapClient) -> Self {
        Self { client, profile: ZapProfile::Baseline, limits: ZapLimits::default() }
    }

    /// How thoroughly it scans; [`ZapProfile::Baseline`] by default, which sends no attack.
    pub fn profile(self, profile: ZapProfile) -> Self {
        Self { profile, ..self }
    }

    /// How far it goes, and how fast.
    pub fn limits(self, limits: ZapLimits) -> Self {
        Self { limits, ..self }
    }

    /// Checks the settings. Nothing is sent yet.
    ///
    /// # Errors
    /// When a limit allows nothing.
    pub fn build(self) -> Result<ZapScanner, ValueError> {
        self.limits.check()?;
        Ok(ZapScanner::new(self.client, self.profile, self.limits))
    }
}
