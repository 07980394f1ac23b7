//! The webhook as it is released, as a process beside a real API server: what it holds, and what it adds to a write.

mod holding;
mod process;
mod registration;
mod stored;
mod world;
mod writing;

pub(crate) use holding::measure as holding;
pub(crate) use writing::measure as writing;
