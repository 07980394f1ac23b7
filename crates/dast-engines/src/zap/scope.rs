//! What belongs to a scan within ZAP: a context of its own that holds exactly one origin, and all that is put back.

use dast_core::origin_of;
use dast_policy::Origin;
use dast_zap_client::watch::SessionMarker;
use dast_zap_client::{ContextId, ErrorCode, Request, Url, ZapClient, ZapError};

use super::profile::Memory;

/// What contexts of scans are called in ZAP, before the origin and a mark.
const PREFIX: &str = "dast";

/// How often one site is looked for in ZAP's tree.
const SAME_SITES: usize = 8;

/// A context with exactly one origin in it, a mark by which a scan notices that ZAP began anew, and all that has to be undone
/// at the end.
pub(super) struct Scope {
    marker: SessionMarker,
    name: String,
    context: ContextId,
    forgot: bool,
    undo: Vec<Request<()>>,
}

impl Scope {
    /// Makes the context, and has ZAP forget what `memory` says.
    pub(super) async fn open(
        zap: &ZapClient,
        origin: &Origin,
        excluded: &[String],
        memory: Memory,
    ) -> Result<Self, ZapError> {
        if memory == Memory::NewSession {
            zap.core().new_session().send().await?;
        }
        let marker = zap.mark_session().await?;
        let name = format!("{}{}", prefix(origin), marker.name());
        let mut undo = vec![zap.context().remove_context(marker.name())];
        let opened = async {
            let context = zap.context().new_context(&name).send().await?;
            undo.push(zap.context().remove_context(&name));
            zap.context().include_in_context(&name, &pattern(origin)).send().await?;
            for pattern in excluded {
                zap.context().exclude_from_context(&name, pattern).send().await?;
            }
            let mut forgot = false;
            if memory == Memory::Forget {
                take_over(zap, origin, &name).await?;
                forgot = forget(zap, origin).await?;
            }
            Ok((context, forgot))
        };
        match opened.await {
            Ok((context, forgot)) => Ok(Self { marker, name, context, forgot, undo }),
            Err(error) => {
                put_back(undo).await;
                Err(error)
            }
        }
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

    /// What is to be done at the end, the last first.
    pub(super) fn undo(&mut self, request: Request<()>) {
        self.undo.push(request);
    }

    /// Takes out of ZAP what was put there for this scan.
    pub(super) async fn close(self) {
        put_back(self.undo).await;
    }
}

async fn put_back(undo: Vec<Request<()>>) {
    for request in undo.into_iter().rev() {
        let endpoint = request.endpoint().clone();
        // If ZAP is not there any more, neither is what was put there.
        if let Err(error) = request.send().await {
            tracing::debug!(%endpoint, %error, "something stays behind in ZAP");
        }
    }
}

/// Gives up earlier scans of the same origin: one that was killed left its things behind, and one that still runs notices
/// that its mark is gone. Two at a time would take each other's pages away.
async fn take_over(zap: &ZapClient, origin: &Origin, own: &str) -> Result<(), ZapError> {
    let prefix = prefix(origin);
    for name in zap.context().contexts().send().await? {
        let Some(marker) = name.strip_prefix(&prefix).filter(|_| name != own) else { continue };
        tracing::warn!(%origin, "an earlier scan in this ZAP is given up");
        for context in [marker, name.as_str()] {
            unless_absent(zap.context().remove_context(context).send().await)?;
        }
        leftovers(zap, &name, marker).await;
    }
    Ok(())
}

/// Takes out of ZAP what another scan of that name would have taken out by itself.
async fn leftovers(zap: &ZapClient, name: &str, marker: &str) {
    let mut undo = vec![zap.ascan().remove_scan_policy(marker), zap.network().remove_rate_limit_rule(name)];
    if let Ok(rules) = zap.replacer().rules().send().await {
        let theirs = rules.into_iter().filter(|rule| rule.description.starts_with(name));
        undo.extend(theirs.map(|rule| zap.replacer().remove_rule(&rule.description)));
    }
    put_back(undo).await;
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

fn unless_absent(done: Result<(), ZapError>) -> Result<(), ZapError> {
    match done {
        Err(error) if matches!(error.code(), Some(ErrorCode::DoesNotExist | ErrorCode::ContextNotFound)) => {
            Ok(())
        }
        done => done,
    }
}

fn prefix(origin: &Origin) -> String {
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
