//! How results come in: exact calls to an API server, and everything that is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![allow(unreachable_pub, reason = "the modules of a test program")]

#[path = "../api/mod.rs"]
mod api;
mod bounds;
mod intake;
mod progress;
mod refusals;
mod world;
