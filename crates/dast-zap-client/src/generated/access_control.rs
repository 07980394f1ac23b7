//! `accessControl`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;
use crate::id::{ContextId, UserId};

endpoints! {
    /// The component `accessControl` of the add-on `accessControl`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.access_control().get_scan_progress(dast_zap_client::ContextId::new(1)).send().await?);
    /// # Ok(()) }
    /// ```
    pub struct AccessControl("accessControl");
}

endpoints! {
    impl AccessControl("accessControl");

    /// `accessControl/view/getScanProgress` answers with a whole number under `getScanProgress`.
    view "getScanProgress" get_scan_progress(context_id: ContextId = "contextId") -> i32 as "getScanProgress";

    /// `accessControl/view/getScanStatus` answers with text under `getScanStatus`.
    view "getScanStatus" get_scan_status(context_id: ContextId = "contextId") -> String as "getScanStatus";

    /// `accessControl/action/scan` answers with `OK`.
    action "scan" scan(context_id: ContextId = "contextId", user_id: &[UserId] = "userId") => ScanRequest {
        /// Sends `scanAsUnAuthUser`.
        scan_as_un_auth_user: bool = "scanAsUnAuthUser",
        /// Sends `raiseAlert`.
        raise_alert: bool = "raiseAlert",
        /// Sends `alertRiskLevel`.
        alert_risk_level: u8 = "alertRiskLevel",
    };

    /// `accessControl/action/writeHTMLreport` answers with text under `writeHTMLreport`.
    action "writeHTMLreport" write_html_report(
        context_id: ContextId = "contextId",
        file_name: &str = "fileName",
    ) -> String as "writeHTMLreport";
}
