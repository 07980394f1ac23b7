//! An operator that takes reports as a test says.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::runtime::Runtime;

pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Runtime::new().unwrap()
});

/// What was posted, as a whole.
#[derive(Debug, Clone)]
pub struct Post {
    pub path: String,
    pub token: String,
    pub body: Bytes,
}

impl Post {
    pub fn is_report(&self) -> bool {
        self.path.ends_with("/report")
    }
}

/// What is answered to a post: the number of those of its kind before it counts.
type Answers = Arc<dyn Fn(&Post, usize) -> Response + Send + Sync>;

pub struct Operator {
    pub address: SocketAddr,
    posts: Arc<Mutex<Vec<Post>>>,
    handle: Handle<SocketAddr>,
}

/// An authority, and a certificate of its for this machine.
pub struct Authority {
    pub pem: String,
    chain: String,
    key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let chain = leaf.signed_by(&key, &authority).unwrap().pem();
        Self { pem: authority.pem(), chain, key: key.serialize_pem() }
    }
}

impl Operator {
    /// One that answers so, at a free port.
    pub fn start(
        authority: &Authority,
        answer: impl Fn(&Post, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self::start_at(TcpListener::bind("127.0.0.1:0").unwrap(), authority, answer)
    }

    pub fn start_at(
        listener: TcpListener,
        authority: &Authority,
        answer: impl Fn(&Post, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let posts: Arc<Mutex<Vec<Post>>> = Arc::default();
        let (answer, seen): (Answers, _) = (Arc::new(answer), Arc::clone(&posts));
        let take = move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let token = headers["authorization"].to_str().unwrap().to_owned();
            assert_eq!(headers["content-type"], "application/json");
            let post = Post { path: uri.path().to_owned(), token, body };
            let before = {
                let mut seen = seen.lock().unwrap();
                let before = seen.iter().filter(|other| other.path == post.path).count();
                seen.push(post.clone());
                before
            };
            tokio::task::spawn_blocking(move || answer(&post, before)).await.unwrap()
        };
        let handle = Handle::new();
        let (pem, key) = (authority.chain.clone().into_bytes(), authority.key.clone().into_bytes());
        let app = Router::new().fallback(take).layer(axum::extract::DefaultBodyLimit::disable());
        let serving = handle.clone();
        RUNTIME.spawn(async move {
            let tls = RustlsConfig::from_pem(pem, key).await.unwrap();
            let server = axum_server::from_tcp_rustls(listener, tls).unwrap();
            server.handle(serving).serve(app.into_make_service()).await.unwrap();
        });
        Self { address, posts, handle }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    pub fn reports(&self) -> Vec<Post> {
        self.posts().into_iter().filter(Post::is_report).collect()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.handle.graceful_shutdown(Some(Duration::ZERO));
    }
}

pub fn taken(_: &Post, _: usize) -> Response {
    axum::http::StatusCode::NO_CONTENT.into_response()
}

/// Writes a token as the kubelet does: in one go.
pub fn write_token(folder: &Path, token: &str) {
    fs::write(folder.join("new"), token).unwrap();
    fs::rename(folder.join("new"), folder.join("token")).unwrap();
}
