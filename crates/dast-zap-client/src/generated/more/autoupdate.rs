//! `autoupdate`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::autoupdate::Autoupdate;
use crate::endpoint::endpoints;

endpoints! {
    impl Autoupdate("autoupdate");

    /// `autoupdate/view/isLatestVersion` answers with true or false under `isLatestVersion`.
    view "isLatestVersion" is_latest_version() -> bool as "isLatestVersion";

    /// `autoupdate/view/latestVersionNumber` answers with text under `latestVersionNumber`.
    view "latestVersionNumber" latest_version_number() -> String as "latestVersionNumber";

    /// `autoupdate/view/localAddons` answers with a list of tables under `localAddons`.
    view "localAddons" local_addons() -> Vec<BTreeMap<String, String>> as "localAddons";

    /// `autoupdate/view/marketplaceAddons` answers with JSON under `marketplaceAddons`.
    view "marketplaceAddons" marketplace_addons() -> Value as "marketplaceAddons";

    /// `autoupdate/view/newAddons`: the whole answer is given as JSON.
    view "newAddons" new_addons() -> Value;

    /// The option `AddonDirectories`: text.
    view "optionAddonDirectories" option_addon_directories() -> String as "AddonDirectories";

    /// The option `CheckAddonUpdates`: true or false.
    view "optionCheckAddonUpdates" option_check_addon_updates() -> bool as "CheckAddonUpdates";

    /// The option `CheckOnStart`: true or false.
    view "optionCheckOnStart" option_check_on_start() -> bool as "CheckOnStart";

    /// The option `DayLastChecked`: text.
    view "optionDayLastChecked" option_day_last_checked() -> String as "DayLastChecked";

    /// The option `DayLastInstallWarned`: text.
    view "optionDayLastInstallWarned" option_day_last_install_warned() -> String as "DayLastInstallWarned";

    /// The option `DayLastUpdateWarned`: text.
    view "optionDayLastUpdateWarned" option_day_last_update_warned() -> String as "DayLastUpdateWarned";

    /// The option `DownloadDirectory`: text.
    view "optionDownloadDirectory" option_download_directory() -> String as "DownloadDirectory";

    /// The option `DownloadNewRelease`: true or false.
    view "optionDownloadNewRelease" option_download_new_release() -> bool as "DownloadNewRelease";

    /// The option `InstallAddonUpdates`: true or false.
    view "optionInstallAddonUpdates" option_install_addon_updates() -> bool as "InstallAddonUpdates";

    /// The option `InstallScannerRules`: true or false.
    view "optionInstallScannerRules" option_install_scanner_rules() -> bool as "InstallScannerRules";

    /// The option `ReportAlphaAddons`: true or false.
    view "optionReportAlphaAddons" option_report_alpha_addons() -> bool as "ReportAlphaAddons";

    /// The option `ReportBetaAddons`: true or false.
    view "optionReportBetaAddons" option_report_beta_addons() -> bool as "ReportBetaAddons";

    /// The option `ReportReleaseAddons`: true or false.
    view "optionReportReleaseAddons" option_report_release_addons() -> bool as "ReportReleaseAddons";

    /// `autoupdate/view/updatedAddons`: the whole answer is given as JSON.
    view "updatedAddons" updated_addons() -> Value;

    /// `autoupdate/action/downloadLatestRelease` answers with `OK`.
    action "downloadLatestRelease" download_latest_release();

    /// `autoupdate/action/installAddon` answers with `OK`.
    action "installAddon" install_addon(id: &str = "id");

    /// `autoupdate/action/installLocalAddon` answers with `OK`.
    action "installLocalAddon" install_local_addon(file: &str = "file");

    /// Sets the option `CheckAddonUpdates`.
    action "setOptionCheckAddonUpdates" set_option_check_addon_updates(value: bool = "Boolean");

    /// Sets the option `CheckOnStart`.
    action "setOptionCheckOnStart" set_option_check_on_start(value: bool = "Boolean");

    /// Sets the option `DownloadNewRelease`.
    action "setOptionDownloadNewRelease" set_option_download_new_release(value: bool = "Boolean");

    /// Sets the option `InstallAddonUpdates`.
    action "setOptionInstallAddonUpdates" set_option_install_addon_updates(value: bool = "Boolean");

    /// Sets the option `InstallScannerRules`.
    action "setOptionInstallScannerRules" set_option_install_scanner_rules(value: bool = "Boolean");

    /// Sets the option `ReportAlphaAddons`.
    action "setOptionReportAlphaAddons" set_option_report_alpha_addons(value: bool = "Boolean");

    /// Sets the option `ReportBetaAddons`.
    action "setOptionReportBetaAddons" set_option_report_beta_addons(value: bool = "Boolean");

    /// Sets the option `ReportReleaseAddons`.
    action "setOptionReportReleaseAddons" set_option_report_release_addons(value: bool = "Boolean");

    /// `autoupdate/action/uninstallAddon` answers with `OK`.
    action "uninstallAddon" uninstall_addon(id: &str = "id");
}
