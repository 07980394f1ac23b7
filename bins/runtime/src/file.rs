//! A file that may change while a program runs, such as one that is mounted from a `ConfigMap`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::watch;

/// How often the file is looked at. A kubelet brings changes of a `ConfigMap` within a minute or so.
const PAUSE: Duration = Duration::from_secs(2);

/// Reads a file, and again whenever its content changes. The future keeps it up to date for as long as it is polled.
///
/// A change that cannot be read is logged, and what stood there before stays in force.
///
/// # Errors
/// When it cannot be read at first.
pub fn follow<T, R>(
    path: &Path,
    read: R,
) -> Result<(watch::Receiver<Arc<T>>, impl Future<Output = ()> + Send + use<T, R>)>
where
    T: Send + Sync + 'static,
    R: Fn(&str) -> Result<T> + Send + 'static,
{
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let first = read(&text).with_context(|| format!("`{}` is not accepted", path.display()))?;
    let (sender, receiver) = watch::channel(Arc::new(first));
    Ok((receiver, keep(path.to_owned(), text, read, sender)))
}

async fn keep<T>(
    path: PathBuf,
    mut text: String,
    read: impl Fn(&str) -> Result<T>,
    sender: watch::Sender<Arc<T>>,
) {
    loop {
        tokio::time::sleep(PAUSE).await;
        // It is absent for a moment when it is replaced.
        let Ok(now) = tokio::fs::read_to_string(&path).await else { continue };
        if now == text {
            continue;
        }
        text = now;
        match read(&text) {
            Ok(value) => {
                tracing::info!(file = %path.display(), "the file has changed and is in force");
                sender.send_replace(Arc::new(value));
            }
            Err(error) => {
                tracing::error!(file = %path.display(), error = format!("{error:#}"), "the file has changed and is not accepted: what it said before stays in force");
            }
        }
    }
}
