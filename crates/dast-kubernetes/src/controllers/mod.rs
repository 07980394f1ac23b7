//! The controllers: what is discovered becomes targets, what is due becomes runs, and runs become Jobs.
//!
//! | controller | looks at | writes |
//! |---|---|---|
//! | targets | what discovery found, Dasts, policies, runs | ScanTargets and all of their status; makes and sweeps ScanRuns |
//! | runs | ScanRuns, Jobs, pods | the status of ScanRuns; Jobs and what guards them |
//! | scanners | Dasts | their status; what is shared of a ZAP, whose key is read again every minute |
//! | documents | policies and exemptions | their status |
//! | routes | routes that are parked, and what they lead to | what serves them, once it is good enough |
//! | problems | namespaces, Services and routes | events on them |
//!
//! Every one of them is the same recipe: gather what is known, work out what is wanted in a pure function, apply what
//! differs, and say how it is. Statuses are written only if nothing has changed since they were worked out.

#[cfg(test)]
#[path = "../../tests/api/mod.rs"]
mod api;
mod apply;
mod commission;
mod context;
mod definition;
mod documents;
mod drift;
mod exposing;
mod feed;
mod hearing;
mod job;
mod metrics;
mod operator;
mod postponing;
mod problems;
mod progress;
mod routes;
mod run;
mod runs;
#[cfg(test)]
mod samples;
mod scanner;
mod scanners;
mod settings;
mod sharing;
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
