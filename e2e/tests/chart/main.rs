//! The chart, without a cluster: what it renders, and what it refuses. Those tests that need helm, which the lab builds,
//! are run by name: `cargo test -p dast-e2e --test chart -- --ignored`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod documents;
mod helm;
mod objects;
mod values;
mod webhook;
