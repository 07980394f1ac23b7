//! What encrypts.

/// Chooses the provider, which is for the program to do before anything could need it; a second choice is no error.
pub(crate) fn choose() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
