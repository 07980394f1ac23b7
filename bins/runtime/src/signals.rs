//! How a program is asked to end.

use tokio_util::sync::CancellationToken;

/// A token that Ctrl-C or SIGTERM cancels, so that work ends in good order. A second one ends the program at once, with the
/// exit code that shells give to what Ctrl-C ended.
pub fn cancellation() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        stopped().await;
        cancelled.cancel();
        stopped().await;
        std::process::exit(130);
    });
    token
}

#[cfg(unix)]
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
