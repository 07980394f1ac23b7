//! What the programs of a cluster have in common: signals, logs, an admin port, a port by TLS, files that change.

pub mod admin;
pub mod certificates;
mod failure;
pub mod file;
pub mod https;
mod limits;
pub mod logs;
pub mod signals;

pub use failure::conclude;

/// Chooses the provider of cryptography, which is for a program to do before anything could need it. A second choice is no
/// error.
pub fn choose_cryptography() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
