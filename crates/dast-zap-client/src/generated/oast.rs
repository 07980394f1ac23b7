//! `oast`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `oast` of the add-on `oast`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.oast().get_active_scan_service().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Oast("oast");
}

endpoints! {
    impl Oast("oast");

    /// `oast/view/getActiveScanService`: the whole answer is given as JSON.
    view "getActiveScanService" get_active_scan_service() -> Value;

    /// `oast/view/getBoastOptions`: the whole answer is given as JSON.
    view "getBoastOptions" get_boast_options() -> Value;

    /// `oast/view/getCallbackOptions`: the whole answer is given as JSON.
    view "getCallbackOptions" get_callback_options() -> Value;

    /// `oast/view/getDaysToKeepRecords`: the whole answer is given as JSON.
    view "getDaysToKeepRecords" get_days_to_keep_records() -> Value;

    /// `oast/view/getInteractshOptions`: the whole answer is given as JSON.
    view "getInteractshOptions" get_interactsh_options() -> Value;

    /// `oast/view/getServices`: the whole answer is given as JSON.
    view "getServices" get_services() -> Value;

    /// `oast/action/setActiveScanService` answers with `OK`.
    action "setActiveScanService" set_active_scan_service(name: &str = "name");

    /// `oast/action/setBoastOptions` answers with `OK`.
    action "setBoastOptions" set_boast_options(server: &str = "server", poll_in_secs: u32 = "pollInSecs");

    /// `oast/action/setCallbackOptions` answers with `OK`.
    action "setCallbackOptions" set_callback_options(
        local_address: &str = "localAddress",
        remote_address: &str = "remoteAddress",
        port: u16 = "port",
    );

    /// `oast/action/setDaysToKeepRecords` answers with `OK`.
    action "setDaysToKeepRecords" set_days_to_keep_records(days: u32 = "days");

    /// `oast/action/setInteractshOptions` answers with `OK`.
    action "setInteractshOptions" set_interactsh_options(
        server: &str = "server",
        poll_in_secs: u32 = "pollInSecs",
        auth_token: &str = "authToken",
    );
}
