//! `break`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `break` of ZAP itself.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.breakpoints().http_message().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Breakpoints("break");
}

endpoints! {
    impl Breakpoints("break");

    /// `break/view/httpMessage`: the whole answer is given as JSON.
    view "httpMessage" http_message() -> Value;

    /// `break/view/isBreakAll` answers with true or false under `isBreakAll`.
    view "isBreakAll" is_break_all() -> bool as "isBreakAll";

    /// `break/view/isBreakRequest` answers with true or false under `isBreakRequest`.
    view "isBreakRequest" is_break_request() -> bool as "isBreakRequest";

    /// `break/view/isBreakResponse` answers with true or false under `isBreakResponse`.
    view "isBreakResponse" is_break_response() -> bool as "isBreakResponse";

    /// `break/action/addHttpBreakpoint` answers with `OK`.
    action "addHttpBreakpoint" add_http_breakpoint(
        value: &str = "string",
        location: &str = "location",
        mode: &str = "match",
        inverse: bool = "inverse",
        ignorecase: bool = "ignorecase",
    );

    /// `break/action/break` answers with `OK`.
    action "break" set_break(kind: &str = "type", state: bool = "state") => SetBreakRequest {
        /// Sends `scope`.
        scope: &str = "scope",
    };

    /// `break/action/continue` answers with `OK`.
    action "continue" resume();

    /// `break/action/drop` answers with `OK`.
    action "drop" drop();

    /// `break/action/removeHttpBreakpoint` answers with `OK`.
    action "removeHttpBreakpoint" remove_http_breakpoint(
        value: &str = "string",
        location: &str = "location",
        mode: &str = "match",
        inverse: bool = "inverse",
        ignorecase: bool = "ignorecase",
    );

    /// `break/action/setHttpMessage` answers with `OK`.
    action "setHttpMessage" set_http_message(http_header: &str = "httpHeader") => SetHttpMessageRequest {
        /// Sends `httpBody`.
        http_body: &str = "httpBody",
    };

    /// `break/action/step` answers with `OK`.
    action "step" step();
}
