//! What puts back what a scan changed in ZAP.

use dast_zap_client::{ErrorCode, ZapError};
use futures_util::future::BoxFuture;
use tokio::time::{Duration, timeout};

/// Time to put back one thing, so that one that hangs does not keep the others from it.
pub(super) const UNDO_TIME: Duration = Duration::from_secs(2);

/// Puts one thing back. Nothing is asked of ZAP before its turn.
pub(super) struct Undo(Box<dyn FnOnce() -> BoxFuture<'static, Result<(), ZapError>> + Send + Sync>);

impl Undo {
    pub(super) fn new<F>(undo: impl FnOnce() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), ZapError>> + Send + 'static,
    {
        Self(Box::new(|| Box::pin(undo())))
    }

    /// Puts it back, if ZAP does so in time. If ZAP is not there any more, neither is what was put there.
    pub(super) async fn run(self) {
        match timeout(UNDO_TIME, (self.0)()).await.map(unless_absent) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "something stays behind in ZAP"),
            Err(_) => tracing::debug!("something stays behind in ZAP, which does not answer"),
        }
    }
}

/// Puts all back, the last first.
pub(super) async fn put_back(all: Vec<Undo>) {
    for undo in all.into_iter().rev() {
        undo.run().await;
    }
}

/// What is not there need not be taken away.
pub(super) fn unless_absent(done: Result<(), ZapError>) -> Result<(), ZapError> {
    match done {
        Err(error) if matches!(error.code(), Some(ErrorCode::DoesNotExist | ErrorCode::ContextNotFound)) => {
            Ok(())
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_is_put_back_first_and_one_that_hangs_keeps_no_other_from_it() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = |what: &'static str, hangs: bool| {
            let seen = seen.clone();
            Undo::new(move || async move {
                seen.lock().unwrap().push(what);
                if hangs {
                    std::future::pending::<()>().await;
                }
                Err(ZapError::Cancelled)
            })
        };
        let all = vec![note("first", false), note("hangs", true), note("last", false)];
        assert!(seen.lock().unwrap().is_empty());
        put_back(all).await;
        assert_eq!(*seen.lock().unwrap(), ["last", "hangs", "first"]);
    }
}
