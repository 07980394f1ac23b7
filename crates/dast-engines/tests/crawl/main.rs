//! What the crawler asks for, and what becomes of a scan when servers do as they like. The servers count.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub)]

mod answers;
mod ends;
mod links;
mod login;
mod outage;
mod scan;
#[path = "../servers/mod.rs"]
mod servers;
