//! `exim`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::api::exim::Exim;
use crate::endpoint::endpoints;

endpoints! {
    impl Exim("exim");

    /// `exim/action/importModsec2Logs`: the whole answer is given as JSON.
    action "importModsec2Logs" import_modsec2_logs(file_path: &str = "filePath") -> Value;

    /// `exim/action/importZapLogs`: the whole answer is given as JSON.
    action "importZapLogs" import_zap_logs(file_path: &str = "filePath") -> Value;
}
