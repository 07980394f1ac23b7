#![doc = include_str!("../README.md")]

pub mod access;
pub mod certificates;
pub mod convert;
#[allow(
    unreachable_pub,
    clippy::duplicated_attributes,
    reason = "`KubeSchema` repeats each struct where nobody sees it, and columns have the same attributes"
)]
pub mod crd;
pub mod facts;
pub mod order;
pub mod results;
pub mod watch;
