//! What was asked of targets.

use serde_json::{Value as Json, json};

use super::site::same_origin;

/// Messages, whose numbers only grow.
#[derive(Debug, Default)]
pub(super) struct History {
    messages: Vec<Message>,
    last: u32,
}

/// A request, with an answer that says nothing.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: u32,
    pub(super) method: &'static str,
    pub(super) url: String,
    source: Source,
}

/// Who asked, by the numbers of ZAP's `HistoryReference`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Spider = 2,
    Browser = 10,
    Authentication = 11,
    Manual = 15,
}

impl History {
    /// Takes in a message. Gives its number.
    pub(super) fn note(&mut self, method: &'static str, url: &str, source: Source) -> u32 {
        let id = self.skip();
        self.messages.push(Message { id, method, url: url.to_owned(), source });
        id
    }

    /// Leaves out a number, of a message that is not kept.
    pub(super) fn skip(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) fn find(&self, id: Option<u32>) -> Option<&Message> {
        self.messages.iter().find(|message| Some(message.id) == id)
    }

    /// The number of the first message of an address, or else of the last one of its site. There is a number even if nobody
    /// asked there.
    pub(super) fn of(&mut self, url: &str) -> u32 {
        let exact = self.messages.iter().find(|message| message.url == url);
        let near = || self.messages.iter().rfind(|message| same_origin(&message.url, url));
        let found = exact.or_else(near).map(|message| message.id);
        found.unwrap_or_else(|| self.skip())
    }

    /// Forgets messages of addresses. Their numbers are not given again.
    pub(super) fn forget(&mut self, is_gone: impl Fn(&str) -> bool) {
        self.messages.retain(|message| !is_gone(&message.url));
    }
}

impl Message {
    /// The message as `core/view/message` shows it.
    pub(super) fn json(&self) -> Json {
        json!({
            "id": self.id.to_string(),
            "type": self.kind(),
            "timestamp": "1763683200000",
            "rtt": "1",
            "note": "",
            "tags": [],
            "cookieParams": "",
            "requestHeader": format!("{} {} HTTP/1.1\r\n\r\n", self.method, self.url),
            "requestBody": "",
            "responseHeader": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "responseBody": "",
        })
    }

    /// The message as a search by address shows it.
    pub(super) fn found(&self) -> Json {
        json!({
            "id": self.id.to_string(),
            "type": self.kind(),
            "method": self.method,
            "url": self.url,
            "code": "200",
            "time": "1",
        })
    }

    fn kind(&self) -> String {
        (self.source as u8).to_string()
    }
}
