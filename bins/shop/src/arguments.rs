//! What the program is told on its command line.

use std::net::SocketAddr;

use clap::Parser;
use dast_shop::Care;

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
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Accept an address that other machines can reach
    #[arg(long)]
    listen_anywhere: bool,
}

impl Arguments {
    pub(crate) fn care(&self) -> Care {
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
