//! The program: watches, and a port for API servers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use dast_kubernetes::admission::{self, Admission};
use dast_kubernetes::certificates::Source;
use dast_kubernetes::configuration::Configuration;
use dast_runtime::admin::Admin;
use dast_runtime::certificates::Serving;
use dast_runtime::{admin, file, https, logs, signals};
use kube::{Client, Config};
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;

/// A watch in which nothing was heard for so long is broken: API servers send a bookmark every minute
/// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks>).
const NOTHING_HEARD: Duration = Duration::from_secs(100);

/// API servers keep their connections, and it takes a while until every node knows that a replica is not to be asked any more
/// (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow>).
const LINGER: Duration = Duration::from_secs(10);

/// Answers until it is asked to end, or until something ends that must not.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    logs::begin(&arguments.logs)?;
    let stop = signals::cancellation();
    let read = |text: &str| Ok(Configuration::from_yaml(text)?);
    let (configuration, following) = file::follow(&arguments.configuration, read)?;
    let mut cluster = Config::infer().await.context("no cluster is known here")?;
    cluster.read_timeout = Some(NOTHING_HEARD);
    let client = Client::try_from(cluster).context("no cluster is known here")?;
    let gate = Arc::new(Admission::new(arguments.namespace.as_str(), configuration));
    let mut registry = Registry::default();
    gate.register(&mut registry);
    let has_certificates = watch::Sender::new(false);
    let admin = told(&gate, has_certificates.subscribe(), registry);
    let admin = admin::serve(arguments.metrics_addr, admin, CancellationToken::new());
    let answering = async {
        let certificates = tokio::select! {
            certificates = Serving::begin(Source::Folder(arguments.certificates.clone())) => certificates?,
            () = stop.cancelled() => return Ok(()),
        };
        has_certificates.send_replace(true);
        tracing::info!(address = %arguments.listen, "API servers may ask");
        let router = admission::router(Arc::clone(&gate));
        let serving = https::serve(arguments.listen, router, certificates.tls(), stop, LINGER);
        tokio::select! {
            served = serving => served,
            () = certificates.keep() => Err(anyhow::anyhow!("the certificates are not looked at any more")),
        }
    };
    tokio::select! {
        served = answering => served,
        served = admin => served.context("the admin port has ended"),
        () = gate.run(&client) => Err(anyhow::anyhow!("the watches have ended")),
        () = following => Ok(()),
    }
}

/// What the admin port tells.
fn told(gate: &Arc<Admission>, has_certificates: watch::Receiver<bool>, metrics: Registry) -> Admin {
    let knows = gate.ready();
    let waits_for = move || {
        let needed = [("watches", *knows.borrow()), ("certificates", *has_certificates.borrow())];
        needed.into_iter().filter(|(_, is_there)| !is_there).map(|(what, _)| what).collect()
    };
    Admin { waits_for: Arc::new(waits_for), metrics: Arc::new(Mutex::new(metrics)) }
}
