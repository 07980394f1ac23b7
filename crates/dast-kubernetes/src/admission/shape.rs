//! The shape that objects have as API servers send them, and that not every JSON has.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Values in the objects of a review, at most: texts, numbers, lists, and what has fields. Each may take some hundred bytes once
/// something is made of it, whatever it takes as text. The largest object that etcd holds has less than half of them.
const MOST_VALUES: usize = 400_000;

/// Looks through the objects of a review before anything is made of them.
///
/// No field may be written twice: readers differ in what they make of one that is. Some take the first, some the last, some both.
pub(super) struct Shape {
    left: usize,
}

#[derive(serde::Deserialize, PartialEq, Eq, Hash)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

impl Shape {
    /// Looks at nothing yet.
    pub(super) fn new() -> Self {
        Self { left: MOST_VALUES }
    }

    /// Looks at the next object.
    ///
    /// # Errors
    /// When a field is written twice, or there are too many values in all objects so far.
    pub(super) fn check(&mut self, object: &RawValue) -> serde_json::Result<()> {
        self.deserialize(&mut serde_json::Deserializer::from_str(object.get()))
    }
}

impl<'de> DeserializeSeed<'de> for &mut Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| D::Error::custom(format_args!("more than {MOST_VALUES} values")))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<Name<'de>>()? {
            fields.next_value_seed(&mut *self)?;
            if let Some(Name(twice)) = names.replace(name) {
                return Err(A::Error::custom(format_args!("`{twice}` is written twice")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(), String> {
        let object = serde_json::from_str::<&RawValue>(text).unwrap();
        Shape::new().check(object).map_err(|error| error.to_string())
    }

    #[test]
    fn a_field_that_is_written_twice_is_found_wherever_it_is() {
        for once in
            [r#"{"a": [{"b": 1.5}, {"b": null}], "A": {"a": -1, "b": true}, "é": "", "b": 2}"#, "[]", "7"]
        {
            assert_eq!(read(once), Ok(()), "{once}");
        }
        for twice in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"a": 1, "b": 2, "\u0061": 3}}]"#] {
            assert!(read(twice).unwrap_err().starts_with("`a` is written twice"), "{twice}");
        }
    }

    #[test]
    fn values_are_counted_over_all_objects() {
        let list = |number: usize| RawValue::from_string(format!("[{}0]", "0,".repeat(number - 1))).unwrap();
        let mut shape = Shape::new();
        assert!(shape.check(&list(MOST_VALUES / 2 - 1)).is_ok());
        assert!(shape.check(&list(MOST_VALUES / 2 - 1)).is_ok());
        assert!(shape.check(&list(1)).unwrap_err().to_string().starts_with("more than 400000 values"));
    }
}
