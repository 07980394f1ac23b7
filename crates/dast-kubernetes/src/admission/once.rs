//! Objects in which every field is written once.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Nothing of what was read, but that no field of it is written twice. Readers differ in what they make of one that is: some
/// take the first, some the last, some both. API servers send none.
pub(super) struct Once;

#[derive(serde::Deserialize, PartialEq, Eq, Hash)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        while entries.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<Name<'de>>()? {
            fields.next_value::<Self>()?;
            if let Some(Name(twice)) = names.replace(name) {
                return Err(A::Error::custom(format_args!("`{twice}` is written twice")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_written_twice_is_found_wherever_it_is() {
        let read =
            |text: &str| serde_json::from_str::<Once>(text).map(|_| ()).map_err(|error| error.to_string());
        for once in
            [r#"{"a": [{"b": 1.5}, {"b": null}], "A": {"a": -1, "b": true}, "é": "", "b": 2}"#, "[]", "7"]
        {
            assert_eq!(read(once), Ok(()), "{once}");
        }
        for twice in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"a": 1, "b": 2, "\u0061": 3}}]"#] {
            assert!(read(twice).unwrap_err().starts_with("`a` is written twice"), "{twice}");
        }
    }
}
