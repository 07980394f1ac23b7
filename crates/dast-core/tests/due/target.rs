//! A target, its last run, and what is known of both.

use std::time::Duration;

use dast_core::scan::{Basis, Due, DueSettings, LastRun, RunState, Wait, Wanted};
use dast_policy::{Profile, Revision};
use jiff::Timestamp;

pub(crate) const NAME: &str = "shop/web:http";

/// No jitter and no automatic second try, so that times are easy to follow.
pub(crate) fn settings() -> DueSettings {
    DueSettings {
        stability: Duration::from_secs(30),
        minimum_interval: Duration::from_secs(300),
        request_interval: Duration::from_secs(60),
        incomplete_interval: None,
        interval: None,
        schedule: None,
        jitter: Duration::ZERO,
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn basis(revision: &str) -> Basis {
    let profile = Profile { name: "baseline".to_owned(), hash: "1".to_owned() };
    Basis { revision: Some(Revision::new(revision)), ..Basis::new(profile, "shop/zap") }
}

pub(crate) fn wanted(basis: Basis) -> Wanted {
    Wanted { ready_since: Some(at(0)), ..Wanted::new(NAME, basis) }
}

pub(crate) fn ended(basis: Basis, started: i64) -> LastRun {
    let state = RunState::Ended { started: at(started), complete: true };
    LastRun { name: "run".to_owned(), basis, state }
}

pub(crate) fn not_yet(wait: Wait, look_again: Option<i64>) -> Due {
    Due::NotYet { wait, look_again: look_again.map(at) }
}
