//! OWASP ZAP: as an engine, and as the author of reports that become evidence.

mod builder;
mod coverage;
mod definition;
mod explore;
mod failure;
mod finding;
mod header;
mod health;
mod landmarks;
mod leftovers;
mod limits;
mod login;
mod memory;
mod pace;
mod place;
mod plan;
mod profile;
pub mod report;
mod rules;
mod run;
mod scanner;
mod scope;
mod session;
mod settings;
mod standing;
mod threads;
mod version;

pub use builder::ZapScannerBuilder;
pub use definition::{ApiDefinition, DefinitionSource};
pub use limits::ZapLimits;
pub use login::{LoggedIn, Login};
pub use memory::Memory;
pub use profile::{BrowserCrawler, ZapProfile};
pub use rules::{AlertThreshold, AttackStrength, ZapRules};
pub use scanner::ZapScanner;
