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

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_a_file_says_is_in_force_unless_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("configuration.yaml");
        let read = |text: &str| -> Result<u32> {
            let number = text.parse()?;
            ensure!(number < 10, "expected a number below 10");
            Ok(number)
        };
        assert!(follow(&path, read).is_err(), "there is no file");
        std::fs::write(&path, "many").unwrap();
        let error = format!("{:#}", follow(&path, read).map(drop).unwrap_err());
        assert!(error.contains("configuration.yaml` is not accepted"), "{error}");

        std::fs::write(&path, "1").unwrap();
        let (mut value, keep) = follow(&path, read).unwrap();
        let keep = tokio::spawn(keep);
        assert_eq!(**value.borrow_and_update(), 1);
        std::fs::write(&path, "2").unwrap();
        value.changed().await.unwrap();
        assert_eq!(**value.borrow_and_update(), 2);

        for bad in ["11", "none"] {
            std::fs::write(&path, bad).unwrap();
            tokio::time::sleep(3 * PAUSE).await;
            assert!(!value.has_changed().unwrap(), "{bad}");
        }
        std::fs::remove_file(&path).unwrap();
        tokio::time::sleep(3 * PAUSE).await;
        assert_eq!(**value.borrow(), 2, "it is absent for a moment when it is replaced");
        std::fs::write(&path, "3").unwrap();
        value.changed().await.unwrap();
        assert_eq!(**value.borrow_and_update(), 3);
        keep.abort();
    }
}
