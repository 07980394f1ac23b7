//! `core`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::api::core::Core;
use crate::endpoint::endpoints;

endpoints! {
    impl Core("core");

    /// `core/view/getLogLevel`: the whole answer is given as JSON.
    view "getLogLevel" get_log_level() -> Value => GetLogLevelRequest {
        /// Sends `name`.
        name: &str = "name",
    };

    /// The option `AlertOverridesFilePath`: text.
    view "optionAlertOverridesFilePath" option_alert_overrides_file_path() -> String as "optionAlertOverridesFilePath";

    /// The option `MaximumAlertInstances`: a whole number.
    view "optionMaximumAlertInstances" option_maximum_alert_instances() -> i32 as "optionMaximumAlertInstances";

    /// The option `MergeRelatedAlerts`: true or false.
    view "optionMergeRelatedAlerts" option_merge_related_alerts() -> bool as "optionMergeRelatedAlerts";

    /// `core/action/createSbomZip` answers with `OK`.
    action "createSbomZip" create_sbom_zip(file_path: &str = "filePath");

    /// `core/action/loadSession` answers with `OK`.
    action "loadSession" load_session(name: &str = "name");

    /// `core/action/runGarbageCollection` answers with `OK`.
    action "runGarbageCollection" run_garbage_collection();

    /// `core/action/saveSession` answers with `OK`.
    action "saveSession" save_session(name: &str = "name") => SaveSessionRequest {
        /// Sends `overwrite`.
        overwrite: bool = "overwrite",
    };

    /// `core/action/setHomeDirectory` answers with `OK`.
    action "setHomeDirectory" set_home_directory(dir: &str = "dir");

    /// `core/action/setLogLevel` answers with `OK`.
    action "setLogLevel" set_log_level(name: &str = "name", log_level: &str = "logLevel");

    /// Sets the option `AlertOverridesFilePath`.
    action "setOptionAlertOverridesFilePath" set_option_alert_overrides_file_path() => SetOptionAlertOverridesFilePathRequest {
        /// Sends `filePath`.
        file_path: &str = "filePath",
    };

    /// Sets the option `MaximumAlertInstances`.
    action "setOptionMaximumAlertInstances" set_option_maximum_alert_instances(
        number_of_instances: u32 = "numberOfInstances",
    );

    /// Sets the option `MergeRelatedAlerts`.
    action "setOptionMergeRelatedAlerts" set_option_merge_related_alerts(enabled: bool = "enabled");

    /// `core/action/snapshotSession` answers with `OK`.
    action "snapshotSession" snapshot_session() => SnapshotSessionRequest {
        /// Sends `name`.
        name: &str = "name",
        /// Sends `overwrite`.
        overwrite: bool = "overwrite",
    };
}
