//! `dast-fake-zap`: answers as ZAP does, takes ZAP's command line, and says on standard error what it was asked.
//!
//! `FAKE_ZAP_PAGES` names the pages that it can reach, with spaces in between; it does not ask for them.
#![allow(clippy::print_stderr, reason = "a program tells its user what happens")]

mod arguments;
mod server;

use std::env;

use self::arguments::Arguments;

/// The variable with the pages.
const PAGES: &str = "FAKE_ZAP_PAGES";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    server::serve(&arguments, &env::var(PAGES).unwrap_or_default()).await
}
