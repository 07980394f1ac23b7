//! What goes wrong on the wire, and which error comes of it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod calls;
mod refusals;
mod replies;
mod retries;
mod secrets;
