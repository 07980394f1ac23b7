//! How requests travel, and how answers are told apart.

mod answer;

use std::error::Error;
use std::fmt;
use std::time::Duration;

pub(crate) use answer::Answer;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::rt::{Read, Write};
use hyper::{Method, Request, Uri};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, Connection, HttpConnector};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::Service;
use url::Url;

use crate::endpoint::{EndpointName, Kind};
use crate::error::{ConfigurationError, DroppedError, TooLarge, TransportError, ZapError};
use crate::tls::Trust;

/// Where ZAP is sure to take a request for one to its API, whatever address it was reached by. With another name it may
/// take the request for one to be passed on, and send it with the API key to whoever has that name.
const ZAP: HeaderValue = HeaderValue::from_static("zap");
/// ZAP takes this type only exactly so, without a character set.
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const KEY: HeaderName = HeaderName::from_static("x-zap-api-key");
/// How long a connection waits for its next request.
const IDLE: Duration = Duration::from_secs(20);

pub(crate) struct TransportSettings {
    pub(crate) connect_timeout: Duration,
    pub(crate) max_reply_bytes: usize,
    pub(crate) trust: Trust,
    pub(crate) proxy: Option<Proxy>,
}

/// A proxy that ZAP is reached through.
pub(crate) struct Proxy {
    pub(crate) uri: Uri,
    pub(crate) authorization: Option<HeaderValue>,
}

/// Sends requests to one ZAP, by HTTP/1.1.
pub(crate) struct Transport {
    /// Scheme, host and port. The port is always there: a tunnel through a proxy takes a missing one for 443.
    base: String,
    key: Option<HeaderValue>,
    max_reply_bytes: usize,
    connections: Connections,
}

/// Two clients that reach ZAP in the same way.
struct Connections {
    /// Uses connections again.
    kept: Box<dyn Http>,
    /// Makes one for each request, so that none is lost on a connection that ZAP is about to close.
    fresh: Box<dyn Http>,
}

impl Transport {
    pub(crate) fn new(
        base: &Url,
        key: Option<HeaderValue>,
        settings: TransportSettings,
    ) -> Result<Self, ZapError> {
        let connections = connections(base, &settings)?;
        let (host, port) = (base.host_str().unwrap_or_default(), base.port_or_known_default().unwrap_or(80));
        let base = format!("{}://{host}:{port}", base.scheme());
        Ok(Self { base, key, max_reply_bytes: settings.max_reply_bytes, connections })
    }

    /// Sends a request and takes in the whole answer. `answered` says whether ZAP took the key before.
    pub(crate) async fn send(
        &self,
        endpoint: &EndpointName,
        query: &str,
        answered: bool,
    ) -> Result<Answer, ZapError> {
        let request = self.request(endpoint, query)?;
        let Connections { kept, fresh } = &self.connections;
        let http = if endpoint.kind() == Kind::View { kept } else { fresh };
        let response = http.send(request).await.map_err(|error| {
            let silent = find::<hyper::Error>(&error).is_some_and(hyper::Error::is_incomplete_message);
            if silent && !answered {
                return DroppedError::new(endpoint.clone()).into();
            }
            ZapError::from(TransportError::new(endpoint.clone(), error.is_connect(), error))
        })?;
        let (head, body) = response.into_parts();
        let body = self.body(endpoint, body).await?;
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Ok(Answer {
            endpoint: endpoint.clone(),
            status: head.status,
            content_type: content_type.unwrap_or_default().to_owned(),
            body,
        })
    }

    /// Views are `GET`s. Whatever changes something is a form, so that its parameters are in nobody's log.
    fn request(&self, endpoint: &EndpointName, query: &str) -> Result<Request<Full<Bytes>>, ZapError> {
        let format = if endpoint.kind() == Kind::Other { "OTHER" } else { "JSON" };
        let mut address = format!("{}/{format}/{endpoint}/", self.base);
        let mut request = Request::builder().header(HOST, ZAP);
        if let Some(key) = &self.key {
            request = request.header(KEY, key);
        }
        let request = if endpoint.kind() == Kind::View {
            if !query.is_empty() {
                address = format!("{address}?{query}");
            }
            request.method(Method::GET).uri(address).body(Full::default())
        } else {
            let form = Full::new(Bytes::copy_from_slice(query.as_bytes()));
            request.method(Method::POST).uri(address).header(CONTENT_TYPE, FORM).body(form)
        };
        let accepted = "parameters that fit into an address";
        request.map_err(|error| ConfigurationError::new("request", "…", accepted).because(error).into())
    }

    async fn body(&self, endpoint: &EndpointName, mut body: Incoming) -> Result<Vec<u8>, ZapError> {
        let too_large = || TooLarge::new(endpoint.clone(), self.max_reply_bytes);
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > self.max_reply_bytes {
            return Err(too_large().into());
        }
        let mut whole = Vec::with_capacity(announced);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| TransportError::new(endpoint.clone(), false, error))?;
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() + data.len() > self.max_reply_bytes {
                return Err(too_large().into());
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("base", &self.base).finish_non_exhaustive()
    }
}

/// A client, however it connects.
trait Http: Send + Sync {
    fn send(&self, request: Request<Full<Bytes>>) -> ResponseFuture;
}

impl<C: Connect + Clone + Send + Sync + 'static> Http for Client<C, Full<Bytes>> {
    fn send(&self, request: Request<Full<Bytes>>) -> ResponseFuture {
        self.request(request)
    }
}

fn connections(base: &Url, settings: &TransportSettings) -> Result<Connections, ZapError> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(settings.connect_timeout));
    connector.set_nodelay(true);
    // What stands on it decides the scheme.
    connector.enforce_http(false);
    match &settings.proxy {
        None => secured(base, settings, connector),
        Some(proxy) => {
            let mut tunnel = Tunnel::new(proxy.uri.clone(), connector);
            if let Some(authorization) = &proxy.authorization {
                tunnel = tunnel.with_auth(authorization.clone());
            }
            secured(base, settings, tunnel)
        }
    }
}

fn secured<C>(base: &Url, settings: &TransportSettings, connector: C) -> Result<Connections, ZapError>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + Unpin + 'static,
    C::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if base.scheme() == "http" {
        return Ok(kept_and_fresh(connector));
    }
    let tls = HttpsConnectorBuilder::new().with_tls_config(settings.trust.tls()?);
    Ok(kept_and_fresh(tls.https_only().enable_http1().wrap_connector(connector)))
}

fn kept_and_fresh<C: Connect + Clone + Send + Sync + 'static>(connector: C) -> Connections {
    let mut client = Client::builder(TokioExecutor::new());
    client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
    let kept = client.build(connector.clone());
    let fresh = client.pool_max_idle_per_host(0).build(connector);
    Connections { kept: Box::new(kept), fresh: Box::new(fresh) }
}

/// The first error of that type among the causes.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
