//! A call that was made, as whoever counts calls sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::EndpointName;
use crate::error::ZapError;

/// A call that came to its end.
#[derive(Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What was called.
    pub endpoint: &'a EndpointName,
    /// How long it took, with its retries.
    pub took: Duration,
    /// What went wrong, if anything did.
    pub error: Option<&'a ZapError>,
}

/// Who is told of every call.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&Call<'_>) + Send + Sync>);

impl Observer {
    pub(crate) fn new(observe: impl Fn(&Call<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn tell(&self, call: &Call<'_>) {
        (self.0)(call);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
