#![doc = include_str!("../README.md")]

mod api;
mod builder;
mod call;
mod client;
mod endpoint;
mod error;
mod facts;
#[cfg(feature = "all-endpoints")]
mod generated;
mod id;
mod key;
mod open_enum;
mod parameter;
mod probe;
mod raw;
mod reply;
mod request;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod transport;
mod units;
pub mod watch;
mod wire;

pub use api::*;
pub use builder::{ClientBuilder, RetrySettings};
pub use call::Call;
pub use client::ZapClient;
pub use endpoint::{Endpoint, EndpointName, Kind, Parameter};
pub use error::{
    ApiError, ComponentAbsent, ConfigurationError, DecodeError, DroppedError, ErrorCode, ForeignAnswer,
    TimeoutError, TooLarge, TooOld, TransportError, ZapError,
};
/// What reads the streams of this crate: `alerts.try_next().await?`.
pub use futures_util::TryStreamExt;
#[cfg(feature = "all-endpoints")]
pub use generated::*;
pub use id::{
    ActiveScanId, AlertId, ClientSpiderScanId, ContextId, MessageId, PlanId, RuleId, SpiderScanId, UserId,
};
pub use key::ApiKey;
pub use probe::OLDEST_VERSION;
pub use raw::{Raw, RawRequest};
pub use request::Request;
pub use tokio_util::sync::CancellationToken;
pub use url::Url;

/// How long, how much and how often, where nobody says otherwise.
pub mod defaults {
    use std::time::Duration;

    /// Time for a whole call with its retries.
    pub const DEADLINE: Duration = Duration::from_secs(30);
    /// Time for calls that ZAP does not answer before all their work is done: imports, exports, reports, sessions that
    /// are saved or loaded, add-ons that are installed.
    pub const LONG_DEADLINE: Duration = Duration::from_secs(600);
    /// Time for a connection to be made.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// Bytes of a reply, at most.
    pub const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;
}
