//! What is made of orders and of shared ZAPs, and what is read from Jobs and pods.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod attempt;
mod job;
mod network;
mod restricted;
mod shared_zap;

use serde::Serialize;
use serde_json::Value;

fn json(object: &impl Serialize) -> Value {
    serde_json::to_value(object).unwrap()
}

/// Objects as people read them, in the order of their fields' names.
fn yaml(objects: &[Value]) -> String {
    let texts: Vec<String> = objects.iter().map(|object| serde_saphyr::to_string(object).unwrap()).collect();
    texts.join("---\n")
}
