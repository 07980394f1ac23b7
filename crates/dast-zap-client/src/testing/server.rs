//! The fake on the network.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::call::FakeCall;
use super::reply::{Delivery, Reply};
use super::state::Shared;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Answers until it is dropped, and all connections with it.
pub(super) async fn serve(listener: TcpListener, state: Shared) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let state = state.clone();
        connections.spawn(async move {
            let answer = service_fn(|request| answer(request, &state));
            // A connection that breaks is the caller's to notice.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// An error closes the connection without a byte.
async fn answer(request: Request<Incoming>, state: &Shared) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let call = FakeCall::new(head.method.as_str(), &head.uri.to_string(), headers.collect(), &body);
    let reply = state.lock().answer(call);
    match reply {
        Reply::Closed => Err(io::ErrorKind::ConnectionAborted.into()),
        Reply::Never => std::future::pending().await,
        Reply::Answer { status, content_type, body, delivery } => {
            let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
            response.body(deliver(body, delivery)).map_err(io::Error::other)
        }
    }
}

fn deliver(body: Vec<u8>, delivery: Delivery) -> Body {
    match delivery {
        Delivery::Whole => {
            Full::new(Bytes::from(body)).map_err(|never: Infallible| match never {}).boxed_unsync()
        }
        Delivery::Unannounced => pieces(vec![Ok(Bytes::from(body))], Duration::ZERO),
        Delivery::ByteByByte(delay) => {
            pieces(body.into_iter().map(|byte| Ok(Bytes::from(vec![byte]))).collect(), delay)
        }
        Delivery::BrokenOff => {
            let half = body.get(..body.len() / 2).unwrap_or_default().to_vec();
            let broken = io::ErrorKind::BrokenPipe.into();
            // The delay lets the first half out before the connection is closed.
            pieces(vec![Ok(Bytes::from(half)), Err(broken)], Duration::from_millis(20))
        }
    }
}

/// Sends pieces one by one, with a delay before each.
fn pieces(pieces: Vec<io::Result<Bytes>>, delay: Duration) -> Body {
    let pieces = stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        Some((piece.map(Frame::data), pieces))
    });
    StreamBody::new(pieces).boxed_unsync()
}
