#![doc = include_str!("../README.md")]

#[cfg(feature = "terminal")]
pub mod terminal;
