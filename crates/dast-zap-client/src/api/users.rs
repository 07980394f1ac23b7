//! Users of a context, with their credentials.

use std::time::SystemTime;

use serde::Deserialize;

use super::authentication::{KnownParameter, MethodParameters};
use super::context::embedded;
use super::core::{status_in, time};
use crate::endpoint::endpoints;
use crate::id::{ContextId, MessageId, UserId};
use crate::request::Request;
use crate::wire::{plain, wire};

endpoints! {
    /// Users of a context, with their credentials.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ContextId, ZapClient};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let context = ContextId::new(2);
    /// let ann = zap.users().new_user(context, "ann").send().await?;
    /// zap.users().set_password(context, ann, "ann@shop.test", "a secret").send().await?;
    /// zap.users().set_enabled(context, ann, true).send().await?;
    /// println!("{:?}", zap.users().authenticate(context, ann).send().await?.successful);
    /// # Ok(()) }
    /// ```
    pub struct Users("users");

    /// Users of a context, or of all contexts.
    view "usersList" users() -> Vec<User> as "usersList" => ListUsers {
        /// The context that they belong to.
        context: ContextId = "contextId",
    };

    /// A user.
    view "getUserById" user(context: ContextId = "contextId", user: UserId = "userId") -> User;

    /// Adds a user, who is not enabled yet.
    action "newUser" new_user(context: ContextId = "contextId", name: &str = "name") -> UserId as "userId";

    /// Removes a user.
    action "removeUser" remove_user(context: ContextId = "contextId", user: UserId = "userId");

    /// Enables a user, or disables it.
    action "setUserEnabled" set_enabled(
        context: ContextId = "contextId",
        user: UserId = "userId",
        enabled: bool = "enabled",
    );

    /// Renames a user.
    action "setUserName" set_name(context: ContextId = "contextId", user: UserId = "userId", name: &str = "name");

    /// Parameters that credentials of a context's users have.
    view "getAuthenticationCredentialsConfigParams" credential_parameters(
        context: ContextId = "contextId",
    ) -> Vec<KnownParameter> as "methodConfigParams";

    /// The credentials of a user, without what is secret.
    view "getAuthenticationCredentials" credentials(
        context: ContextId = "contextId",
        user: UserId = "userId",
    ) -> Credentials;

    /// Sets the credentials of a user, whatever they consist of. See [`Users::set_password`].
    action "setAuthenticationCredentials" set_credentials(
        context: ContextId = "contextId",
        user: UserId = "userId",
        credentials: &MethodParameters = "authCredentialsConfigParams",
    );

    /// Gives a user's session a cookie.
    action "setCookie" set_cookie(
        context: ContextId = "contextId",
        user: UserId = "userId",
        domain: &str = "domain",
        name: &str = "name",
        value: &str = "value",
    ) => SetCookie {
        /// The path that it is for.
        path: &str = "path",
        /// Whether it is for TLS only.
        secure: bool = "secure",
    };

    /// Logs a user in.
    action "authenticateAsUser" authenticate(context: ContextId = "contextId", user: UserId = "userId") -> Login;

    /// Polls as a user, to see whether it is logged in. The context must have the strategy to poll, see
    /// [`Context::poll`](crate::context::Context::poll).
    action "pollAsUser" poll(context: ContextId = "contextId", user: UserId = "userId") -> Poll;

    /// What ZAP remembers of a user's logins.
    view "getAuthenticationState" state(context: ContextId = "contextId", user: UserId = "userId") -> State;
}

impl Users {
    /// Sets name and password of a user, as they are for logins by form, by JSON and by HTTP.
    pub fn set_password(
        &self,
        context: ContextId,
        user: UserId,
        username: &str,
        password: &str,
    ) -> Request<()> {
        let credentials = MethodParameters::new().with("username", username).with("password", password);
        self.set_credentials(context, user, &credentials)
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// Its id.
    #[serde(deserialize_with = "wire")]
    pub id: UserId,
    /// The context that it belongs to.
    #[serde(rename = "contextId", deserialize_with = "wire")]
    pub context: ContextId,
    /// Its name in ZAP.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// Whether it is enabled.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
    /// Its credentials, without what is secret.
    #[serde(deserialize_with = "embedded")]
    pub credentials: Credentials,
}

/// Credentials, without what is secret: ZAP sends passwords too, and they are not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Credentials {
    /// What they are, such as `UsernamePasswordAuthenticationCredentials`.
    #[serde(rename = "type", deserialize_with = "wire")]
    pub kind: String,
    /// The name that is sent.
    #[serde(default, deserialize_with = "wire")]
    pub username: Option<String>,
}

/// What came of a login.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Login {
    /// Whether it succeeded, by the indicators of the context: ZAP looks for them in the answer to the login itself,
    /// follows no redirect for that, and says false where there are none. None where there was no request that could
    /// tell, as with logins by hand or by HTTP: that is no success.
    #[serde(rename = "authSuccessful", default, deserialize_with = "wire")]
    pub successful: Option<bool>,
    /// The message that it took.
    #[serde(rename = "id", default, deserialize_with = "wire")]
    pub message: Option<MessageId>,
}

/// What came of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Poll {
    /// Whether the user is logged in.
    #[serde(rename = "pollSuccessful", deserialize_with = "wire")]
    pub successful: bool,
    /// The message that it took; -1 where the history does not have it.
    #[serde(rename = "id", deserialize_with = "wire")]
    pub message: MessageId,
    /// The head of the response.
    #[serde(rename = "responseHeader", default, deserialize_with = "wire")]
    pub response_header: String,
}

impl Poll {
    /// The status of the response, if there was one. ZAP takes any response without the sign of being logged out for that
    /// of a user who is logged in, such as a redirection to the login.
    pub fn status(&self) -> Option<u16> {
        status_in(&self.response_header)
    }
}

/// What ZAP remembers of a user's logins.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct State {
    /// When ZAP last sent its credentials, whether they were taken or not.
    #[serde(rename = "lastSuccessfulAuthTimeInMs", default, deserialize_with = "time")]
    pub last_success: Option<SystemTime>,
    /// Why it last could not.
    #[serde(rename = "lastAuthFailure", default, deserialize_with = "wire")]
    pub last_failure: Option<String>,
    /// Whether the last poll found it logged in. None where nobody polled, or this ZAP does not say.
    #[serde(default, deserialize_with = "wire")]
    pub last_poll_result: Option<bool>,
    /// When it was last polled.
    #[serde(rename = "lastPollTimeInMs", default, deserialize_with = "time")]
    pub last_poll: Option<SystemTime>,
    /// Requests since then.
    #[serde(default, deserialize_with = "wire")]
    pub requests_since_last_poll: Option<u32>,
}

plain!(User, Credentials, Login, Poll, State);
