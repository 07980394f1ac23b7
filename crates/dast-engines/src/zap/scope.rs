//! What belongs to a scan within ZAP: a context of its own that holds exactly one origin, and all that is put back.

use dast_core::origin_of;
use dast_policy::Origin;
use dast_zap_client::watch::SessionMarker;
use dast_zap_client::{ContextId, ErrorCode, Request, Url, ZapClient, ZapError};
use tokio::time::{Duration, timeout};

use super::leftovers::{stop_scans, take_over};
use super::memory::Memory;
use super::threads;

/// What everything of a scan is called in ZAP, before a mark.
pub(super) const PREFIX: &str = "dast";

/// How often one site is looked for in ZAP's tree.
const SAME_SITES: usize = 8;

/// Time to put back one thing, so that one that hangs does not keep the others from it.
const PUT_BACK_TIME: Duration = Duration::from_secs(2);

/// A context with exactly one origin in it, a mark by which a scan notices that ZAP began anew, and all that has to be undone
/// at the end.
pub(super) struct Scope {
    zap: ZapClient,
    origin: Origin,
    marker: SessionMarker,
    name: String,
    context: ContextId,
    forgot: bool,
    running: Running,
    undo: Vec<Undo>,
}

/// What puts something back.
enum Undo {
    Call(Request<()>),
    /// The threads, as the rule of that name remembers them.
    Threads(String),
    /// The contexts that a plan names, but those that were there before.
    Contexts {
        plan: String,
        before: Vec<String>,
    },
}

/// What ZAP does for the scan at the moment.
enum Running {
    Nothing,
    /// It was told to do something, and has not said yet what that is called.
    Unknown,
    /// What stops it.
    Known(Request<()>),
}

impl Scope {
    /// Makes the mark and the context.
    pub(super) async fn open(zap: &ZapClient, origin: &Origin, memory: Memory) -> Result<Self, ZapError> {
        if memory == Memory::NewSession {
            zap.core().new_session().send().await?;
        }
        let marker = zap.mark_session().await?;
        let name = format!("{}{}", prefix(origin), marker.name());
        let undo = [marker.name(), &name].map(|context| zap.context().remove_context(context));
        let undo: Vec<Undo> = undo.into_iter().map(Undo::Call).collect();
        match zap.context().new_context(&name).send().await {
            Ok(context) => {
                let (zap, origin) = (zap.clone(), origin.clone());
                let running = Running::Nothing;
                Ok(Self { zap, origin, marker, name, context, forgot: false, running, undo })
            }
            Err(error) => {
                put_back(zap, undo).await;
                Err(error)
            }
        }
    }

    /// Says what is in the context, and takes out of ZAP what earlier scans left there.
    pub(super) async fn settle(&self, excluded: &[String]) -> Result<(), ZapError> {
        let (zap, origin) = (&self.zap, &self.origin);
        zap.context().include_in_context(&self.name, &pattern(origin)).send().await?;
        for pattern in excluded {
            zap.context().exclude_from_context(&self.name, pattern).send().await?;
        }
        take_over(zap, origin, &self.name).await
    }

    /// Has ZAP forget the pages of the origin, if `memory` says so.
    pub(super) async fn forget(&mut self, memory: Memory) -> Result<(), ZapError> {
        if memory == Memory::Forget {
            self.forgot = forget(&self.zap, &self.origin).await?;
        }
        Ok(())
    }

    /// The name of the context, and of all else in ZAP that is made for this scan alone.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn context(&self) -> ContextId {
        self.context
    }

    /// Whether ZAP knew nothing of the origin when the scan began, so that it raises all there is to raise anew.
    pub(super) fn forgot(&self) -> bool {
        self.forgot
    }

    pub(super) fn marker(&self) -> &SessionMarker {
        &self.marker
    }

    /// What is to be done at the end, the last first. It is said before what it undoes, whose answer may be lost.
    pub(super) fn undo(&mut self, request: Request<()>) {
        self.undo.push(Undo::Call(request));
    }

    /// The same for the threads, which a rule of that name remembers.
    pub(super) fn undo_threads(&mut self, name: &str) {
        self.undo.push(Undo::Threads(name.to_owned()));
    }

    /// The same for the contexts that a plan of that text makes.
    pub(super) async fn undo_contexts_of(&mut self, plan: &str) -> Result<(), ZapError> {
        let before = self.zap.context().contexts().send().await?;
        self.undo.push(Undo::Contexts { plan: plan.to_owned(), before });
        Ok(())
    }

    /// Has ZAP begin something. Until it has [ended](Self::ended), it is stopped at the end, by the request that `stop` makes.
    pub(super) async fn begin<T: Copy>(
        &mut self,
        start: impl Future<Output = Result<T, ZapError>>,
        stop: impl FnOnce(&ZapClient, T) -> Request<()>,
    ) -> Result<T, ZapError> {
        self.running = Running::Unknown;
        let begun = start.await?;
        self.running = Running::Known(stop(&self.zap, begun));
        Ok(begun)
    }

    /// What was begun came to an end.
    pub(super) fn ended(&mut self) {
        self.running = Running::Nothing;
    }

    /// Stops in ZAP what has not ended there.
    pub(super) async fn stop(&mut self) {
        let running = std::mem::replace(&mut self.running, Running::Nothing);
        if matches!(running, Running::Nothing) {
            return;
        }
        // In another session, the same number is that of somebody else's scan.
        let asked = timeout(PUT_BACK_TIME, self.marker.holds()).await;
        if matches!(asked, Ok(Ok(false))) {
            return;
        }
        let stop = async {
            match running {
                Running::Nothing => Ok(()),
                Running::Known(stop) => stop.send().await,
                Running::Unknown => stop_scans(&self.zap, &self.origin).await,
            }
        };
        in_time(stop).await;
    }

    /// Takes out of ZAP what was put there for this scan.
    pub(super) async fn close(mut self) {
        self.stop().await;
        put_back(&self.zap, self.undo).await;
    }
}

async fn put_back(zap: &ZapClient, undo: Vec<Undo>) {
    for undo in undo.into_iter().rev() {
        match undo {
            Undo::Call(request) => in_time(request.send()).await,
            Undo::Threads(name) => in_time(threads::put_back(zap, &name)).await,
            Undo::Contexts { plan, before } => in_time(remove_contexts(zap, &plan, &before)).await,
        }
    }
}

/// Somebody else may have made others meanwhile, so that it is those that the plan names.
async fn remove_contexts(zap: &ZapClient, plan: &str, before: &[String]) -> Result<(), ZapError> {
    for name in zap.context().contexts().send().await? {
        if plan.contains(&name) && !before.contains(&name) {
            unless_absent(zap.context().remove_context(&name).send().await)?;
        }
    }
    Ok(())
}

/// If ZAP is not there any more, neither is what was put there.
async fn in_time(undo: impl Future<Output = Result<(), ZapError>>) {
    match timeout(PUT_BACK_TIME, undo).await.map(unless_absent) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "something stays behind in ZAP"),
        Err(_) => tracing::debug!("something stays behind in ZAP, which does not answer"),
    }
}

/// Has ZAP forget the pages of an origin: it raises passive alerts anew for pages that it does not know. Whether it did.
async fn forget(zap: &ZapClient, origin: &Origin) -> Result<bool, ZapError> {
    // A site can stand in ZAP's tree more than once, where two requests were the first at the same time.
    for _ in 0..SAME_SITES {
        unless_absent(zap.core().delete_site_node(&origin.to_string()).send().await)?;
        // ZAP compares the beginnings of texts, so that there may be other origins among them.
        let is_here =
            |url: &String| Url::parse(url).ok().and_then(|url| origin_of(&url)).as_ref() == Some(origin);
        if !zap.core().urls(&origin.to_string()).send().await?.iter().any(is_here) {
            return Ok(true);
        }
    }
    Ok(false)
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

/// What contexts of scans of an origin are called, before their mark.
pub(super) fn prefix(origin: &Origin) -> String {
    format!("{PREFIX} {origin} ")
}

/// A regular expression of Java for the URLs of an origin, and of no other whose text begins alike. ZAP leaves out
/// default ports, and the slash of a root.
pub(super) fn pattern(origin: &Origin) -> String {
    format!(r"\Q{origin}\E(?:[/?#].*)?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_quotes_the_origin_and_leaves_out_default_ports() {
        assert_eq!(pattern(&"http://shop.test:80".parse().unwrap()), r"\Qhttp://shop.test\E(?:[/?#].*)?");
        assert_eq!(pattern(&"http://[::1]:8080".parse().unwrap()), r"\Qhttp://[::1]:8080\E(?:[/?#].*)?");
    }
}
