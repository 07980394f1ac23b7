//! Reads a tree and notes everything that is wrong with it, instead of stopping at the first thing.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::tree::Node;
use crate::error::{InvalidError, Problem, ValueError};

/// A value and the path that leads to it.
#[derive(Debug, Clone)]
pub struct Place<'n> {
    path: String,
    node: &'n Node,
}

/// The entries of a map whose keys are known.
#[derive(Debug)]
pub struct Fields<'n> {
    path: String,
    entries: &'n [(String, Node)],
}

/// More problems than this help nobody, and a document can have a million.
const MOST_PROBLEMS: usize = 50;

/// Collects problems while a document is read. It keeps the first fifty.
#[derive(Debug, Default)]
pub struct Reader {
    pub(crate) problems: Vec<Problem>,
}

impl<'n> Place<'n> {
    /// The document as a whole.
    pub fn root(node: &'n Node) -> Self {
        Self { path: String::new(), node }
    }

    /// The path, such as `rules[2].level`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value.
    pub fn node(&self) -> &'n Node {
        self.node
    }
}

impl<'n> Fields<'n> {
    /// The value of `key`. A key with nothing behind it was told when the map was read.
    pub fn get(&self, key: &str) -> Option<Place<'n>> {
        let (_, node) = self.entries.iter().find(|(name, node)| name == key && *node != Node::Null)?;
        Some(Place { path: join(&self.path, key), node })
    }
}

impl Reader {
    /// A map with no keys but `known`, each at most once.
    pub fn map<'n>(&mut self, place: Place<'n>, known: &[&str]) -> Option<Fields<'n>> {
        let Node::Map(entries) = place.node else {
            self.refuse(&place, format!("a map with any of: {}", known.join(", ")));
            return None;
        };
        let mut seen = HashSet::new();
        for (key, node) in entries {
            let path = join(&place.path, key);
            if !known.contains(&key.as_str()) {
                self.note(Problem::new(path, Some(key), format!("one of the fields {}", known.join(", "))));
            } else if !seen.insert(key) {
                self.note(Problem::new(path, Some(key), "each field once"));
            } else if *node == Node::Null {
                // Taken for absent, an empty value would often mean less strict.
                self.note(Problem::new(path, Some("null"), "a value; or leave the field out"));
            }
        }
        Some(Fields { path: place.path, entries })
    }

    /// Notes a problem.
    pub fn note(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// The items of a list; none if it is absent.
    pub fn list<'n>(&mut self, place: Option<Place<'n>>) -> Vec<Place<'n>> {
        let Some(place) = place else { return Vec::new() };
        let Node::List(items) = place.node else {
            self.refuse(&place, "a list");
            return Vec::new();
        };
        let item = |(index, node)| Place { path: format!("{}[{index}]", place.path), node };
        items.iter().enumerate().map(item).collect()
    }

    /// A text.
    pub fn text<'n>(&mut self, place: Place<'n>) -> Option<&'n str> {
        match place.node {
            Node::Text(text) => Some(text),
            _ => {
                self.refuse(&place, "text; a number in quotation marks");
                None
            }
        }
    }

    /// A whole number in a range.
    pub fn number<T: TryFrom<i128>>(&mut self, place: Place<'_>, range: RangeInclusive<i128>) -> Option<T> {
        let number = match place.node {
            Node::Integer(number) if range.contains(number) => T::try_from(*number).ok(),
            _ => None,
        };
        if number.is_none() {
            self.refuse(&place, format!("a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, place: Place<'_>) -> Option<bool> {
        match place.node {
            Node::Bool(value) => Some(*value),
            _ => {
                self.refuse(&place, "true or false");
                None
            }
        }
    }

    /// A text that means something.
    pub fn parse<T: FromStr<Err = ValueError>>(&mut self, place: Place<'_>) -> Option<T> {
        let text = self.text(place.clone())?;
        self.check(&place, text.parse())
    }

    /// The value of a result, or a problem with the path of `place`.
    pub fn check<T>(&mut self, place: &Place<'_>, result: Result<T, ValueError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(Problem::new(place.path.clone(), Some(error.value()), error.accepted()));
                None
            }
        }
    }

    /// Notes that a field must be there.
    pub fn required<'n>(&mut self, fields: &Fields<'n>, key: &str, what: &str) -> Option<Place<'n>> {
        let place = fields.get(key);
        if place.is_none() {
            self.note(Problem::new(join(&fields.path, key), None, what));
        }
        place
    }

    /// Notes that what stands at `place` is not accepted.
    pub fn refuse(&mut self, place: &Place<'_>, accepted: impl Into<String>) {
        self.note(Problem::new(place.path.clone(), Some(&place.node.describe()), accepted));
    }

    /// Nothing, or everything that is wrong.
    ///
    /// # Errors
    /// If a problem was noted.
    pub fn finish(self) -> Result<(), InvalidError> {
        if self.problems.is_empty() { Ok(()) } else { Err(InvalidError::new(self.problems)) }
    }

    /// A rule: text, or a number, since `rule: 10038` can only mean one thing.
    pub(crate) fn rule<T: FromStr<Err = ValueError>>(&mut self, place: Place<'_>) -> Option<T> {
        let text = place.node.describe();
        match place.node {
            Node::Text(_) | Node::Integer(_) => self.check(&place, text.parse()),
            _ => {
                self.refuse(&place, "a rule such as `10038` or `10038-1`");
                None
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    let key = crate::error::excerpt(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
