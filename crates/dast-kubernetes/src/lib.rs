#![doc = include_str!("../README.md")]

pub mod access;
pub mod admission;
pub mod certificates;
pub mod configuration;
pub mod controllers;
pub mod convert;
#[allow(
    unreachable_pub,
    clippy::duplicated_attributes,
    reason = "`KubeSchema` repeats each struct where nobody sees it, and columns have the same attributes"
)]
pub mod crd;
mod events;
pub mod facts;
pub mod job;
mod known;
pub mod manifests;
mod name;
pub mod order;
mod patch;
mod pod;
mod refused;
pub mod registration;
pub mod results;
pub mod shared_zap;
pub mod watch;
