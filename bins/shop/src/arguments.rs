//! What the program is told on its command line.

use std::net::SocketAddr;

use axum::Router;
use axum::middleware::from_fn;
use clap::Parser;
use dast_shop::{Care, astray, hostile, only_for, router};

use crate::log;

/// Serves a small shop to try a scanner on: weak on purpose, or mended
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Serve the version that is weak on purpose
    #[arg(long, conflicts_with = "repaired")]
    careless: bool,
    /// Serve the mended version (the default)
    #[arg(long)]
    repaired: bool,
    /// Serve no shop, but what fights whoever scans it
    #[arg(long, conflicts_with_all = ["careless", "repaired"])]
    hostile: bool,
    /// An address elsewhere that the hostile one tries to get somebody to ask for
    #[arg(long, value_name = "URL", requires = "hostile")]
    lure: Vec<String>,
    /// Serve no shop, but a redirect to this address for everything that is asked for
    #[arg(long, value_name = "URL", conflicts_with_all = ["careless", "repaired", "hostile"])]
    redirect: Option<String>,
    /// Serve the shop to those who ask for this host, and nothing to others
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Print the method and the path of every request
    #[arg(long)]
    log: bool,
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Accept an address that other machines can reach
    #[arg(long)]
    listen_anywhere: bool,
}

impl Arguments {
    /// What is served.
    pub(crate) fn router(&self) -> Router {
        let mut served = match &self.redirect {
            Some(elsewhere) => astray(elsewhere),
            None if self.hostile => hostile(&self.lure),
            None => router(self.care()),
        };
        if let Some(host) = &self.host {
            served = only_for(host, served);
        }
        if self.log { served.layer(from_fn(log::request)) } else { served }
    }

    fn care(&self) -> Care {
        if self.careless && !self.repaired { Care::Careless } else { Care::Repaired }
    }

    /// Where to listen, unless others could reach it and nobody said that they may.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        let address = self.listen;
        anyhow::ensure!(
            address.ip().is_loopback() || self.listen_anywhere,
            "other machines can reach `{address}`, and this shop is meant to be weak: \
             use a loopback address, or add --listen-anywhere"
        );
        Ok(address)
    }
}
