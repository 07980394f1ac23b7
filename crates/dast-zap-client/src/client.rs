//! The client: a cheap clone that gives out handlers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::builder::{ClientBuilder, RetrySettings};
use crate::call::{Call, Observer};
use crate::endpoint::{EndpointName, Kind};
use crate::error::{TimeoutError, ZapError};
use crate::transport::{Answer, Transport};

/// A client of one ZAP.
///
/// Clones are cheap and share their connections. It gives out a handler for each component of ZAP's API; a handler
/// gives out requests, and a request does nothing until it is sent. Dropping the future of a request breaks it off.
///
/// ```no_run
/// use dast_zap_client::ZapClient;
///
/// # async fn example() -> Result<(), dast_zap_client::ZapError> {
/// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
/// println!("ZAP {}", zap.core().version().send().await?);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ZapClient {
    shared: Arc<Shared>,
    cancel: Option<CancellationToken>,
}

#[derive(Debug)]
struct Shared {
    transport: Transport,
    deadline: Duration,
    retry: RetrySettings,
    observer: Option<Observer>,
    /// Whether ZAP's API answered before: from then on a connection closed without a word is not a refusal.
    answered: AtomicBool,
}

impl ZapClient {
    /// Begins a client of the ZAP at `url`, such as `http://127.0.0.1:8080`.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// The same client, whose calls end with [`ZapError::Cancelled`] as soon as `cancel` is triggered.
    pub fn with_cancellation(&self, cancel: CancellationToken) -> Self {
        Self { cancel: Some(cancel), ..self.clone() }
    }

    pub(crate) fn new(
        transport: Transport,
        deadline: Duration,
        retry: RetrySettings,
        observer: Option<Observer>,
    ) -> Self {
        let answered = AtomicBool::new(false);
        Self { shared: Arc::new(Shared { transport, deadline, retry, observer, answered }), cancel: None }
    }

    /// Calls ZAP, and reads the answer.
    pub(crate) async fn call<T>(
        &self,
        endpoint: &EndpointName,
        parameters: &[(impl AsRef<str> + Sync, String)],
        deadline: Option<Duration>,
        read: impl Fn(Answer) -> Result<T, ZapError> + Sync,
    ) -> Result<T, ZapError> {
        let begun = Instant::now();
        let query = encode(parameters);
        let deadline = deadline.unwrap_or(self.shared.deadline);
        let attempt = || async { read(self.shared.attempt(endpoint, &query).await?) };
        let call = async {
            match timeout(deadline, self.shared.persist(endpoint, attempt)).await {
                Ok(result) => result,
                Err(_) => Err(TimeoutError::new(endpoint.clone(), deadline).into()),
            }
        };
        let result = match &self.cancel {
            None => call.await,
            Some(cancel) => tokio::select! {
                biased;
                () = cancel.cancelled() => Err(ZapError::Cancelled),
                result = call => result,
            },
        };
        let (took, error) = (begun.elapsed(), result.as_ref().err());
        tracing::trace!(%endpoint, ?took, error = error.map(ZapError::category), "call");
        if let Some(observer) = &self.shared.observer {
            observer.tell(&Call { endpoint, took, error });
        }
        result
    }
}

impl Shared {
    /// Tries views again: they change nothing, so that it does no harm if ZAP carried one out and its answer was lost.
    async fn persist<T, F: Future<Output = Result<T, ZapError>>>(
        &self,
        endpoint: &EndpointName,
        attempt: impl FnMut() -> F,
    ) -> Result<T, ZapError> {
        let times = if endpoint.kind() == Kind::View { self.retry.times } else { 0 };
        let delays = ExponentialBuilder::default()
            .with_min_delay(self.retry.first_delay)
            .with_max_delay(self.retry.max_delay)
            .with_max_times(times)
            .with_jitter();
        attempt
            .retry(delays)
            .when(ZapError::is_retryable)
            .notify(|error, delay| tracing::debug!(%endpoint, %error, ?delay, "tried again"))
            .await
    }

    async fn attempt(&self, endpoint: &EndpointName, query: &str) -> Result<Answer, ZapError> {
        let answered = self.answered.load(Ordering::Relaxed);
        let answer = self.transport.send(endpoint, query, answered).await?;
        if answer.is_of_the_api() {
            self.answered.store(true, Ordering::Relaxed);
        }
        Ok(answer)
    }
}

fn encode(parameters: &[(impl AsRef<str>, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        query.append_pair(name.as_ref(), value);
    }
    query.finish()
}
