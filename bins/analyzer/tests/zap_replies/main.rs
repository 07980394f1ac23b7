//! What a ZAP, or what stands in its place, may reply: whatever cannot be understood is no pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod alerts;
mod forms;
mod losses;
mod scan;
#[path = "../support/mod.rs"]
mod support;
mod transfer;
