//! The operator as its chart installs it, on a real Kubernetes. `cargo test -p dast-e2e --test operator -- --ignored` runs
//! everything, and with the name of a module only that, with the rights of root.

#![allow(clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

mod attacks;
mod control_plane;
mod crowding;
mod external;
mod gate;
mod guide;
mod hostile;
mod interruptions;
mod lease;
mod least_rights;
mod logins;
mod pods;
mod samples;
mod settings;
mod vertical;
mod virtual_host;
mod zap;
