//! What belongs to a scan within ZAP: a context of its own that holds exactly one origin, and all that is put back.

use dast_policy::Origin;
use dast_zap_client::watch::SessionMarker;
use dast_zap_client::{ContextId, Request, ZapClient, ZapError};
use tokio::time::timeout;

use super::memory::Memory;
use super::names::prefix;
use super::place::{is_of, pattern};
use super::scans;
use super::undo::{UNDO_TIME, Undo, put_back, unless_absent};

/// How often one site is looked for in ZAP's tree.
const SAME_SITES: usize = 8;

/// A context with exactly one origin in it, a mark by which a scan notices that ZAP began anew, and all that has to be undone
/// at the end.
pub(super) struct Scope {
    zap: ZapClient,
    origin: Origin,
    marker: SessionMarker,
    name: String,
    context: ContextId,
    forgot: bool,
    /// Stops what ZAP does for the scan at the moment.
    running: Option<Undo>,
    undo: Vec<Undo>,
}

impl Scope {
    /// Makes the mark and the context.
    pub(super) async fn open(zap: &ZapClient, origin: &Origin, memory: Memory) -> Result<Self, ZapError> {
        if memory == Memory::NewSession {
            zap.core().new_session().send().await?;
        }
        let marker = zap.mark_session().await?;
        let name = format!("{}{}", prefix(origin), marker.name());
        let remove = [marker.name(), &name].map(|context| zap.context().remove_context(context));
        let undo: Vec<Undo> = remove.into_iter().map(|remove| Undo::new(|| remove.send())).collect();
        match zap.context().new_context(&name).send().await {
            Ok(context) => {
                let (zap, origin) = (zap.clone(), origin.clone());
                Ok(Self { zap, origin, marker, name, context, forgot: false, running: None, undo })
            }
            Err(error) => {
                put_back(undo).await;
                Err(error)
            }
        }
    }

    /// Says what is in the context.
    pub(super) async fn fill(&self, excluded: &[String]) -> Result<(), ZapError> {
        let context = self.zap.context();
        context.include_in_context(&self.name, &pattern(&self.origin)).send().await?;
        for pattern in excluded {
            context.exclude_from_context(&self.name, pattern).send().await?;
        }
        Ok(())
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
    pub(super) fn undo<F>(&mut self, undo: impl FnOnce() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), ZapError>> + Send + 'static,
    {
        self.undo.push(Undo::new(undo));
    }

    /// Has ZAP begin something. Until it has [ended](Self::ended), it is stopped at the end, by the request that `stop` makes.
    pub(super) async fn begin<T: Copy>(
        &mut self,
        start: impl Future<Output = Result<T, ZapError>>,
        stop: impl FnOnce(&ZapClient, T) -> Request<()>,
    ) -> Result<T, ZapError> {
        // Until ZAP has said what that is called.
        let (zap, origin) = (self.zap.clone(), self.origin.clone());
        self.running = Some(Undo::new(move || async move { scans::stop(&zap, &origin).await }));
        let begun = start.await?;
        let stop = stop(&self.zap, begun);
        self.running = Some(Undo::new(|| stop.send()));
        Ok(begun)
    }

    /// What was begun came to an end.
    pub(super) fn ended(&mut self) {
        self.running = None;
    }

    /// Stops in ZAP what has not ended there.
    pub(super) async fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        // In another session, the same number is that of somebody else's scan.
        let asked = timeout(UNDO_TIME, self.marker.holds()).await;
        if !matches!(asked, Ok(Ok(false))) {
            running.run().await;
        }
    }

    /// Takes out of ZAP what was put there for this scan.
    pub(super) async fn close(mut self) {
        self.stop().await;
        put_back(self.undo).await;
    }
}

/// Has ZAP forget the pages of an origin: it raises passive alerts anew for pages that it does not know. Whether it did.
async fn forget(zap: &ZapClient, origin: &Origin) -> Result<bool, ZapError> {
    // A site can stand in ZAP's tree more than once, where two requests were the first at the same time.
    for _ in 0..SAME_SITES {
        unless_absent(zap.core().delete_site_node(&origin.to_string()).send().await)?;
        let left = zap.core().urls(&origin.to_string()).send().await?;
        if !left.iter().any(|url| is_of(url, origin)) {
            return Ok(true);
        }
    }
    Ok(false)
}
