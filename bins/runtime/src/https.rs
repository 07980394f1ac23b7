//! A port by TLS whose certificates change while it serves.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http::header::CONNECTION;
use http::{HeaderValue, Version};
use tokio_util::sync::CancellationToken;

use crate::limits::{Impatient, limited};

/// How long requests that have begun may take when the program ends.
const GRACE: Duration = Duration::from_secs(10);
/// How long the handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take to arrive, so that nobody keeps connections open for nothing. As long may a connection
/// be without a request. Clients in Go, which API servers are, give up theirs after 90 seconds
/// (<https://pkg.go.dev/net/http#DefaultTransport>): they are to be the first.
const HEAD: Duration = Duration::from_secs(120);

/// What is spoken, as clients are told in the handshake (RFC 7301).
pub const ALPN: &[u8] = b"http/1.1";

/// Serves `router` until `stop` is cancelled, for as long as `linger` after that, and what has begun then to its end.
///
/// Whoever asks while it lingers is told to come by another connection the next time. A connection that is closed while nobody
/// says anything may be closed at the very moment in which a request is on its way, and nobody can tell whether that was heard
/// (RFC 9112, section 9.6).
///
/// # Errors
/// When the address cannot be listened at.
pub async fn serve(
    address: SocketAddr,
    router: Router,
    tls: RustlsConfig,
    stop: CancellationToken,
    linger: Duration,
) -> Result<()> {
    let handle = Handle::new();
    tokio::spawn(end(handle.clone(), stop.clone(), linger));
    let router = router.layer(from_fn(move |request, next| answer(request, next, stop.clone())));
    let acceptor = RustlsAcceptor::new(tls).handshake_timeout(HANDSHAKE).acceptor(Impatient);
    let server = limited(axum_server::bind(address).acceptor(acceptor).handle(handle), HEAD);
    server.serve(router.into_make_service()).await.with_context(|| format!("cannot serve at `{address}`"))
}

async fn end(handle: Handle<SocketAddr>, stop: CancellationToken, linger: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(linger).await;
    handle.graceful_shutdown(Some(GRACE));
}

async fn answer(request: Request, next: Next, stop: CancellationToken) -> Response {
    // Later versions say it by themselves.
    let is_old = request.version() <= Version::HTTP_11;
    let mut response = next.run(request).await;
    if is_old && stop.is_cancelled() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use rcgen::generate_simple_self_signed;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use super::*;
    use crate::limits::UNREAD;

    const NAME: &str = "dast.example";
    /// More than fits into what lies between two programs.
    const LARGE: usize = 64 * 1024 * 1024;

    struct Served {
        address: SocketAddr,
        trusting: TlsConnector,
        stop: CancellationToken,
        serving: tokio::task::JoinHandle<Result<()>>,
    }

    impl Served {
        async fn begin(linger: Duration) -> Self {
            crate::choose_cryptography();
            let own = generate_simple_self_signed([NAME.to_owned()]).unwrap();
            let mut trusted = RootCertStore::empty();
            trusted.add(own.cert.der().clone()).unwrap();
            let client = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
            let (chain, key) = (own.cert.pem().into_bytes(), own.signing_key.serialize_pem().into_bytes());
            let tls = RustlsConfig::from_pem(chain, key).await.unwrap();
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let router = Router::new().route("/", get(async || "served"));
            let router = router.route("/large", get(async || vec![b'x'; LARGE]));
            let stop = CancellationToken::new();
            let serving = tokio::spawn(serve(free, router, tls, stop.clone(), linger));
            while TcpStream::connect(free).await.is_err() {
                tokio::task::yield_now().await;
            }
            Self { address: free, trusting: TlsConnector::from(Arc::new(client)), stop, serving }
        }

        async fn connect(&self) -> TlsStream<TcpStream> {
            let stream = TcpStream::connect(self.address).await.unwrap();
            self.trusting.connect(ServerName::try_from(NAME).unwrap(), stream).await.unwrap()
        }
    }

    /// The head of what is answered.
    async fn ask(connection: &mut TlsStream<TcpStream>) -> String {
        connection.write_all(b"GET / HTTP/1.1\r\nhost: dast.example\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"served") {
            answer.push(connection.read_u8().await.unwrap());
        }
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn whoever_asks_while_it_lingers_is_answered_and_told_to_come_anew() {
        let served = Served::begin(Duration::from_secs(3600)).await;
        let mut before = served.connect().await;
        let answer = ask(&mut before).await;
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection:"), "{answer}");
        served.stop.cancel();
        // Time for whoever ends connections.
        tokio::time::sleep(Duration::from_millis(50)).await;
        for mut connection in [before, served.connect().await] {
            let answer = ask(&mut connection).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
            assert_eq!(connection.read(&mut [0]).await.unwrap(), 0, "it stays open");
        }
        assert!(!served.serving.is_finished());
    }

    #[tokio::test]
    async fn a_connection_stays_for_as_long_as_api_servers_keep_it() {
        let served = Served::begin(Duration::ZERO).await;
        let mut connection = served.connect().await;
        ask(&mut connection).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(95)).await;
        tokio::time::resume();
        // Time for whoever ends connections.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let answer = ask(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// What comes until the connection ends.
    async fn rest(connection: &mut TlsStream<TcpStream>) -> String {
        let mut answer = Vec::new();
        // Whoever is cut off may not be told so.
        let _ = connection.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_not_waited_for_longer() {
        let served = Served::begin(Duration::ZERO).await;
        // The second could become the preface of HTTP/2.
        for begun in ["", "P", "GET / HTTP/1.1\r\nhost: dast.exa"] {
            let mut connection = served.connect().await;
            connection.write_all(begun.as_bytes()).await.unwrap();
            connection.flush().await.unwrap();
            // Time for whoever reads it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            tokio::time::pause();
            let began = tokio::time::Instant::now();
            // The next thing to happen is the end of its time.
            let rest = tokio::time::timeout(2 * HEAD, rest(&mut connection)).await;
            assert!(!rest.expect("it is waited for").contains("served"), "{begun}");
            let took = began.elapsed();
            assert!((HEAD / 2..=HEAD + Duration::from_secs(1)).contains(&took), "{begun}: {took:?}");
            tokio::time::resume();
        }
    }

    #[tokio::test]
    async fn whoever_does_not_even_shake_hands_is_not_waited_for() {
        let served = Served::begin(Duration::ZERO).await;
        let mut silent = TcpStream::connect(served.address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let end = tokio::time::timeout(2 * HANDSHAKE, silent.read(&mut [0])).await;
        assert!(matches!(end.expect("it is waited for"), Ok(0) | Err(_)));
        assert!((HANDSHAKE / 2..=HANDSHAKE + Duration::from_secs(1)).contains(&began.elapsed()));
    }

    #[tokio::test]
    async fn whoever_does_not_read_what_they_asked_for_is_not_waited_for() {
        let served = Served::begin(Duration::ZERO).await;
        let mut connection = served.connect().await;
        connection.write_all(b"GET /large HTTP/1.1\r\nhost: dast.example\r\n\r\n").await.unwrap();
        // Time for what there is room for.
        tokio::time::sleep(Duration::from_millis(500)).await;
        tokio::time::pause();
        tokio::time::sleep(2 * UNREAD).await;
        tokio::time::resume();
        let mut read = Vec::new();
        let _ = connection.read_to_end(&mut read).await;
        assert!(read.starts_with(b"HTTP/1.1 200") && read.len() < LARGE, "{} bytes", read.len());
        ask(&mut served.connect().await).await;
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let served = Served::begin(Duration::ZERO).await;
        for (header, count) in [(vec![b'a'; 1024 * 1024], 1), (b"1".to_vec(), 101)] {
            let mut connection = served.connect().await;
            let mut head = b"GET / HTTP/1.1\r\nhost: dast.example\r\n".to_vec();
            for number in 0..count {
                head.extend(format!("x-{number}: ").bytes().chain(header.clone()).chain(*b"\r\n"));
            }
            // It may be refused before all of it was sent.
            let _ = connection.write_all(&[head, b"\r\n".to_vec()].concat()).await;
            let answer = rest(&mut connection).await;
            let is_cut_off = count == 1 && answer.is_empty();
            assert!(is_cut_off || answer.starts_with("HTTP/1.1 431"), "{count}: {answer}");
        }
        ask(&mut served.connect().await).await;
    }

    #[tokio::test]
    async fn what_has_lingered_ends() {
        let served = Served::begin(Duration::from_millis(1)).await;
        let _idle = served.connect().await;
        served.stop.cancel();
        served.serving.await.unwrap().unwrap();
        assert!(TcpStream::connect(served.address).await.is_err());
    }
}
