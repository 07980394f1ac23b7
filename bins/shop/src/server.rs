//! A running shop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{Care, router};

/// How long [`Shop::stop`] waits for requests under way.
const GRACE: Duration = Duration::from_secs(5);

/// A shop that serves on an address until it is stopped or dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use dast_shop::{Care, Shop};
///
/// let shop = Shop::start(Care::Repaired, ([127, 0, 0, 1], 0).into())?;
/// assert_eq!(shop.url(), format!("http://127.0.0.1:{}/", shop.address().port()));
/// shop.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Shop {
    address: SocketAddr,
    server: JoinHandle<()>,
    /// The server ends when this is dropped, so dropping the whole shop stops it too.
    open: oneshot::Sender<()>,
}

impl Shop {
    /// Binds `address` (port 0 lets the system choose) and serves in a task of the current tokio runtime.
    ///
    /// The runtime needs its I/O and time drivers.
    ///
    /// # Errors
    /// If the address cannot be bound, or outside a tokio runtime.
    pub fn start(care: Care, address: SocketAddr) -> io::Result<Self> {
        Self::serve(router(care), address)
    }

    /// The same for a router that is a shop, or none ([`hostile`](crate::hostile)).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn serve(router: Router, address: SocketAddr) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;

        let (open, closed) = oneshot::channel();
        let server = axum::serve(listener, router).with_graceful_shutdown(async {
            // An error is how a dropped sender shows, which is the only thing ever waited for.
            let _ = closed.await;
        });
        let server = runtime.spawn(async {
            // axum retries failed accepts, so this ends only when asked to and has nothing to tell.
            let _ = server.await;
        });
        Ok(Self { address, server, open })
    }

    /// The address it listens on, with the port that was really bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the home page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Accepts no more connections and waits up to five seconds for requests under way.
    ///
    /// A request that takes longer is left to end by itself.
    /// Cancelling the future stops the shop as well, only without waiting.
    pub async fn stop(mut self) {
        drop(self.open);
        if timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}
