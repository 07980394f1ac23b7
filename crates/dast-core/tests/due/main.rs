//! The laws of what is due, over any target, and over days of one whose clock is simulated.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod days;
mod generated;
mod reasons;
mod target;
