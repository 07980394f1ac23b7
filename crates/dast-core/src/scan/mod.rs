//! A scan from its first moment to its last: what may happen, what is to be done, and how it ended.

mod error;
mod lifecycle;
mod outcome;
mod settings;

pub use error::{ErrorContext, ScanError};
pub use lifecycle::{Command, Event, Lifecycle, Phase};
pub use outcome::{Failure, Outcome, Stop, conclude};
pub use settings::LifecycleSettings;
