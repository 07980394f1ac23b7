//! Waiting: each way to end, and what ZAP is asked on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod errors;
mod others;
mod replies;
mod restarted;
mod scripted;
mod spider_and_active_scan;
mod stopped_by_us;
