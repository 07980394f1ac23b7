//! How a reply is read: most are one value under a key.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::wire::{Seed, Wire};

/// What is read from a reply, and where it stands.
pub(crate) struct Shape<T> {
    /// The key under which the value stands; the whole reply without one.
    key: Option<&'static str>,
    read: fn(&[u8], Option<&'static str>) -> Result<T, Malformed>,
}

/// A reply that does not have its shape.
pub(crate) struct Malformed {
    pub(crate) path: String,
    pub(crate) source: serde_json::Error,
}

impl<T: Wire> Shape<T> {
    pub(crate) fn whole() -> Self {
        Self { key: None, read: read::<T> }
    }

    pub(crate) fn under(key: &'static str) -> Self {
        Self { key: Some(key), read: read::<T> }
    }
}

impl Shape<()> {
    pub(crate) fn done() -> Self {
        Self::under("Result")
    }
}

impl Shape<Duration> {
    pub(crate) fn converted<U: Wire + Into<Duration>>(key: &'static str) -> Self {
        Self { key: Some(key), read: |body, key| read::<U>(body, key).map(Into::into) }
    }
}

impl Shape<Vec<u8>> {
    pub(crate) fn bytes() -> Self {
        Self { key: None, read: |body, _| Ok(body.to_vec()) }
    }
}

impl<T> Shape<T> {
    pub(crate) fn read(&self, body: &[u8]) -> Result<T, Malformed> {
        (self.read)(body, self.key)
    }
}

impl<T> fmt::Debug for Shape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Reads quickly; where that fails once more, keeping track of the path.
fn read<T: Wire>(body: &[u8], key: Option<&'static str>) -> Result<T, Malformed> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = Envelope::new(key).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|source| Malformed { path: path::<T>(body, key), source })
}

/// Where a reply departs from its shape.
fn path<T: Wire>(body: &[u8], key: Option<&'static str>) -> String {
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = Envelope::<T>::new(key)
        .deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track))
        .and_then(|_| json.end());
    if read.is_err() { track.path().to_string() } else { ".".to_owned() }
}

/// An error as ZAP writes it, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorReply {
    pub(crate) code: String,
    pub(crate) message: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Most replies: an object with the value under one key.
struct Envelope<T> {
    key: Option<&'static str>,
    value: PhantomData<T>,
}

impl<T> Envelope<T> {
    fn new(key: Option<&'static str>) -> Self {
        Self { key, value: PhantomData }
    }
}

impl<'de, T: Wire> DeserializeSeed<'de> for Envelope<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        if self.key.is_some() { deserializer.deserialize_map(self) } else { T::read(deserializer) }
    }
}

impl<'de, T: Wire> Visitor<'de> for Envelope<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the key `{}`", self.key.unwrap_or_default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<T, A::Error> {
        let key = self.key.unwrap_or_default();
        let mut value = None;
        while let Some(found) = entries.next_key::<String>()? {
            if found == key {
                value = Some(entries.next_value_seed(Seed::new())?);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        value.ok_or_else(|| A::Error::missing_field(key))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_is_no_text_or_no_number_is_found_where_it_stands() {
        let malformed =
            Shape::<Vec<String>>::under("urls").read(b"{\"urls\": [\"a\", \"\xff\"]}").err().unwrap();
        assert_eq!(malformed.path, "urls[1]");
        let malformed = Shape::<Vec<u32>>::under("ids").read(br#"{"ids": ["1", "2", "x"]}"#).err().unwrap();
        assert_eq!(malformed.path, "ids[2]");
        assert!(Shape::<Vec<u32>>::under("ids").read(br#"{"ids": ["1"]} 2"#).is_err());
    }
}
