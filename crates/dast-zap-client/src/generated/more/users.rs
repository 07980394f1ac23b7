//! `users`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::api::users::Users;
use crate::endpoint::endpoints;
use crate::id::{ContextId, UserId};

endpoints! {
    impl Users("users");

    /// `users/view/getAuthenticationSession`: the whole answer is given as JSON.
    view "getAuthenticationSession" get_authentication_session(
        context_id: ContextId = "contextId",
        user_id: UserId = "userId",
    ) -> Value;

    /// `users/action/setAuthenticationState` answers with `OK`.
    action "setAuthenticationState" set_authentication_state(
        context_id: ContextId = "contextId",
        user_id: UserId = "userId",
    ) => SetAuthenticationStateRequest {
        /// Sends `lastPollResult`.
        last_poll_result: bool = "lastPollResult",
        /// Sends `lastPollTimeInMs`.
        last_poll_time_in_ms: u64 = "lastPollTimeInMs",
        /// Sends `requestsSinceLastPoll`.
        requests_since_last_poll: u32 = "requestsSinceLastPoll",
    };
}
