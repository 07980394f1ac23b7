//! Orders of the operator, carried out in a run's pod.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![allow(dead_code, unreachable_pub, reason = "what several modules use, and what other test programs use")]

mod delivery;
mod operator;
mod orders;
mod pod;
mod scans;
#[path = "../support/mod.rs"]
mod support;
