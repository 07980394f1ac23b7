//! What is stated of an object, as one of its conditions.

use dast_policy::Bound;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::crd::set_condition;

/// The longest message that the definitions take, in bytes.
const MOST_MESSAGE: usize = 512;

/// Whether something is so, with a reason for programs and words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// `True`, `False` or `Unknown`.
    status: &'a str,
    reason: &'a str,
    message: String,
}

impl<'a> Statement<'a> {
    pub(super) fn new(status: &'a str, reason: &'a str, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into() }
    }

    /// Makes it the condition of this type, of an object of which this generation was looked at.
    pub(super) fn put(
        mut self,
        conditions: &mut Vec<Condition>,
        type_: &str,
        generation: Option<i64>,
        now: Timestamp,
    ) {
        Bound::shorten(&mut self.message, MOST_MESSAGE);
        let condition = Condition {
            type_: type_.to_owned(),
            status: self.status.to_owned(),
            reason: self.reason.to_owned(),
            message: self.message,
            observed_generation: generation,
            // API servers keep no fractions of a second.
            last_transition_time: Time(Timestamp::from_second(now.as_second()).unwrap_or(now)),
        };
        set_condition(conditions, condition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_fits_and_has_no_fractions() {
        let now = "2026-01-01T00:00:00.9Z".parse().unwrap();
        let mut conditions = Vec::new();
        Statement::new("False", "Invalid", "é".repeat(400)).put(&mut conditions, "Accepted", Some(7), now);
        let [condition] = conditions.as_slice() else { panic!("{conditions:?}") };
        assert!(condition.message.len() <= MOST_MESSAGE && condition.message.starts_with('é'));
        assert_eq!(condition.last_transition_time.0.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!((condition.type_.as_str(), condition.observed_generation), ("Accepted", Some(7)));
    }
}
