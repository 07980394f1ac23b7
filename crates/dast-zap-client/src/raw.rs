//! The door to endpoints that have no types here.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value as Json;

use crate::api::endpoints;
use crate::client::ZapClient;
use crate::endpoint::{Endpoint, EndpointName, Kind};
use crate::error::{ConfigurationError, ZapError};
use crate::parameter::Value;
use crate::reply::Shape;
use crate::request::Request;

/// Calls any endpoint by name, with everything else that keeps a call safe: the key stays in its header, parameters are
/// encoded, replies bounded, errors told apart. Numbers and truth values have methods of their own; text that is neither,
/// where ZAP wants one of them, it turns into a default, which nobody can see from here.
///
/// ```
/// # #[cfg(not(feature = "testing"))] fn main() {}
/// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = dast_zap_client::testing::FakeZap::start().await?;
/// # let zap = fake.client();
/// let reply = zap.raw().view("core", "version").send().await?;
/// assert!(reply["version"].is_string());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Raw {
    client: ZapClient,
}

impl Raw {
    pub(crate) fn new(client: ZapClient) -> Self {
        Self { client }
    }

    /// Asks a view. The reply is the JSON that ZAP sends.
    pub fn view(&self, component: impl Into<String>, name: impl Into<String>) -> RawRequest<Json> {
        self.request(component.into(), Kind::View, name.into(), Shape::whole())
    }

    /// Calls an action. The reply is the JSON that ZAP sends; `{"Result":"FAIL"}` is an error.
    pub fn action(&self, component: impl Into<String>, name: impl Into<String>) -> RawRequest<Json> {
        self.request(component.into(), Kind::Action, name.into(), Shape::whole())
    }

    /// Asks for something that is not JSON. The reply is its bytes.
    pub fn other(&self, component: impl Into<String>, name: impl Into<String>) -> RawRequest<Vec<u8>> {
        self.request(component.into(), Kind::Other, name.into(), Shape::bytes())
    }

    fn request<T>(&self, component: String, kind: Kind, name: String, shape: Shape<T>) -> RawRequest<T> {
        let mut wrong = None;
        for (field, word) in [("component", &component), ("endpoint", &name)] {
            if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                wrong = Some(ConfigurationError::new(field, word, "letters, digits and underscores"));
            }
        }
        let endpoint = EndpointName { component: Cow::Owned(component), kind, name: Cow::Owned(name) };
        RawRequest { request: Request::new(&self.client, endpoint, shape), wrong }
    }
}

/// A request to any endpoint.
#[must_use = "a request does nothing until it is sent"]
pub struct RawRequest<T> {
    request: Request<T>,
    wrong: Option<ConfigurationError>,
}

impl<T> RawRequest<T> {
    /// Sets a parameter to text.
    pub fn text(self, name: impl Into<String>, value: &str) -> Self {
        self.with(name.into(), value.text())
    }

    /// Sets a parameter to a whole number.
    pub fn number(self, name: impl Into<String>, value: i32) -> Self {
        self.with(name.into(), value.text())
    }

    /// Sets a parameter to a truth value.
    pub fn flag(self, name: impl Into<String>, value: bool) -> Self {
        self.with(name.into(), value.text())
    }

    /// Time for this call with its retries.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { request: self.request.deadline(deadline), ..self }
    }

    /// Which endpoint is asked.
    pub fn endpoint(&self) -> &EndpointName {
        self.request.endpoint()
    }

    /// Sends the request, and waits for the answer.
    ///
    /// # Errors
    /// See [`ZapError`]. Names that cannot be those of an endpoint, the API key as a parameter, and the want of the id of a
    /// scan where one is asked about, are [`ZapError::Configuration`].
    pub async fn send(self) -> Result<T, ZapError> {
        match self.wrong.or_else(|| scan_wanted(&self.request)) {
            Some(wrong) => Err(wrong.into()),
            None => self.request.send().await,
        }
    }

    fn with(mut self, name: String, value: String) -> Self {
        // ZAP takes its key and its nonces as parameters too, from where they get into logs.
        if ["apikey", "apinonce"].contains(&name.to_ascii_lowercase().as_str()) {
            let accepted = "the key by `ClientBuilder::api_key`, which sends it in a header";
            self.wrong = Some(ConfigurationError::new("parameter", name, accepted));
            return self;
        }
        Self { request: self.request.with(name, value), ..self }
    }
}

/// Asked about a scan without its id, ZAP tells of the last one, whoever's it is.
fn scan_wanted<T>(request: &Request<T>) -> Option<ConfigurationError> {
    const SCAN: &str = "scanId";
    let asked = request.endpoint();
    let is_asked = |known: &&Endpoint| {
        (known.component, known.kind, known.name) == (asked.component(), asked.kind(), asked.name())
    };
    let known = endpoints().find(is_asked)?;
    let wanted = known.parameters.iter().any(|parameter| parameter.required && parameter.name == SCAN);
    (wanted && !request.has_number(SCAN))
        .then(|| ConfigurationError::new(SCAN, "", "the id of a scan, as a number"))
}

impl<T: Send + 'static> IntoFuture for RawRequest<T> {
    type Output = Result<T, ZapError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<T> fmt::Debug for RawRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}
