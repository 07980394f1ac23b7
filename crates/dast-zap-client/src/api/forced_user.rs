//! A user that everything is sent as.

use serde::Deserializer;
use serde::de::Error as _;

use crate::endpoint::endpoints;
use crate::id::{ContextId, UserId};
use crate::wire::Wire;

endpoints! {
    /// A user that everything is sent as.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ContextId, UserId, ZapClient};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.forced_user().set_user(ContextId::new(2), UserId::new(7)).send().await?;
    /// zap.forced_user().set_enabled(true).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct ForcedUser("forcedUser");

    /// The user that everything in a context is sent as while this is enabled.
    view "getForcedUser" user(context: ContextId = "contextId") -> Forced as "forcedUserId";

    /// Sets the user that everything in a context is sent as while this is enabled.
    action "setForcedUser" set_user(context: ContextId = "contextId", user: UserId = "userId");

    /// Whether everything is sent as the user of its context.
    view "isForcedUserModeEnabled" is_enabled() -> bool as "forcedModeEnabled";

    /// Says whether everything is sent as the user of its context.
    action "setForcedUserModeEnabled" set_enabled(enabled: bool = "boolean");
}

/// The user that everything in a context is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forced {
    /// Its id, if there is one.
    pub user: Option<UserId>,
}

/// ZAP writes an empty text for none.
impl Wire for Forced {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::read(deserializer)?;
        if id.is_empty() {
            return Ok(Self { user: None });
        }
        let number = id.parse().map_err(|_| D::Error::custom(format_args!("`{id}` is no id of a user")))?;
        Ok(Self { user: Some(UserId::new(number)) })
    }
}
