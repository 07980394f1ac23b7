//! One map of the file, whose fields are taken out one by one.

use dast_policy::reading::{Fields, Place, Reader};
use dast_policy::{Problem, ValueError};
use schemars::Schema;

/// One map of the file. What cannot be read is noted, and taken for absent.
pub(crate) struct Section<'r, 'n> {
    reader: &'r mut Reader,
    path: String,
    fields: Option<Fields<'n>>,
}

impl<'r, 'n> Section<'r, 'n> {
    /// A map with no fields but `known`.
    pub(crate) fn open(reader: &'r mut Reader, place: Place<'n>, known: &[&str]) -> Self {
        let path = place.path().to_owned();
        let fields = reader.map(place, known);
        Self { reader, path, fields }
    }

    /// What stands in a field.
    pub(crate) fn take<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Reader, Place<'n>) -> Option<T>,
    ) -> Option<T> {
        let place = self.fields.as_ref()?.get(key)?;
        read(self.reader, place)
    }

    /// What stands in a field that must be there.
    pub(crate) fn need<T>(
        &mut self,
        key: &str,
        what: &str,
        read: impl FnOnce(&mut Reader, Place<'n>) -> Option<T>,
    ) -> Option<T> {
        let place = self.reader.required(self.fields.as_ref()?, key, what)?;
        read(self.reader, place)
    }

    /// The items of a list, each once.
    pub(crate) fn list<T: PartialEq>(
        &mut self,
        key: &str,
        read: impl Fn(&mut Reader, Place<'n>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let place = self.fields.as_ref()?.get(key)?;
        let mut items = Vec::new();
        for place in self.reader.list(Some(place)) {
            match read(self.reader, place.clone()) {
                Some(item) if items.contains(&item) => self.reader.refuse(&place, "each item once"),
                Some(item) => items.push(item),
                None => {}
            }
        }
        Some(items)
    }

    /// Notes what is wrong with a field together with others, if anything is.
    pub(crate) fn check(&mut self, key: &str, result: Result<(), ValueError>) {
        if let Err(error) = result {
            self.refuse(key, Some(error.value()), error.accepted());
        }
    }

    /// Notes that a value, or that there is none, does not go together with others.
    pub(crate) fn refuse(&mut self, key: &str, value: Option<&str>, accepted: &str) {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.reader.note(Problem::new(format!("{}{dot}{key}", self.path), value, accepted));
    }
}

/// A schema of which no field has to be there.
pub(super) fn all_optional(schema: &mut Schema) {
    schema.remove("required");
}
