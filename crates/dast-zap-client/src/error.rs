//! What can go wrong between here and ZAP, told apart by what a caller can do about it.

mod answer;
mod code;

use std::error::Error;
use std::time::Duration;

pub use answer::{ApiError, ComponentAbsent, DecodeError, ForeignAnswer, TooLarge, TooOld};
pub use code::ErrorCode;

use crate::endpoint::{EndpointName, Kind};

/// Why a call gave no answer that can be used.
///
/// ```
/// # #[cfg(not(feature = "testing"))] fn main() {}
/// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use dast_zap_client::{ErrorCode, SpiderScanId, ZapError, testing::FakeZap};
///
/// let fake = FakeZap::start().await?;
/// let zap = fake.client();
/// match zap.spider().status(SpiderScanId::new(7)).send().await {
///     Err(ZapError::Api(error)) => assert_eq!(error.code(), &ErrorCode::DoesNotExist),
///     other => panic!("{other:?}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZapError {
    /// The client cannot be built from what it was given.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The program installed no cryptographic provider, and TLS needs one.
    #[error(
        "TLS needs a cryptographic provider: install one when the program starts, such as \
         `rustls::crypto::aws_lc_rs::default_provider().install_default()`"
    )]
    NoTlsProvider,
    /// No connection, or one that broke.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The deadline passed first.
    #[error(transparent)]
    Timeout(#[from] TimeoutError),
    /// Whoever asked does not want to know any more.
    #[error("the call was cancelled")]
    Cancelled,
    /// ZAP answered with an error.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// ZAP closed the connection without a word, as it does when it does not permit a call.
    #[error(transparent)]
    Dropped(#[from] DroppedError),
    /// A proxy answered, perhaps ZAP itself, instead of ZAP's API.
    #[error("a proxy answered instead of the API of ZAP: {0}")]
    Proxied(ForeignAnswer),
    /// Something answered that is not ZAP.
    #[error("the answer is not one of the API of ZAP: {0}")]
    NotZap(ForeignAnswer),
    /// A reply that does not have the form that is known.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A reply larger than the limit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A version of ZAP that this client does not know how to talk to.
    #[error(transparent)]
    TooOld(#[from] TooOld),
    /// The add-on that would answer is not installed.
    #[error(transparent)]
    ComponentAbsent(#[from] ComponentAbsent),
    /// Alerts were deleted while they were listed, or ZAP began a new session, so that the list would have gaps.
    #[error("the list of alerts changed while it was read")]
    ListChanged,
}

impl ZapError {
    /// Whether the same call may succeed a little later, and does no harm: never of a call that is no view and that ZAP
    /// may have carried out.
    pub fn is_retryable(&self) -> bool {
        let is_view = |endpoint: &EndpointName| endpoint.kind() == Kind::View;
        match self {
            Self::Transport(error) => error.is_unconnected() || is_view(error.endpoint()),
            Self::Timeout(error) => is_view(error.endpoint()),
            Self::Api(error) => match error.code() {
                ErrorCode::ScanInProgress | ErrorCode::BadState => true,
                ErrorCode::InternalError => is_view(error.endpoint()),
                _ => false,
            },
            Self::ListChanged => true,
            Self::Configuration(_)
            | Self::NoTlsProvider
            | Self::Cancelled
            | Self::Dropped(_)
            | Self::Proxied(_)
            | Self::NotZap(_)
            | Self::Decode(_)
            | Self::TooLarge(_)
            | Self::TooOld(_)
            | Self::ComponentAbsent(_) => false,
        }
    }

    /// A short fixed name of the case, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration",
            Self::NoTlsProvider => "no_tls_provider",
            Self::Transport(_) => "transport",
            Self::Timeout(_) => "timeout",
            Self::Cancelled => "cancelled",
            Self::Api(_) => "api",
            Self::Dropped(_) => "dropped",
            Self::Proxied(_) => "proxied",
            Self::NotZap(_) => "not_zap",
            Self::Decode(_) => "decode",
            Self::TooLarge(_) => "too_large",
            Self::TooOld(_) => "too_old",
            Self::ComponentAbsent(_) => "component_absent",
            Self::ListChanged => "list_changed",
        }
    }

    /// ZAP's own word for what is wrong, if it said one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code()),
            Self::ComponentAbsent(_) => Some(&ErrorCode::NoImplementor),
            _ => None,
        }
    }
}

/// A setting of the client that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{field}` cannot be `{value}`: expected {accepted}")]
pub struct ConfigurationError {
    field: &'static str,
    value: String,
    accepted: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConfigurationError {
    pub(crate) fn new(field: &'static str, value: impl Into<String>, accepted: &'static str) -> Self {
        Self { field, value: value.into(), accepted, source: None }
    }

    pub(crate) fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// The setting.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// What it was set to; never a secret.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What would have been accepted.
    pub fn accepted(&self) -> &'static str {
        self.accepted
    }
}

/// A connection that could not be made, or broke.
#[derive(Debug, thiserror::Error)]
#[error("no answer to `{endpoint}`")]
pub struct TransportError {
    endpoint: EndpointName,
    unconnected: bool,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

impl TransportError {
    pub(crate) fn new(
        endpoint: EndpointName,
        unconnected: bool,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { endpoint, unconnected, source: source.into() }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// Whether there never was a connection, so that ZAP surely did not carry out the call.
    pub fn is_unconnected(&self) -> bool {
        self.unconnected
    }
}

/// A call that took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer to `{endpoint}` within {after:?}")]
pub struct TimeoutError {
    endpoint: EndpointName,
    after: Duration,
}

impl TimeoutError {
    pub(crate) fn new(endpoint: EndpointName, after: Duration) -> Self {
        Self { endpoint, after }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }

    /// The deadline.
    pub fn after(&self) -> Duration {
        self.after
    }
}

/// A connection that ZAP closed without a word.
///
/// ZAP does so when the key is missing or wrong, when the caller's address is not permitted, and when the API is
/// disabled; with its option `api.reportpermerrors=true` it says which.
#[derive(Debug, thiserror::Error)]
#[error(
    "ZAP closed the connection without an answer to `{endpoint}`: check the API key, that this address is permitted \
     (`api.addrs`), and that the API is enabled; with `-config api.reportpermerrors=true` it says which"
)]
pub struct DroppedError {
    endpoint: EndpointName,
}

impl DroppedError {
    pub(crate) fn new(endpoint: EndpointName) -> Self {
        Self { endpoint }
    }

    /// What was called.
    pub fn endpoint(&self) -> &EndpointName {
        &self.endpoint
    }
}
