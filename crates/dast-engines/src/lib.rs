#![doc = include_str!("../README.md")]

mod drive;
#[cfg(feature = "passive")]
pub mod passive;
#[cfg(feature = "zap")]
pub mod zap;

pub use drive::{DriveSettings, drive};
