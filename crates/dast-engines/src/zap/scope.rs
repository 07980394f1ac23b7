//! What belongs to a scan within ZAP: a context of its own that holds exactly one origin.

use dast_policy::Origin;
use dast_zap_client::watch::SessionMarker;
use dast_zap_client::{ContextId, ZapClient, ZapError};

/// A context with exactly one origin in it, and a mark by which a scan notices that ZAP began anew.
pub(super) struct Scope {
    zap: ZapClient,
    marker: SessionMarker,
    name: String,
    context: ContextId,
}

impl Scope {
    pub(super) async fn open(zap: &ZapClient, origin: &Origin) -> Result<Self, ZapError> {
        let marker = zap.mark_session().await?;
        let name = format!("{} {origin}", marker.name());
        let opened = async {
            let context = zap.context().new_context(&name).send().await?;
            zap.context().include_in_context(&name, &pattern(origin)).send().await?;
            Ok(context)
        };
        match opened.await {
            Ok(context) => Ok(Self { zap: zap.clone(), marker, name, context }),
            Err(error) => {
                clean(marker.remove().await);
                Err(error)
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn context(&self) -> ContextId {
        self.context
    }

    pub(super) fn marker(&self) -> &SessionMarker {
        &self.marker
    }

    /// Takes out of ZAP what was put there for this scan.
    pub(super) async fn close(self) {
        clean(self.zap.context().remove_context(&self.name).send().await);
        clean(self.marker.remove().await);
    }
}

/// If ZAP is not there any more, neither is the context.
fn clean(removed: Result<(), ZapError>) {
    if let Err(error) = removed {
        tracing::debug!(%error, "a context stays behind in ZAP");
    }
}

/// A regular expression of Java for the URLs of an origin, and of no other whose text begins alike. ZAP leaves out
/// default ports, and the slash of a root.
fn pattern(origin: &Origin) -> String {
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
