//! OWASP ZAP: as an engine, and as the author of reports that become evidence.

mod builder;
mod coverage;
mod failure;
mod finding;
mod profile;
pub mod report;
mod run;
mod scanner;
mod scope;
mod version;

pub use builder::ZapScannerBuilder;
pub use profile::{ZapLimits, ZapProfile};
pub use scanner::ZapScanner;
