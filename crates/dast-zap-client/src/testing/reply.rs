//! What goes back to a caller.

use std::time::Duration;

use serde_json::Value as Json;

/// What goes back to the caller.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// Nothing: the connection is closed.
    Closed,
    /// Nothing, ever.
    Never,
    /// An answer.
    Answer { status: u16, content_type: &'static str, body: Vec<u8>, delivery: Delivery },
}

/// How the body travels.
#[derive(Debug, PartialEq)]
pub(super) enum Delivery {
    Whole,
    Unannounced,
    ByteByByte(Duration),
    BrokenOff,
}

pub(super) const JSON: &str = "application/json;charset=utf-8";
const TEXT: &str = "text/plain; charset=UTF-8";

impl Reply {
    pub(super) fn json(status: u16, body: &Json) -> Self {
        Self::sent(status, JSON, body.to_string().into_bytes(), Delivery::Whole)
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self::sent(status, TEXT, body.as_bytes().to_vec(), Delivery::Whole)
    }

    pub(super) fn sent(status: u16, content_type: &'static str, body: Vec<u8>, delivery: Delivery) -> Self {
        Self::Answer { status, content_type, body, delivery }
    }
}
