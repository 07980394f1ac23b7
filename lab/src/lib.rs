#![doc = include_str!("../README.md")]

pub mod application;
mod cache;
pub mod gateway_api;
pub mod image;
pub mod kubernetes;
mod prerequisites;
mod process;
pub mod program;
pub mod zap;
