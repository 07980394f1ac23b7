//! The fake answers in the form in which ZAP answered when it was recorded. No provider for TLS is installed here.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod alerts;
mod form;
mod refusals;
mod scans;
mod shop;
