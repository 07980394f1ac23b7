//! How an order is carried out: the Job of an attempt with its NetworkPolicy and its Secret, and what became of it.
//!
//! Everything here is pure: [`Dispatch::objects`] says what there should be, and [`what_became`] what is to be made of what is
//! there.
//!
//! | engine | containers | who asks the target |
//! |---|---|---|
//! | [`Engine::Builtin`] | `analyzer` | the analyzer |
//! | [`Engine::PerScan`] | `key` makes a key and ends, `zap` runs beside `analyzer` and listens on loopback only | both |
//! | [`Engine::Shared`] | `analyzer`, with the key from a Secret of its own | a ZAP elsewhere |
//!
//! The pod runs as nobody, with files that it cannot change, and has no token for the API server. The analyzer alone has one
//! for the operator. What the pod reaches is the target (or the shared ZAP), the cluster's DNS and the operator.

mod attempt;
mod dispatch;
mod error;
mod labels;
mod network;
mod objects;
mod pod;

pub use self::attempt::{Became, what_became};
pub use self::dispatch::{Credentials, Dispatch, Engine, Reach};
pub use self::error::DispatchError;
pub use self::labels::{ATTEMPT, RUN_NAME, RUN_NAMESPACE, RUN_UID, TARGET, run_of};
pub use self::objects::Objects;

/// The audience of the token that an analyzer has for the operator.
pub const AUDIENCE: &str = "dast-operator";

/// The service account of scan pods, in the scan namespace. It may do nothing.
pub const SERVICE_ACCOUNT: &str = "dast-analyzer";

/// The port of the operator's pods that results are sent to.
pub const RESULTS_PORT: u16 = 8443;

/// The label that tells the operator's pods from others of its namespace.
pub const OPERATOR: (&str, &str) = (crate::pod::label::NAME, "dast-operator");

/// The file with the analyzer's token for the operator.
pub const TOKEN_FILE: &str = "/run/operator/token";

/// The file with the key of the ZAP that an analyzer uses.
pub const KEY_FILE: &str = "/run/zap/key";

/// The folder with the files `username` and `password` of a scan that logs in.
pub const LOGIN_FOLDER: &str = "/run/login";
