//! Limits of connections: nobody keeps one for nothing, whichever port it is.

use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum_server::Server;
use axum_server::accept::Accept;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

/// How long an answer may wait for whoever asked to read on.
pub(crate) const UNREAD: Duration = Duration::from_secs(10);
/// The largest head of a request, in bytes. Those of API servers have less than two thousand; a token of a ServiceAccount has
/// about one thousand.
const MOST_HEAD: usize = 32 * 1024;

/// Accepts connections that end where nobody reads what they are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Impatient;

impl<S> Accept<TcpStream, S> for Impatient {
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD));
        ready(Ok((Box::pin(stream), service)))
    }
}

/// A server that speaks HTTP/1.1 alone, and waits for the head of a request for so long at most, and between two requests.
///
/// A connection in HTTP/2 has no limit of time for what its client does not send, and neither has one of which it is not known
/// yet what is spoken. API servers ask webhooks in HTTP/1.1.
pub(crate) fn limited<A>(server: Server<SocketAddr, A>, head: Duration) -> Server<SocketAddr, A> {
    let mut server = server.http1_only();
    let mut http = server.http_builder().http1();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MOST_HEAD);
    server
}
