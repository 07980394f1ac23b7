//! What a post is about.

use serde::Deserialize;

use super::refusal::Refusal;

/// What a post is about, as its path says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub(super) struct About {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) attempt: u32,
}

impl About {
    /// Refuses what cannot be the name of an object: it becomes a part of paths of the API server.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let is_name = |text: &str| {
            !text.is_empty()
                && text.len() <= 253
                && text.bytes().all(legal)
                && !text.contains("..")
                && text != "."
        };
        let parts = [&self.namespace, &self.name, &self.uid];
        if parts.into_iter().all(|part| is_name(part)) { Ok(()) } else { Err(Refusal::RunGone) }
    }
}
