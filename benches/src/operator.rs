//! The operator as it is released, as a process beside a real API server: what it holds, how soon it acts, what it asks for.

mod analyzer;
mod audit;
mod bare;
mod calls;
mod holding;
mod kubelet;
mod objects;
mod prompt;
mod size;
mod stage;

pub(crate) use self::objects::at_once;
pub(crate) use self::stage::{SYSTEM, Stage, runtime, said};
pub(crate) use calls::measure as calls;
pub(crate) use holding::measure as holding;
pub(crate) use size::measure as size;
