//! `pnh`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `pnh` of the add-on `plugnhack`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.pnh().firefox_add_on().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Pnh("pnh");
}

endpoints! {
    impl Pnh("pnh");

    /// `pnh/action/monitor`: the whole answer is given as JSON.
    action "monitor" monitor(id: &str = "id", message: &str = "message") -> Value;

    /// `pnh/action/oracle` answers with `OK`.
    action "oracle" oracle(id: i32 = "id");

    /// `pnh/action/startMonitoring` answers with text under `id`.
    action "startMonitoring" start_monitoring(url: &str = "url") -> String as "id";

    /// `pnh/action/stopMonitoring` answers with `OK`.
    action "stopMonitoring" stop_monitoring(id: &str = "id");

    /// `pnh/other/fx_pnh.xpi` answers with bytes.
    other "fx_pnh.xpi" firefox_add_on();

    /// `pnh/other/manifest` answers with bytes.
    other "manifest" manifest();

    /// `pnh/other/pnh` answers with bytes.
    other "pnh" pnh();

    /// `pnh/other/service` answers with bytes.
    other "service" service();
}
