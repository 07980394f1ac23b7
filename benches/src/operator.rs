//! The operator as it is released, as a process beside a real API server: what it holds, and how soon it knows a cluster.

mod bare;
mod holding;
mod objects;
mod size;
mod stage;

pub(crate) use holding::measure as holding;
pub(crate) use size::measure as size;
