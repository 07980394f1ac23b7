#![doc = include_str!("../README.md")]

pub mod application;
mod cache;
mod prerequisites;
pub mod zap;
