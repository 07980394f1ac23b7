//! `websocket`: written by `cargo xtask generated`.

use serde_json::Value;

use crate::endpoint::endpoints;

endpoints! {
    /// The component `websocket` of the add-on `websocket`.
    ///
    /// ```no_run
    /// # async fn example(zap: &dast_zap_client::ZapClient) -> Result<(), dast_zap_client::ZapError> {
    /// println!("{:?}", zap.websocket().break_text_message().send().await?);
    /// # Ok(()) }
    /// ```
    pub struct Websocket("websocket");
}

endpoints! {
    impl Websocket("websocket");

    /// `websocket/view/breakTextMessage`: the whole answer is given as JSON.
    view "breakTextMessage" break_text_message() -> Value;

    /// `websocket/view/channels`: the whole answer is given as JSON.
    view "channels" channels() -> Value;

    /// `websocket/view/message`: the whole answer is given as JSON.
    view "message" message(channel_id: i32 = "channelId", message_id: i32 = "messageId") -> Value;

    /// `websocket/view/messages`: the whole answer is given as JSON.
    view "messages" messages() -> Value => MessagesRequest {
        /// Sends `channelId`.
        channel_id: i32 = "channelId",
        /// Sends `start`.
        start: u32 = "start",
        /// Sends `count`.
        count: u32 = "count",
        /// Sends `payloadPreviewLength`.
        payload_preview_length: u32 = "payloadPreviewLength",
    };

    /// `websocket/action/sendTextMessage`: the whole answer is given as JSON.
    action "sendTextMessage" send_text_message(
        channel_id: i32 = "channelId",
        outgoing: bool = "outgoing",
        message: &str = "message",
    ) -> Value;

    /// `websocket/action/setBreakTextMessage` answers with `OK`.
    action "setBreakTextMessage" set_break_text_message(
        message: &str = "message",
        outgoing: bool = "outgoing",
    );
}
