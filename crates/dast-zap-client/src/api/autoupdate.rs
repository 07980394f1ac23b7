//! Add-ons that are installed.

use serde::Deserialize;

use crate::endpoint::endpoints;
use crate::open_enum::open_enum;
use crate::wire::{plain, wire};

endpoints! {
    /// Add-ons that are installed: they say what this ZAP can do.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::ZapClient;
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// for add_on in zap.autoupdate().installed_addons().send().await? {
    ///     println!("{} {}", add_on.id, add_on.version);
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Autoupdate("autoupdate");

    /// Add-ons that are installed.
    view "installedAddons" installed_addons() -> Vec<AddOn> as "installedAddons";
}

open_enum! {
    /// How mature an add-on is.
    pub enum AddOnStatus {
        /// Tried and tested.
        Release = "release",
        /// Nearly.
        Beta = "beta",
        /// Early.
        Alpha = "alpha",
    }
}

open_enum! {
    /// Where an add-on is on its way into ZAP.
    pub enum InstallationStatus {
        /// It can be had.
        Available = "AVAILABLE",
        /// It is on its way.
        Downloading = "DOWNLOADING",
        /// It is there and not in use.
        NotInstalled = "NOT_INSTALLED",
        /// It is in use.
        Installed = "INSTALLED",
        /// It could not be taken out.
        UninstallationFailed = "UNINSTALLATION_FAILED",
        /// It could not be taken out for the time being.
        SoftUninstallationFailed = "SOFT_UNINSTALLATION_FAILED",
    }
}

/// An add-on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddOn {
    /// Its id, such as `alertFilters`.
    #[serde(deserialize_with = "wire")]
    pub id: String,
    /// Its name for people.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// Its version, such as `28.0.0`.
    #[serde(deserialize_with = "wire")]
    pub version: String,
    /// How mature it is.
    #[serde(deserialize_with = "wire")]
    pub status: AddOnStatus,
    /// Where it is on its way into ZAP.
    #[serde(deserialize_with = "wire")]
    pub installation_status: InstallationStatus,
    /// Whether ZAP cannot do without it.
    #[serde(deserialize_with = "wire")]
    pub mandatory: bool,
    /// What it does.
    #[serde(default, deserialize_with = "wire")]
    pub description: Option<String>,
    /// Who made it.
    #[serde(default, deserialize_with = "wire")]
    pub author: Option<String>,
    /// Its file on ZAP's disk.
    #[serde(default, deserialize_with = "wire")]
    pub file: Option<String>,
    /// Its size in bytes.
    #[serde(default, deserialize_with = "wire")]
    pub size_in_bytes: Option<u64>,
}

plain!(AddOn);
