//! Targets that wait.

use dast_core::scan::{Entry, Priority, QueueLimits, TargetKey};
use jiff::Timestamp;

pub(crate) const UNLIMITED: QueueLimits = QueueLimits { total: None, per_namespace: None };

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn key(namespace: &str, name: &str) -> TargetKey {
    TargetKey::new(namespace, name)
}

pub(crate) fn entry(namespace: &str, name: &str, since: i64) -> Entry {
    Entry { target: key(namespace, name), since: at(since), priority: Priority::Routine }
}
