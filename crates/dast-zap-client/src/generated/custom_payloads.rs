//! `custompayloads`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `custompayloads` of the add-on `custompayloads`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.custom_payloads().custom_payloads().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct CustomPayloads("custompayloads");
}

endpoints! {
    impl CustomPayloads("custompayloads");

    /// `custompayloads/view/customPayloads` answers with JSON under `customPayloads`.
    view "customPayloads" custom_payloads() -> Value as "customPayloads" => CustomPayloadsRequest {
        /// Sends `category`.
        category: &str = "category",
    };

    /// `custompayloads/view/customPayloadsCategories` answers with JSON under `customPayloadsCategories`.
    view "customPayloadsCategories" custom_payloads_categories() -> Value as "customPayloadsCategories";

    /// `custompayloads/action/addCustomPayload` answers with `OK`.
    action "addCustomPayload" add_custom_payload(category: &str = "category") => AddCustomPayloadRequest {
        /// Sends `payload`.
        payload: &str = "payload",
    };

    /// `custompayloads/action/disableCustomPayload` answers with `OK`.
    action "disableCustomPayload" disable_custom_payload(
        category: &str = "category",
    ) => DisableCustomPayloadRequest {
        /// Sends `payload`.
        payload: &str = "payload",
    };

    /// `custompayloads/action/disableCustomPayloads` answers with `OK`.
    action "disableCustomPayloads" disable_custom_payloads() => DisableCustomPayloadsRequest {
        /// Sends `category`.
        category: &str = "category",
    };

    /// `custompayloads/action/enableCustomPayload` answers with `OK`.
    action "enableCustomPayload" enable_custom_payload(
        category: &str = "category",
    ) => EnableCustomPayloadRequest {
        /// Sends `payload`.
        payload: &str = "payload",
    };

    /// `custompayloads/action/enableCustomPayloads` answers with `OK`.
    action "enableCustomPayloads" enable_custom_payloads() => EnableCustomPayloadsRequest {
        /// Sends `category`.
        category: &str = "category",
    };

    /// `custompayloads/action/removeCustomPayload` answers with `OK`.
    action "removeCustomPayload" remove_custom_payload(
        category: &str = "category",
    ) => RemoveCustomPayloadRequest {
        /// Sends `payload`.
        payload: &str = "payload",
    };
}
