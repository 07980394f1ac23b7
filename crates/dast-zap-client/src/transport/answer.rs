//! Which of ZAP's ways to answer this is, or whose else.

use hyper::StatusCode;
use serde::de::DeserializeOwned;

use crate::endpoint::{EndpointName, Kind};
use crate::error::{ApiError, ComponentAbsent, DecodeError, ErrorCode, ForeignAnswer, ZapError};
use crate::reply::{ErrorReply, Malformed, Shape};

/// More is no error of ZAP's.
const MOST_ERROR_BYTES: usize = 64 * 1024;

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) endpoint: EndpointName,
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether it surely comes from ZAP's API, which answers in JSON.
    pub(crate) fn is_of_the_api(&self) -> bool {
        self.is_json() && (self.status.is_success() || self.error().is_some())
    }

    /// The answer, unless it says why there is none. ZAP's errors come with status 200 too.
    pub(crate) fn accepted(self) -> Result<Self, ZapError> {
        if let Some(error) = self.error() {
            return Err(self.failed(error));
        }
        if self.endpoint.kind() == Kind::Action && self.says_fail() {
            return Err(self.api(ErrorCode::Unstated, String::new()).into());
        }
        if self.status.is_success() { Ok(self) } else { Err(self.refused()) }
    }

    /// Reads the value in it.
    pub(crate) fn read<T>(self, shape: &Shape<T>) -> Result<T, ZapError> {
        shape.read(&self.body).map_err(|malformed| self.unread(malformed))
    }

    fn unread(&self, malformed: Malformed) -> ZapError {
        if self.says_fail() {
            return self.api(ErrorCode::Unstated, String::new()).into();
        }
        if !self.is_json() {
            return ZapError::NotZap(self.foreign());
        }
        DecodeError::new(self.endpoint.clone(), malformed.path, &self.body, malformed.source).into()
    }

    /// Why the status is not one of success.
    fn refused(&self) -> ZapError {
        match self.status {
            // ZAP answers so when it took the request for one to be passed on; other proxies do too.
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED => ZapError::Proxied(self.foreign()),
            // Endpoints of this kind do not say what is wrong.
            StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR
                if self.endpoint.kind() == Kind::Other && self.body.is_empty() =>
            {
                self.api(ErrorCode::Unstated, String::new()).into()
            }
            _ => ZapError::NotZap(self.foreign()),
        }
    }

    fn is_json(&self) -> bool {
        self.content_type.split(';').next().is_some_and(|kind| kind.trim() == "application/json")
    }

    /// ZAP's error, if the whole body is one.
    fn error(&self) -> Option<ErrorReply> {
        if self.is_json() { self.short() } else { None }
    }

    fn says_fail(&self) -> bool {
        self.short::<serde_json::Value>()
            .is_some_and(|body| body.get("Result").is_some_and(|result| result == "FAIL"))
    }

    /// The body, if it is short enough to be an error.
    fn short<T: DeserializeOwned>(&self) -> Option<T> {
        if self.body.len() <= MOST_ERROR_BYTES { serde_json::from_slice(&self.body).ok() } else { None }
    }

    fn failed(&self, error: ErrorReply) -> ZapError {
        let code = ErrorCode::from(error.code.as_str());
        if code == ErrorCode::NoImplementor {
            return ComponentAbsent::new(self.endpoint.clone()).into();
        }
        self.api(code, error.message.unwrap_or_default()).with_detail(error.detail).into()
    }

    fn api(&self, code: ErrorCode, message: String) -> ApiError {
        ApiError::new(self.endpoint.clone(), self.status.as_u16(), code, message)
    }

    fn foreign(&self) -> ForeignAnswer {
        ForeignAnswer::new(self.endpoint.clone(), self.status.as_u16(), &self.content_type, &self.body)
    }
}
