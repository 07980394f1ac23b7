//! The commands of the original's analyzer: one target, scanned by ZAP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use dast_engines::zap::{ApiDefinition, DefinitionSource, ZapProfile};

use super::runtime;
use super::scan::{check_reports, scan_all, targets, write_reports};
use crate::cli::{ApiScanArgs, ScannerArgs};
use crate::console::Console;
use crate::exit::Exit;
use crate::plan::Plan;
use crate::report::{Destination, json};
use crate::{signals, source};

/// Where the original served what it found.
const SERVED_AT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 3000);

/// Crawls and attacks.
pub(crate) fn scanner(args: &ScannerArgs, console: &mut Console) -> Result<Exit> {
    run(args, ZapProfile::Full, console)
}

/// Asks what an OpenAPI document names, and attacks that.
pub(crate) fn apiscan(args: &ApiScanArgs, console: &mut Console) -> Result<Exit> {
    let definition = ApiDefinition::OpenApi(DefinitionSource::Url(args.openapi.clone()));
    run(&args.scanner, ZapProfile::Api(definition), console)
}

fn run(args: &ScannerArgs, profile: ZapProfile, console: &mut Console) -> Result<Exit> {
    let policy = source::policy(args.policy.as_deref())?;
    let targets = targets(std::slice::from_ref(&args.target))?;
    let plan = Plan::original(&args.zap_proxy, &args.apikey, profile)?;
    check_reports(&args.report, console)?;
    if args.report.iter().any(|report| report.destination == Destination::Stdout) {
        console.leave_stdout();
    }
    let runtime = runtime()?;
    let (all, exit) = runtime.block_on(scan_all(&plan, targets, &policy, console));
    let exit = write_reports(&args.report, &all, exit, console);
    if args.serve {
        runtime.block_on(serve(json(&all), console))?;
    }
    runtime.shutdown_background();
    Ok(exit)
}

/// Answers every request with the evidence, until somebody ends the program.
async fn serve(evidence: String, console: &mut Console) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(SERVED_AT).await;
    let listener = listener.with_context(|| format!("cannot listen on {SERVED_AT}"))?;
    console.detail(format_args!("serving the evidence on http://{SERVED_AT}/ until Ctrl-C\n"));
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], evidence) };
    let ended = signals::cancellation();
    let served = axum::serve(listener, Router::new().fallback(answer));
    Ok(served.with_graceful_shutdown(ended.cancelled_owned()).await?)
}
