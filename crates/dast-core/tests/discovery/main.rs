//! The discovery index: what follows from objects, whatever came first, and whatever somebody writes into them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod attacks;
mod cluster;
mod generated;
mod naive;
mod order;
mod targets;
