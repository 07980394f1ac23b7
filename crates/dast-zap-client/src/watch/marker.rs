//! A mark in ZAP's session, by which a client knows it again.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use crate::client::ZapClient;
use crate::error::{ErrorCode, ZapError};

impl ZapClient {
    /// Marks ZAP's session by a context with a name of its own. The context holds no addresses, so it changes no scan.
    ///
    /// # Errors
    /// See [`ZapError`].
    pub async fn mark_session(&self) -> Result<SessionMarker, ZapError> {
        let name = unique_name();
        self.context().new_context(&name).send().await?;
        Ok(SessionMarker { client: self.clone(), name })
    }
}

/// A mark in ZAP's session. It is gone in a new session, and in a ZAP that was started anew.
///
/// A ZAP that loads a saved session brings back the contexts in it: the mark does not tell that.
///
/// ```
/// # #[cfg(not(feature = "testing"))] fn main() {}
/// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = dast_zap_client::testing::FakeZap::start().await?;
/// # let zap = fake.client();
/// let marker = zap.mark_session().await?;
/// let scan = zap.spider().scan(&"http://shop.test/".parse()?).send().await?;
/// zap.watch_spider(scan).guarded_by(&marker).ended().await?;
/// assert!(marker.holds().await?);
/// marker.remove().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SessionMarker {
    client: ZapClient,
    name: String,
}

impl SessionMarker {
    /// What the names of marks begin with, by which those are found that somebody left behind.
    pub const PREFIX: &str = "session-marker-";

    /// Whether this still is the session that was marked.
    ///
    /// # Errors
    /// See [`ZapError`].
    pub async fn holds(&self) -> Result<bool, ZapError> {
        self.holds_for(&self.client).await
    }

    /// The same, asked through another client of the same ZAP.
    pub(crate) async fn holds_for(&self, client: &ZapClient) -> Result<bool, ZapError> {
        Ok(client.context().contexts().send().await?.contains(&self.name))
    }

    /// The name of its context.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the mark away; it may be gone already.
    ///
    /// # Errors
    /// See [`ZapError`].
    pub async fn remove(self) -> Result<(), ZapError> {
        match self.client.context().remove_context(&self.name).send().await {
            Err(error)
                if matches!(error.code(), Some(ErrorCode::ContextNotFound | ErrorCode::DoesNotExist)) =>
            {
                Ok(())
            }
            removed => removed,
        }
    }
}

impl fmt::Debug for SessionMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionMarker").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A name that no other context has. It need not be secret, so the random keys of the standard library's hashers will do.
fn unique_name() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{}{:016x}{:016x}", SessionMarker::PREFIX, random(), random())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn names_differ() {
        let names: BTreeSet<_> = (0..1000).map(|_| super::unique_name()).collect();
        assert_eq!(names.len(), 1000);
    }
}
