//! A scan from its first moment to its last: when it is due, when its turn is, what may happen, and how it ended.

mod attempt;
mod due;
mod error;
mod history;
mod jitter;
mod lifecycle;
mod name;
mod outcome;
mod queue;
mod schedule;
mod settings;
mod time;

pub use attempt::{AttemptFailure, GaveUp, NextAttempt, RetrySettings};
pub use due::{Basis, Due, DueSettings, LastRun, RunState, Trigger, Wait, Wanted, due};
pub use error::{ErrorContext, ScanError};
pub use history::{EndedRun, HistorySettings, Sweep, sweep};
pub use jitter::jitter;
pub use lifecycle::{Command, Event, Lifecycle, Phase};
pub use name::{job_name, run_name};
pub use outcome::{Failure, Outcome, Stop, conclude};
pub use queue::{Entry, Position, Priority, Pushed, Queue, QueueLimits, TargetKey, Turn};
pub use schedule::{Interval, Schedule, ScheduleError};
pub use settings::{Backoff, LifecycleSettings};
