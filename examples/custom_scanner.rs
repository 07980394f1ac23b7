//! An engine of one's own: it asks a target for its `security.txt` (RFC 9116) and finds something if there is none.
//!
//! Deadlines, cancellation, attempts and evidence are not its business: `drive` and the policy do the rest.
//!
//! ```console
//! cargo run -p dast-examples --example custom_scanner
//! ```
#![allow(clippy::print_stdout, reason = "an example talks to people")]

use std::net::SocketAddr;

use anyhow::{Context, Result};
use dast_core::{
    Collected, LifecycleSettings, Progress, RunningScan, ScanError, ScanRequest, Scanner, Target, async_trait,
};
use dast_engines::drive;
use dast_policy::{
    AlertRef, Authentication, Completion, Confidence, Coverage, Engine, Finding, Knowledge, Layer, Origin,
    Policy, PolicyDocument, Profile, Scope, Severity, evaluate,
};
use dast_shop::{Care, Shop};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const PLACE: &str = "/.well-known/security.txt";

/// The engine with its settings, of which it has none.
struct SecurityTxt;

/// One scan: the task that asks, until it was collected.
struct Asking {
    origin: Origin,
    status: Option<tokio::task::JoinHandle<Result<String>>>,
    told: bool,
}

#[async_trait]
impl Scanner for SecurityTxt {
    fn engine(&self) -> Engine {
        let text = |text: &str| text.to_owned();
        Engine { name: text("security-txt"), version: text("1.0"), rule_set: text("1"), passive: true }
    }

    fn profile(&self) -> Profile {
        Profile { name: "default".to_owned(), hash: "1".to_owned() }
    }

    async fn start(&self, request: ScanRequest) -> Result<Box<dyn RunningScan>, ScanError> {
        let origin = request.target.origin().clone();
        let status = tokio::spawn(status_line(origin.clone()));
        Ok(Box::new(Asking { origin, status: Some(status), told: false }))
    }
}

#[async_trait]
impl RunningScan for Asking {
    async fn next_event(&mut self) -> Option<Progress> {
        let first = !std::mem::replace(&mut self.told, true);
        first.then(|| Progress { queued: 1, ..Progress::default() })
    }

    async fn cancel(&mut self) {
        if let Some(status) = &self.status {
            status.abort();
        }
    }

    async fn collect(&mut self) -> Result<Collected, ScanError> {
        let asked = self.status.take().ok_or(ScanError::Cancelled)?;
        let status = asked
            .await
            .map_err(|_| ScanError::Cancelled)?
            .map_err(|error| ScanError::unreachable("no answer").with_source(error))?;
        let findings = if status.contains(" 200 ") { Vec::new() } else { vec![missing(&self.origin)?] };
        Ok(Collected {
            engine: SecurityTxt.engine(),
            completion: Completion::Complete,
            coverage: Coverage { pages: 1, failed: 0, skipped: 0 },
            authentication: Authentication::NotUsed,
            covered: Vec::new(),
            findings,
            rules: Vec::new(),
        })
    }
}

fn missing(origin: &Origin) -> Result<Finding, ScanError> {
    let wrong = |error| ScanError::engine("a finding that cannot be").with_source(error);
    let rule = AlertRef::of("security-txt").map_err(wrong)?;
    let url = format!("{origin}{PLACE}");
    let finding = Finding::new(rule, Severity::Low, Confidence::High, "GET", &url).map_err(wrong)?;
    Ok(finding.named("No security.txt: nobody knows whom to tell of a weakness").with_cwe(1059))
}

/// The first line of the answer.
async fn status_line(origin: Origin) -> Result<String> {
    let mut stream = TcpStream::connect((origin.host(), origin.port())).await?;
    let request = format!("GET {PLACE} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", origin.host());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.lines().next().context("the connection was closed without an answer")?.to_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let shop = Shop::start(Care::Repaired, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let request = ScanRequest::new(Target::parse(&shop.url())?);
    let settings = LifecycleSettings { max_attempts: 1, ..LifecycleSettings::default() };
    let report = drive(&SecurityTxt, request, settings, CancellationToken::new(), |phase, _| {
        println!("{}", phase.as_str());
    })
    .await;
    shop.stop().await;

    let document = PolicyDocument::from_json(r#"{"thresholds": {"alerts": {"low": {"warn": 0}}}}"#)?;
    let policy = Policy::from(Layer::new(Scope::File, "house rules", document)?);
    let evaluation = evaluate(&policy, &Knowledge::of(report.evidence), Timestamp::now());
    println!("{}", evaluation.verdict());
    for reason in evaluation.deciding().flat_map(|layer| &layer.reasons) {
        println!("- {reason}");
        for finding in reason.findings() {
            println!("    {} {}", finding.name(), finding.url());
        }
    }
    anyhow::ensure!(evaluation.verdict().to_string() == "Warn", "the shop has no security.txt");
    Ok(())
}
