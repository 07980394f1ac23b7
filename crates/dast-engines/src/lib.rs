#![doc = include_str!("../README.md")]

mod drive;
#[cfg(feature = "passive")]
pub mod passive;

pub use drive::{DriveSettings, drive};
