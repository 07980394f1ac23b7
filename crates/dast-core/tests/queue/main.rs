//! The laws of the queue, over any order of events, and beside a naive queue that looks at everything each time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod entries;
mod generated;
mod turns;
