//! `acsrf`: written by `cargo xtask generated`.

use crate::endpoint::endpoints;
use crate::id::MessageId;

endpoints! {
    /// The component `acsrf` of ZAP itself.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.acsrf().option_partial_matching_enabled().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Acsrf("acsrf");
}

endpoints! {
    impl Acsrf("acsrf");

    /// The option `PartialMatchingEnabled`: true or false.
    view "optionPartialMatchingEnabled" option_partial_matching_enabled() -> bool as "PartialMatchingEnabled";

    /// The option `TokensNames`: a list of text.
    view "optionTokensNames" option_tokens_names() -> Vec<String> as "optionTokensNames";

    /// `acsrf/action/addOptionToken` answers with `OK`.
    action "addOptionToken" add_option_token(value: &str = "String");

    /// `acsrf/action/removeOptionToken` answers with `OK`.
    action "removeOptionToken" remove_option_token(value: &str = "String");

    /// Sets the option `PartialMatchingEnabled`.
    action "setOptionPartialMatchingEnabled" set_option_partial_matching_enabled(value: bool = "Boolean");

    /// `acsrf/other/genForm` answers with bytes.
    other "genForm" gen_form(href_id: MessageId = "hrefId") => GenFormRequest {
        /// Sends `actionUrl`.
        action_url: &str = "actionUrl",
    };
}
