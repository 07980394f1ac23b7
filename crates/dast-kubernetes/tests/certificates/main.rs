//! Certificates over the years, in Secrets that several write, and in a folder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![allow(unreachable_pub, reason = "the modules of a test program")]

#[path = "../api/mod.rs"]
mod api;
mod folder;
mod handshake;
mod issued;
mod lives;
mod secret;
