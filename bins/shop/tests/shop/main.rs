//! The shop as its visitors, good and bad, see it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod api;
mod browser;
mod forms;
mod hostile;
mod responses;
