//! The commands of the original's analyzer: one target, scanned by ZAP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use dast_engines::zap::{ApiDefinition, DefinitionSource, ZapProfile};
use dast_runtime::signals;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use super::runtime;
use super::scan::{scan_all, targets};
use crate::cli::{ApiScanArgs, ScannerArgs};
use crate::console::Console;
use crate::exit::Exit;
use crate::plan::Plan;
use crate::report::{Reports, json};
use crate::source;

/// Where the original served what it found.
const SERVED_AT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 3000);

/// Connections that may wait to be answered.
const WAITING: u32 = 128;

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
    let plan = Plan::original(args, profile)?;
    let reports = Reports::prepare(&args.report, console)?;
    let runtime = runtime()?;
    let exit = runtime.block_on(async {
        // Who finds out only afterwards that the port is taken has scanned for nothing.
        let socket = if args.serve { Some(socket()?) } else { None };
        let cancel = signals::cancellation();
        let (all, exit) = scan_all(&plan, targets, &policy, &cancel, console).await;
        let exit = reports.write(&all, exit, console);
        let Some(socket) = socket else { return Ok(exit) };
        Ok(match serve(socket, json(&all), cancel, console).await {
            Ok(()) => exit,
            Err(error) => {
                console.error(&error);
                exit.max(Exit::Usage)
            }
        })
    });
    runtime.shutdown_background();
    exit
}

/// The port to serve at, which nobody else can have from now on. Who asks there is refused until there is something to tell.
fn socket() -> Result<TcpSocket> {
    let bound = TcpSocket::new_v4().and_then(|socket| {
        // Connections of an earlier run may still linger there.
        socket.set_reuseaddr(cfg!(unix))?;
        socket.bind(SERVED_AT)?;
        Ok(socket)
    });
    bound.with_context(|| {
        format!("cannot serve at {SERVED_AT}: leave out `--serve`, or end what uses that port")
    })
}

/// Answers every request with the evidence, until somebody ends the program.
async fn serve(
    socket: TcpSocket,
    evidence: String,
    ended: CancellationToken,
    console: &mut Console,
) -> Result<()> {
    let listener = socket.listen(WAITING).with_context(|| format!("cannot listen on {SERVED_AT}"))?;
    console.detail(format_args!("serving the evidence on http://{SERVED_AT}/ until Ctrl-C\n"));
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], evidence) };
    let served = axum::serve(listener, Router::new().fallback(answer));
    tokio::select! {
        served = served.into_future() => Ok(served?),
        // Nobody who keeps a connection open keeps the verdict from being told.
        () = ended.cancelled() => Ok(()),
    }
}
