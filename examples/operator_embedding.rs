//! The operator as a part of another one, with that one's client and runtime, beside a reconciler of its own: here one that
//! labels each Service with the verdict on it, so that `kubectl get services -L platform.example/dast-80` shows it.
//!
//! No other operator of this kind may act on the same cluster. Scans reach it by the Service `dast-operator`, port 8443, if its
//! pods are labelled `app.kubernetes.io/name: dast-operator`; `deploy/admission` has to let its service account write results.

use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use dast_kubernetes::certificates::{Source, service_names};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::controllers::{Installation, Operator};
use dast_kubernetes::crd::ScanTarget;
use futures_util::StreamExt;
use k8s_openapi::api::core::v1::Service;
use kube::api::{Patch, PatchParams};
use kube::runtime::{Controller, controller::Action, watcher};
use kube::{Api, Client, ResourceExt};

const NAMESPACE: &str = "platform";

#[tokio::main]
async fn main() -> Result<()> {
    // The choice of a cryptographic provider is the program's, as are logs, signals and the lease: who has more than one
    // replica begins all this only in the one that leads.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::try_default().await?;

    // Analyzers know the operator by a certificate of its own authority, which is renewed in time.
    let names = service_names(NAMESPACE, "dast-operator", "cluster.local");
    let (namespace, name) = (NAMESPACE.to_owned(), "dast-certificates".to_owned());
    let mut certificates = Box::pin(Source::Own { client: client.clone(), namespace, name, names }.watch());
    let first = certificates.next().await.context("there are no certificates")??;
    let tls = RustlsConfig::from_pem(first.chain().into(), first.key().into()).await?;
    let (authorities, known) = tokio::sync::watch::channel(Arc::from(first.authorities()));

    let configuration = Configuration::from_yaml("queue: {total: 5}\nallowed: {activeNamespaces: [test-*]}")?;
    let mut installation = Installation::new(NAMESPACE, configuration, "");
    // What is a channel may change at any time.
    installation.authorities = known;
    let operator = Operator::new(client.clone(), installation);
    let port = axum_server::bind_rustls(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8443)), tls.clone());
    let results = port.serve(operator.results().into_make_service());
    let renewing = async {
        while let Some(Ok(next)) = certificates.next().await {
            tls.reload_from_pem(next.chain().into(), next.key().into()).await?;
            authorities.send_replace(next.authorities().into());
        }
        anyhow::Ok(())
    };

    // A reconciler of its own reads what the operator writes.
    let own = Controller::new(Api::<ScanTarget>::all(client.clone()), watcher::Config::default())
        .run(label, |_, _, _| Action::requeue(Duration::from_secs(60)), Arc::new(client))
        .for_each(|_| std::future::ready(()));
    // None of them ends by itself.
    tokio::select! {
        ended = operator.run() => ended?,
        ended = results => ended?,
        ended = renewing => ended?,
        () = own => {}
    }
    Ok(())
}

/// Labels the Service of a target; a label that is null is removed.
async fn label(target: Arc<ScanTarget>, client: Arc<Client>) -> kube::Result<Action> {
    if let (Some(service), Some(namespace)) = (&target.spec.service, target.namespace()) {
        let verdict = target.status.as_ref().and_then(|status| status.verdict);
        let label = format!("platform.example/dast-{}", service.port);
        let patch = serde_json::json!({"metadata": {"labels": {label: verdict}}});
        let services = Api::<Service>::namespaced(Client::clone(&client), &namespace);
        services.patch_metadata(&service.name, &PatchParams::default(), &Patch::Merge(patch)).await?;
    }
    Ok(Action::await_change())
}
