//! What is read from a cluster.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dast_core::discovery::ObjectName;
use dast_kubernetes::crd::{ScanReport, ScanTarget};
use kube::api::ListParams;
use kube::config::KubeConfigOptions;
use kube::{Api, Client, Config, ResourceExt};
use serde::de::DeserializeOwned;

/// Somebody waits at a terminal.
const TO_CONNECT: Duration = Duration::from_secs(10);
const TO_ANSWER: Duration = Duration::from_secs(60);
/// A message names no more targets than that.
const MOST_NAMED: u32 = 10;

/// What is there of a target.
pub(crate) struct Known {
    pub(crate) target: ScanTarget,
    /// The report of its last scan, if one has ended.
    pub(crate) report: Option<ScanReport>,
}

/// Reads a target and its report from the cluster of a context.
pub(crate) async fn read(name: &ObjectName, context: Option<&str>) -> Result<Known> {
    let client = client(context).await?;
    let targets = Api::<ScanTarget>::namespaced(client.clone(), &name.namespace);
    // `view` has it.
    let found = there(&targets, name).await;
    let found = found.map_err(|error| refused(error, "ScanTargets", &name.namespace, "dast-viewer"))?;
    let Some(target) = found else { return Err(absent(name, client).await) };
    // Reports show where to attack, so that it takes more, which `edit` has.
    let reports = Api::<ScanReport>::namespaced(client, &name.namespace);
    let report = there(&reports, name).await;
    let report = report.map_err(|error| refused(error, "ScanReports", &name.namespace, "dast-developer"))?;
    Ok(Known { target, report })
}

/// The object, if there is such a thing. Of a kind that nobody knows an API server says the same in other words.
async fn there<K>(objects: &Api<K>, name: &ObjectName) -> kube::Result<Option<K>>
where
    K: Clone + Debug + DeserializeOwned,
{
    match objects.get(&name.name).await {
        Ok(object) => Ok(Some(object)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

async fn client(context: Option<&str>) -> Result<Client> {
    let mut config = match context {
        Some(context) => {
            let options =
                KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
            let config = Config::from_kubeconfig(&options).await;
            // The errors of kube's configuration tell their causes themselves.
            config
                .map_err(|error| anyhow!("{error}"))
                .with_context(|| format!("no cluster is known by the context `{context}`"))?
        }
        None => {
            // That this is no pod either is nothing to tell.
            let config = Config::infer().await.map_err(|error| match error.source() {
                Some(kubeconfig) => anyhow!("{kubeconfig}"),
                None => anyhow!("{error}"),
            });
            config.context("no cluster is known here: set KUBECONFIG")?
        }
    };
    config.connect_timeout = Some(TO_CONNECT);
    config.read_timeout = Some(TO_ANSWER);
    Client::try_from(config).map_err(plain).context("the cluster of the kubeconfig cannot be used")
}

/// Why there is no such target, with those that there are.
async fn absent(name: &ObjectName, client: Client) -> anyhow::Error {
    let some = ListParams::default().limit(MOST_NAMED);
    let here = Api::<ScanTarget>::namespaced(client.clone(), &name.namespace).list_metadata(&some).await;
    let mut there = match here {
        Ok(here) => here,
        Err(kube::Error::Api(status)) if status.code == 404 => {
            return anyhow!("this cluster knows no ScanTargets: dast-operator is not installed there");
        }
        Err(_) => return anyhow!("there is no ScanTarget `{name}`"),
    };
    // Not everybody may look into every namespace.
    if there.items.is_empty()
        && let Ok(anywhere) = Api::<ScanTarget>::all(client).list_metadata(&some).await
    {
        there = anywhere;
    }
    let named = |target: &kube::core::PartialObjectMeta<ScanTarget>| {
        format!("`{}/{}`", target.namespace().unwrap_or_default(), target.name_any())
    };
    let names: Vec<String> = there.items.iter().map(named).collect();
    match (names.is_empty(), there.metadata.continue_.as_deref().unwrap_or_default()) {
        (true, _) => anyhow!("there is no ScanTarget `{name}`, and no other: annotate a Service to have one"),
        (false, "") => anyhow!("there is no ScanTarget `{name}`; there are {}", names.join(", ")),
        (false, _) => anyhow!("there is no ScanTarget `{name}`; there are {} and more", names.join(", ")),
    }
}

fn refused(error: kube::Error, kind: &str, namespace: &str, role: &str) -> anyhow::Error {
    match &error {
        kube::Error::Api(status) if status.code == 403 => plain(error).context(format!(
            "you may not read {kind} in namespace `{namespace}`: the cluster role `{role}` allows it"
        )),
        kube::Error::Api(status) if status.code == 401 => plain(error)
            .context("the cluster does not know you: the kubeconfig's credentials are not accepted"),
        _ => plain(error).context(format!("cannot read {kind} from the cluster")),
    }
}

/// Each cause once, which kube's errors tell themselves, and what an API server says in its own words.
fn plain(error: kube::Error) -> anyhow::Error {
    match error {
        kube::Error::Api(status) => anyhow!("{} ({})", status.message.trim(), status.code),
        kube::Error::Service(cause) => anyhow::Error::from_boxed(cause),
        error => anyhow!("{error}"),
    }
}
