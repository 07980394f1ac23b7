//! The gate as an API server asks it: reviews of a shop's routes, in memory.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod agreement;
mod bad_input;
mod doors;
mod mutated;
mod parked;
mod recorded;
mod world;
