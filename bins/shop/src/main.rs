//! `dast-shop`: serves the shop until it is told to end.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells its user where to look")]

mod arguments;
mod log;

use clap::Parser;
use dast_shop::Shop;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = arguments::Arguments::parse();
    let address = arguments.address()?;
    // Containers are ended by a termination signal.
    let mut terminated = signal(SignalKind::terminate())?;
    let shop = Shop::serve(arguments.router(), address)?;
    if !address.ip().is_loopback() {
        eprintln!("warning: other machines can reach this shop, and it is meant to be weak");
    }
    println!("{}", shop.url());
    tokio::select! {
        interrupted = ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    shop.stop().await;
    Ok(())
}
