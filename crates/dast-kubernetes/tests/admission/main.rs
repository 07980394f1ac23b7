//! The gate as an API server asks it: reviews of a shop's routes, in memory.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod agreement;
mod bad_input;
#[path = "../cluster/mod.rs"]
mod cluster;
mod counted;
mod doors;
mod forged;
mod generated;
mod heard;
mod mutated;
mod parked;
mod passage;
mod recorded;
mod twice;
mod world;
