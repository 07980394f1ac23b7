//! What runs in a process of its own: the program starts itself for it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::{alerts, polling};

/// What this process is.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Part {
    /// Serves that many alerts.
    #[command(hide = true)]
    ServeAlerts { count: usize },
    /// A fake ZAP whose scans take long.
    #[command(hide = true)]
    ServeScans,
    /// Polls that many scans of the ZAP at that address.
    #[command(hide = true)]
    Poll { url: String, scans: usize },
}

impl Part {
    /// Does what this process is for.
    pub(crate) fn play(&self) -> Result<()> {
        match self {
            Self::ServeAlerts { count } => runtime()?.block_on(alerts::serve(*count)),
            Self::ServeScans => runtime()?.block_on(polling::serve()),
            Self::Poll { url, scans } => runtime()?.block_on(polling::poll(url, *scans)),
        }
    }
}

/// One thread for everything: the program under measure gets one processor, and the server another.
pub(super) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// This program again, in another role.
pub(super) fn this_program(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// A server in a process of its own, which ends when this is dropped.
pub(super) struct Server {
    process: Child,
    url: String,
}

impl Server {
    pub(super) fn start(arguments: &[&str]) -> Result<Self> {
        let mut process = this_program(arguments)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut url)?;
        if url.is_empty() {
            bail!("a server ended with {}", process.wait()?);
        }
        Ok(Self { process, url: url.trim().to_owned() })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself when its input does; there is nobody to tell if it had ended before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Tells the address, and waits until nobody needs it any more.
pub(super) async fn serve_until_closed(url: &str) -> Result<()> {
    println!("{url}");
    let (close, closed) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        drop(close);
    });
    let _ = closed.await;
    Ok(())
}
