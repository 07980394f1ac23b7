//! One scan with the built-in engine, judged and shown: the shortest way from a URL to a verdict.
//!
//! ```console
//! cargo run -p dast-examples --example scan_once                            # a shop of its own
//! cargo run -p dast-examples --example scan_once http://localhost:8080/
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]

use std::net::SocketAddr;

use anyhow::Result;
use dast_core::{LifecycleSettings, ScanRequest, Target};
use dast_engines::drive;
use dast_engines::passive::{Limits, PassiveScanner};
use dast_policy::{Knowledge, Layer, Policy, PolicyDocument, Scope, evaluate};
use dast_report::terminal::{self, Detail, Style};
use dast_shop::{Care, Shop};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let shop = Shop::start(Care::Careless, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let url = std::env::args().nth(1).unwrap_or_else(|| shop.url());

    let limits = Limits { pages: 50, ..Limits::default() };
    let scanner = PassiveScanner::builder().limits(limits).build()?;
    let request = ScanRequest::new(Target::parse(&url)?);
    let (settings, cancel) = (LifecycleSettings::default(), CancellationToken::new());
    let report = drive(&scanner, request, settings, cancel, |_, progress| {
        eprintln!("{} pages, {} findings", progress.pages, progress.findings);
    })
    .await;
    shop.stop().await;

    let layer = Layer::new(Scope::File, "default", PolicyDocument::standard())?;
    let knowledge = Knowledge::of(report.evidence.clone());
    let evaluation = evaluate(&Policy::from(layer), &knowledge, Timestamp::now());
    print!("{}", terminal::summary(&report.evidence, Style::default()));
    print!("{}", terminal::findings(&report.evidence, Style::default()));
    print!("{}", terminal::evaluation(&evaluation, Detail::Reasons, Style::default()));
    Ok(())
}
