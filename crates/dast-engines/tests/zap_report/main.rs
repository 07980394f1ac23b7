//! Reports of ZAP in all their shapes become evidence that is no better than what was found.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod counts;
mod generated;
mod refusals;
mod report;
mod samples;
mod vouching;
