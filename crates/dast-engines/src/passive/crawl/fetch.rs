//! One GET, and as much of the answer as the limits allow.

use std::pin::{Pin, pin};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use hyper::http::response::Parts;
use hyper::{Method, Uri};
use hyper_util::client::legacy::Error;
use tokio::time::{Sleep, sleep};
use url::Url;

use super::connect::Connection;
use super::failure::{self, Failure};
use crate::passive::settings::Settings;
use crate::passive::{Headers, Request, Response};

/// Asks for pages.
pub(super) struct Fetcher {
    connection: Connection,
    headers: HeaderMap,
    page_bytes: usize,
    timeout: Duration,
}

/// A request and the answer to it, its content coding not undone yet.
pub(super) struct Fetched {
    pub(super) request: Request,
    pub(super) response: Response,
    pub(super) body: Body,
}

/// How much of a body was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// All of it.
    Whole,
    /// As much as a limit of the profile allows.
    Cut,
    /// As much as there was before something went wrong.
    Broken(String),
}

impl Fetcher {
    pub(super) fn new(connection: Connection, settings: &Settings) -> Self {
        let mut headers = settings.headers.clone();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        let limits = &settings.limits;
        Self { connection, headers, page_bytes: limits.page_bytes, timeout: limits.request_timeout }
    }

    /// Asks for `url`. An answer whose body does not come to its end is an answer all the same.
    pub(super) async fn get(&self, url: Url) -> Result<Fetched, Failure> {
        let mut request = hyper::Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() =
            Uri::try_from(url.as_str()).map_err(|_| Failure::place("a URL that cannot be asked for"))?;
        *request.headers_mut() = self.headers.clone();
        let sent = Request { headers: fields(&self.headers), ..Request::get(url) };

        let mut late = pin!(sleep(self.timeout));
        let answer = tokio::select! {
            answer = self.send(request) => answer.map_err(|error| Failure::of(&error))?,
            () = &mut late => return Err(Failure::place(format!("no answer within {:?}", self.timeout))),
        };
        let (head, body) = answer.into_parts();
        let (bytes, body) = self.read(body, late).await;
        Ok(Fetched { request: sent, response: response(&head, bytes), body })
    }

    /// Sends a request, and once more if the connection was closed meanwhile: GET may be repeated (RFC 9110, section
    /// 9.2.2).
    async fn send(&self, request: hyper::Request<Empty<Bytes>>) -> Result<hyper::Response<Incoming>, Error> {
        match self.connection.send(request.clone()).await {
            Err(error) if failure::is_closed(&error) => self.connection.send_afresh(request).await,
            answer => answer,
        }
    }

    async fn read(&self, mut body: Incoming, mut late: Pin<&mut Sleep>) -> (Vec<u8>, Body) {
        let mut bytes = Vec::new();
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = &mut late => {
                    return (bytes, Body::Broken(format!("no end of the body within {:?}", self.timeout)));
                }
            };
            let data = match frame {
                None => return (bytes, Body::Whole),
                Some(Err(_)) => return (bytes, Body::Broken("the body broke off".to_owned())),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            let room = self.page_bytes.saturating_sub(bytes.len());
            if let Some(too_much) = data.get(..room).filter(|_| data.len() > room) {
                bytes.extend_from_slice(too_much);
                return (bytes, Body::Cut);
            }
            bytes.extend_from_slice(&data);
        }
    }
}

fn response(head: &Parts, body: Vec<u8>) -> Response {
    let reason = head.extensions.get::<hyper::ext::ReasonPhrase>();
    let reason = reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
    let reason = reason.or_else(|| head.status.canonical_reason().map(str::to_owned)).unwrap_or_default();
    Response::new(head.status.as_u16(), reason, fields(&head.headers), body)
}

fn fields(headers: &HeaderMap) -> Headers {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect()
}
