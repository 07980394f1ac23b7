//! The controllers: what is discovered becomes targets, what is due becomes runs, and runs become Jobs.
//!
//! | controller | looks at | writes |
//! |---|---|---|
//! | targets | what discovery found, Dasts, policies, runs | ScanTargets and all of their status; makes and sweeps ScanRuns |
//! | runs | ScanRuns, Jobs, pods | the status of ScanRuns; Jobs and what guards them |
//! | scanners | Dasts | their status; a shared ZAP |
//! | documents | policies and exemptions | their status |
//! | routes | routes that are parked, and what they lead to | what serves them, once it is good enough |
//!
//! Every one of them is the same recipe: gather what is known, work out what is wanted in a pure function, apply what
//! differs, and say how it is. Statuses are written only if nothing has changed since they were worked out.

#[cfg(test)]
#[path = "../../tests/api/mod.rs"]
mod api;
mod apply;
mod commission;
mod context;
mod documents;
mod exposing;
mod feed;
mod hearing;
mod job;
mod metrics;
mod operator;
mod postponing;
mod progress;
mod routes;
mod run;
mod runs;
#[cfg(test)]
mod samples;
mod scanner;
mod scanners;
mod settings;
mod statement;
mod subject;
mod target;
mod targets;
mod telling;
mod turns;
mod wanted;
mod work;

pub use operator::{Operator, OperatorError};
pub use settings::Installation;
