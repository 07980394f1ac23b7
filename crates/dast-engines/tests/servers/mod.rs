//! Servers on loopback that write down what they are asked for: honest ones with pages, and ones that do not keep to
//! any protocol.

use std::future::Future;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// A server. Dropping it ends it.
pub struct Server {
    /// Without a slash at its end.
    pub origin: String,
    asked: Arc<Mutex<Vec<String>>>,
    _task: AbortOnDropHandle<()>,
}

impl Server {
    /// Serves `router` by the rules.
    pub async fn pages(router: Router) -> Self {
        let (listener, origin) = listen().await;
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        let router = router.layer(from_fn(move |request: Request, next: Next| {
            log.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
            next.run(request)
        }));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, asked, _task: AbortOnDropHandle::new(task) }
    }

    /// Reads one request from each connection, and lets `answer` do what it likes with its target and the connection.
    pub async fn raw<F, A>(answer: F) -> Self
    where
        F: Fn(String, TcpStream) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let (listener, origin) = listen().await;
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                if let Some((method, target)) = head(&mut stream).await {
                    log.lock().unwrap().push(format!("{method} {target}"));
                    tokio::spawn(answer(target, stream));
                }
            }
        });
        Self { origin, asked, _task: AbortOnDropHandle::new(task) }
    }

    /// Method and target of all requests so far, sorted.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }

    /// How often `request`, such as `GET /`, was made.
    pub fn count(&self, request: &str) -> usize {
        self.asked().iter().filter(|asked| *asked == request).count()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// Sends `text` and closes the connection.
pub async fn send(mut stream: TcpStream, text: impl AsRef<[u8]>) {
    // Whoever asked may be gone.
    let _ = stream.write_all(text.as_ref()).await;
    let _ = stream.shutdown().await;
}

/// Sends an HTML page and closes the connection.
pub async fn page(stream: TcpStream, body: &str) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    send(stream, head + body).await;
}

/// Sends `404`.
pub async fn nothing(stream: TcpStream) {
    send(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
}

/// A listener on a free port, and the origin that it serves.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    (listener, origin)
}

async fn head(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut words = head.split(' ');
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}
