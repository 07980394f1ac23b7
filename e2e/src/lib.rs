#![doc = include_str!("../README.md")]
#![allow(clippy::print_stderr, reason = "what tests tell of their steps")]

mod process;
mod remains;
mod shop;
mod stage;
mod until;

pub use self::shop::{SHOP, Shop};
pub use self::stage::{RELEASE, SYSTEM, Stage};
pub use self::until::until;
