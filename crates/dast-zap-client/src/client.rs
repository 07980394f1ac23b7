//! The client: a cheap clone that gives out handlers.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures_core::future::BoxFuture;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::builder::{ClientBuilder, RetrySettings};
use crate::call::{Call, Observer};
use crate::endpoint::{EndpointName, Kind};
use crate::error::{TimeoutError, ZapError};
use crate::reply::Shape;
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
    deadline: Option<Duration>,
    retry: RetrySettings,
    observer: Option<Observer>,
    answered: Answered,
}

/// What ZAP's API answered before: from then on a connection closed without a word is not a refusal.
///
/// A ZAP may answer views without a key (`api.nokeyforsafeops`), so that they prove nothing about actions.
#[derive(Debug, Default)]
struct Answered {
    view: AtomicBool,
    action: AtomicBool,
    other: AtomicBool,
}

impl Answered {
    fn of(&self, kind: Kind) -> &AtomicBool {
        match kind {
            Kind::View => &self.view,
            Kind::Action => &self.action,
            Kind::Other => &self.other,
        }
    }

    /// Whether calls of that kind are permitted. Where actions are, everything is.
    fn proves(&self, kind: Kind) -> bool {
        self.action.load(Ordering::Relaxed) || self.of(kind).load(Ordering::Relaxed)
    }
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

    /// Until its calls are cancelled; without a token, for ever.
    pub(crate) async fn cancelled(&self) {
        match &self.cancel {
            Some(cancel) => cancel.cancelled().await,
            None => std::future::pending().await,
        }
    }

    pub(crate) fn new(
        transport: Transport,
        deadline: Option<Duration>,
        retry: RetrySettings,
        observer: Option<Observer>,
    ) -> Self {
        let answered = Answered::default();
        Self { shared: Arc::new(Shared { transport, deadline, retry, observer, answered }), cancel: None }
    }

    /// Calls ZAP, and reads the answer.
    pub(crate) async fn call<T>(
        &self,
        endpoint: &EndpointName,
        parameters: &[(Cow<'static, str>, String)],
        deadline: Option<Duration>,
        shape: &Shape<T>,
    ) -> Result<T, ZapError> {
        let begun = Instant::now();
        let answer = self.answer(endpoint, parameters, deadline).await;
        let result = answer.and_then(|answer| answer.read(shape));
        self.observe(endpoint, begun.elapsed(), result.as_ref().err());
        result
    }

    /// Boxed, since reading alone differs from type to type: all else is compiled once, and not wherever a request is
    /// sent.
    fn answer<'a>(
        &'a self,
        endpoint: &'a EndpointName,
        parameters: &[(Cow<'static, str>, String)],
        deadline: Option<Duration>,
    ) -> BoxFuture<'a, Result<Answer, ZapError>> {
        let query = encode(parameters);
        let deadline = deadline.or(self.shared.deadline).unwrap_or_else(|| endpoint.deadline());
        let call = async move {
            match timeout(deadline, self.shared.persist(endpoint, &query)).await {
                Ok(result) => result,
                Err(_) => Err(TimeoutError::new(endpoint.clone(), deadline).into()),
            }
        };
        Box::pin(async move {
            match &self.cancel {
                None => call.await,
                Some(cancel) => tokio::select! {
                    biased;
                    () = cancel.cancelled() => Err(ZapError::Cancelled),
                    result = call => result,
                },
            }
        })
    }

    fn observe(&self, endpoint: &EndpointName, took: Duration, error: Option<&ZapError>) {
        tracing::trace!(%endpoint, ?took, error = error.map(ZapError::category), "call");
        if let Some(observer) = &self.shared.observer {
            observer.tell(&Call { endpoint, took, error });
        }
    }
}

impl Shared {
    /// Tries views again: they change nothing, so that it does no harm if ZAP carried one out and its answer was lost.
    async fn persist(&self, endpoint: &EndpointName, query: &str) -> Result<Answer, ZapError> {
        let times = if endpoint.kind() == Kind::View { self.retry.times } else { 0 };
        let delays = ExponentialBuilder::default()
            .with_min_delay(self.retry.first_delay)
            .with_max_delay(self.retry.max_delay)
            .with_max_times(times)
            .with_jitter();
        (|| self.attempt(endpoint, query))
            .retry(delays)
            .when(ZapError::is_retryable)
            .notify(|error, delay| tracing::debug!(%endpoint, %error, ?delay, "tried again"))
            .await
    }

    async fn attempt(&self, endpoint: &EndpointName, query: &str) -> Result<Answer, ZapError> {
        let answered = self.answered.proves(endpoint.kind());
        let answer = self.transport.send(endpoint, query, answered).await?;
        if answer.is_of_the_api() {
            self.answered.of(endpoint.kind()).store(true, Ordering::Relaxed);
        }
        answer.accepted()
    }
}

fn encode(parameters: &[(Cow<'static, str>, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    query.finish()
}
