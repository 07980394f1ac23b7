#![doc = include_str!("../README.md")]

pub mod admission;
pub mod discovery;
mod redact;
pub mod rulebook;
pub mod scan;
mod scanner;
pub mod target;

pub use async_trait::async_trait;
pub use redact::Redactor;
pub use scan::{Lifecycle, LifecycleSettings, Phase, ScanError};
pub use scanner::{Collected, Progress, RunningScan, ScanRequest, Scanner};
pub use target::{Target, TargetError, origin_of};
