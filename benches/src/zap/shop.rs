//! The careless shop, in a thread of its own.

use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use dast_shop::Care;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::part::runtime;

/// Starts a careless shop that takes `delay` for every answer, and gives its address. It ends with this program.
pub(super) fn start(delay: Duration) -> Result<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let served = serve(delay, &tell);
        // Nobody listens any more once the address was told.
        let _ = tell.send(served.map(|()| String::new()));
    });
    told.recv()?
}

fn serve(delay: Duration, tell: &mpsc::Sender<Result<String>>) -> Result<()> {
    runtime()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let slow = from_fn(move |request: Request, next: Next| async move {
            sleep(delay).await;
            next.run(request).await
        });
        let _ = tell.send(Ok(url));
        axum::serve(listener, dast_shop::router(Care::Careless).layer(slow)).await?;
        Ok(())
    })
}
