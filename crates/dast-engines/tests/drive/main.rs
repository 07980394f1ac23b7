//! Scanners that behave, and scanners that do not, run to their end. Time is simulated.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod attempts;
mod ends;
mod reports;
mod script;
