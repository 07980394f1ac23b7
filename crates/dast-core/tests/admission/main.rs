//! The gate: what becomes of a route, whatever it leads to and however that stands.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod attacks;
mod cluster;
mod laws;
mod matrix;
mod scope;
mod words;
