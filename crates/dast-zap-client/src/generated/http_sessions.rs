//! `httpSessions`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `httpSessions` of ZAP itself.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.http_sessions().default_session_tokens().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct HttpSessions("httpSessions");
}

endpoints! {
    impl HttpSessions("httpSessions");

    /// `httpSessions/view/activeSession` answers with text under `active_session`.
    view "activeSession" active_session(site: &str = "site") -> String as "active_session";

    /// `httpSessions/view/defaultSessionTokens` answers with a list of tables under `defaultSessionTokens`.
    view "defaultSessionTokens" default_session_tokens() -> Vec<BTreeMap<String, String>> as "defaultSessionTokens";

    /// `httpSessions/view/sessionTokens` answers with a list of text under `session_tokens`.
    view "sessionTokens" session_tokens(site: &str = "site") -> Vec<String> as "session_tokens";

    /// `httpSessions/view/sessions` answers with JSON under `sessions`.
    view "sessions" sessions(site: &str = "site") -> Value as "sessions" => SessionsRequest {
        /// Sends `session`.
        session: &str = "session",
    };

    /// `httpSessions/view/sites` answers with a list of text under `sites`.
    view "sites" sites() -> Vec<String> as "sites";

    /// `httpSessions/action/addDefaultSessionToken` answers with `OK`.
    action "addDefaultSessionToken" add_default_session_token(
        session_token: &str = "sessionToken",
    ) => AddDefaultSessionTokenRequest {
        /// Sends `tokenEnabled`.
        token_enabled: bool = "tokenEnabled",
    };

    /// `httpSessions/action/addSessionToken` answers with `OK`.
    action "addSessionToken" add_session_token(site: &str = "site", session_token: &str = "sessionToken");

    /// `httpSessions/action/createEmptySession` answers with `OK`.
    action "createEmptySession" create_empty_session(site: &str = "site") => CreateEmptySessionRequest {
        /// Sends `session`.
        session: &str = "session",
    };

    /// `httpSessions/action/removeDefaultSessionToken` answers with `OK`.
    action "removeDefaultSessionToken" remove_default_session_token(session_token: &str = "sessionToken");

    /// `httpSessions/action/removeSession` answers with `OK`.
    action "removeSession" remove_session(site: &str = "site", session: &str = "session");

    /// `httpSessions/action/removeSessionToken` answers with `OK`.
    action "removeSessionToken" remove_session_token(
        site: &str = "site",
        session_token: &str = "sessionToken",
    );

    /// `httpSessions/action/renameSession` answers with `OK`.
    action "renameSession" rename_session(
        site: &str = "site",
        old_session_name: &str = "oldSessionName",
        new_session_name: &str = "newSessionName",
    );

    /// `httpSessions/action/setActiveSession` answers with `OK`.
    action "setActiveSession" set_active_session(site: &str = "site", session: &str = "session");

    /// `httpSessions/action/setDefaultSessionTokenEnabled` answers with `OK`.
    action "setDefaultSessionTokenEnabled" set_default_session_token_enabled(
        session_token: &str = "sessionToken",
        token_enabled: bool = "tokenEnabled",
    );

    /// `httpSessions/action/setSessionTokenValue` answers with `OK`.
    action "setSessionTokenValue" set_session_token_value(
        site: &str = "site",
        session: &str = "session",
        session_token: &str = "sessionToken",
        token_value: &str = "tokenValue",
    );

    /// `httpSessions/action/unsetActiveSession` answers with `OK`.
    action "unsetActiveSession" unset_active_session(site: &str = "site");
}
