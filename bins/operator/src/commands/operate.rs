//! The operator itself.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::controllers::{Installation, Operator};
use dast_runtime::certificates::Serving;
use dast_runtime::{admin, file, https, signals};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use crate::arguments::Arguments;
use crate::certificates::source;
use crate::leadership::Leadership;
use crate::readiness::Readiness;
use crate::registration::{File, Registration};

/// Acts for as long as it holds the lease; ends when it is asked to, or when something that must not end does.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    if std::env::var_os("ENABLE_WEBHOOKS").is_some_and(|value| value != "false") {
        tracing::warn!("ENABLE_WEBHOOKS has no effect: the webhook is a program of its own");
    }
    let stop = signals::cancellation();
    let (configuration, following) = configuration(arguments)?;
    let registrations = File::read(arguments)?;
    let client = Client::try_default().await.context("no cluster is known here")?;
    let domain = configuration.borrow().discovery.cluster_domain.clone();
    let certificates = tokio::select! {
        certificates = Serving::begin(source(arguments, &client, &domain)) => certificates?,
        () = stop.cancelled() => return Ok(()),
    };
    let registration = registrations
        .map(|file| Registration::new(arguments, file, &client, &domain, certificates.authorities()));
    let installation = Installation {
        namespace: arguments.namespace.clone(),
        instance: Some(arguments.identity.clone()),
        configuration,
        results_url: arguments.results_url(),
        authorities: certificates.authorities(),
    };
    let operator = Operator::new(client.clone(), installation);
    let mut registry = Registry::default();
    operator.register(&mut registry);
    registration.iter().for_each(|registration| registration.register(&mut registry));
    let leadership = Leadership::seek(&client, &arguments.namespace, &arguments.identity).await?;
    let readiness = Readiness::new(leadership.is_held(), operator.ready());
    let admin = admin::serve(arguments.metrics_addr, readiness.admin(registry), stop.clone());
    // Analyzers ask again, and another replica is to have its turn soon.
    let linger = Duration::ZERO;
    let results =
        https::serve(arguments.results_addr, operator.results(), certificates.tls(), stop.clone(), linger);
    let controllers = async {
        leadership.wait().await?;
        tracing::info!("it is this replica's turn to act");
        operator.run().await.context("the controllers have ended")
    };
    let registering = async {
        leadership.wait().await?;
        match registration {
            Some(registration) => registration.keep().await,
            None => std::future::pending().await,
        }
        anyhow::Ok(())
    };
    let outcome = tokio::select! {
        () = stop.cancelled() => Ok(()),
        () = following => Ok(()),
        ended = admin => ended.context("the admin port has ended"),
        ended = results => ended.context("the port for results has ended"),
        () = certificates.keep() => Err(anyhow::anyhow!("the certificates are not looked at any more")),
        ended = controllers => ended,
        ended = registering => ended.context("the registration has ended"),
        () = leadership.lost() => Err(anyhow::anyhow!("another replica acts now: this one ends, to begin anew")),
    };
    leadership.release().await;
    outcome
}

type Followed = (watch::Receiver<Arc<Configuration>>, std::pin::Pin<Box<dyn Future<Output = ()> + Send>>);

fn configuration(arguments: &Arguments) -> Result<Followed> {
    match &arguments.configuration {
        Some(path) => {
            let (receiver, keeping) = file::follow(path, |text| Ok(Configuration::from_yaml(text)?))?;
            Ok((receiver, Box::pin(keeping)))
        }
        None => {
            let (sender, receiver) = watch::channel(Arc::new(Configuration::default()));
            Ok((
                receiver,
                Box::pin(async move {
                    sender.closed().await;
                    std::future::pending().await
                }),
            ))
        }
    }
}
