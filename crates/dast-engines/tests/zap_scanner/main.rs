//! What ZAP is told to do, in which order, and what comes of it.

#![cfg(feature = "zap")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod crawls;
mod definitions;
mod plans;
mod settings;
mod uploads;
#[path = "../zap_shop/mod.rs"]
mod zap_shop;
