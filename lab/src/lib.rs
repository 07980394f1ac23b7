#![doc = include_str!("../README.md")]

pub mod application;
mod cache;
pub mod cert_manager;
pub mod gateway_api;
mod go;
pub mod image;
pub mod kubernetes;
mod prerequisites;
mod process;
pub mod program;
pub mod registry;
pub mod zap;
