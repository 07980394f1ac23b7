//! How an answer says that something is forbidden.

use serde::Deserialize;

use super::core::status;
use crate::endpoint::endpoints;
use crate::id::ContextId;
use crate::open_enum::open_enum;
use crate::wire::{plain, wire};

endpoints! {
    /// How an answer says that something is forbidden.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ContextId, ZapClient};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.authorization().set_detection(ContextId::new(2)).status(403).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Authorization("authorization");

    /// How an answer of a context says that something is forbidden.
    view "getAuthorizationDetectionMethod" detection(
        context: ContextId = "contextId",
    ) -> Detection as "authorizationDetectionMethod";

    /// Says how an answer of a context says that something is forbidden.
    action "setBasicAuthorizationDetectionMethod" set_detection(context: ContextId = "contextId") => SetDetection {
        /// A regular expression that the header matches.
        header_regex: &str = "headerRegex",
        /// A regular expression that the body matches.
        body_regex: &str = "bodyRegex",
        /// The status.
        status: u16 = "statusCode",
        /// Whether all of these must hold, or one.
        logical_operator: LogicalOperator = "logicalOperator",
    };
}

open_enum! {
    /// How conditions are joined.
    pub enum LogicalOperator {
        /// All must hold.
        And = "AND",
        /// One must hold.
        Or = "OR",
    }
}

/// How an answer says that something is forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Detection {
    /// The kind of detection, such as `basic`.
    #[serde(deserialize_with = "wire")]
    pub method_type: String,
    /// A regular expression that the header matches; empty for none.
    #[serde(deserialize_with = "wire")]
    pub header_regex: String,
    /// A regular expression that the body matches; empty for none.
    #[serde(deserialize_with = "wire")]
    pub body_regex: String,
    /// The status, if it matters.
    #[serde(rename = "statusCode", deserialize_with = "status")]
    pub status: Option<u16>,
    /// How these are joined.
    #[serde(deserialize_with = "wire")]
    pub logical_operator: LogicalOperator,
}

plain!(Detection);
