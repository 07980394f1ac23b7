//! A request that is ready to be sent.

use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use crate::client::ZapClient;
use crate::endpoint::EndpointName;
use crate::error::ZapError;
use crate::reply::Shape;

/// A request that answers with a `T`. It does nothing until it is sent.
///
/// Dropping the future of [`Self::send`] breaks the call off; what ZAP had begun it may carry on with.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<T> {
    client: ZapClient,
    endpoint: EndpointName,
    parameters: Vec<(Cow<'static, str>, String)>,
    shape: Shape<T>,
    deadline: Option<Duration>,
}

impl<T> Request<T> {
    pub(crate) fn new(client: &ZapClient, endpoint: EndpointName, shape: Shape<T>) -> Self {
        Self { client: client.clone(), endpoint, parameters: Vec::new(), shape, deadline: None }
    }

    /// Sets a parameter; the last value counts.
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: String) -> Self {
        let name = name.into();
        self.parameters.retain(|(earlier, _)| *earlier != name);
        self.parameters.push((name, value));
        self
    }

    /// Whether a parameter was set, to anything that ZAP could take for an id.
    pub(crate) fn has_number(&self, name: &str) -> bool {
        self.parameters.iter().any(|(set, value)| set == name && value.parse::<i32>().is_ok())
    }

    /// Time for this call with its retries.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Which endpoint is asked.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// Sends the request, and waits for the answer.
    ///
    /// # Errors
    /// See [`ZapError`].
    pub async fn send(self) -> Result<T, ZapError> {
        self.client.call(&self.endpoint, &self.parameters, self.deadline, &self.shape).await
    }
}

impl<T: Send + 'static> IntoFuture for Request<T> {
    type Output = Result<T, ZapError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// Parameters are left out: there may be passwords among them.
impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
