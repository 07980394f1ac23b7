//! What a bare client of Kubernetes does, beside which the operator is measured.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

/// As long as those of the operator's watches.
const PAGE: u32 = 500;

/// How long it takes to list and decode what discovery looks at, all kinds at the same time; and how many objects that are.
pub(super) async fn list(client: &Client) -> Result<(Duration, usize)> {
    let begun = Instant::now();
    let (namespaces, services, slices, pods, ingresses) = tokio::try_join!(
        count::<Namespace>(client),
        count::<Service>(client),
        count::<EndpointSlice>(client),
        count::<Pod>(client),
        count::<Ingress>(client),
    )?;
    Ok((begun.elapsed(), namespaces + services + slices + pods + ingresses))
}

async fn count<K>(client: &Client) -> Result<usize>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let api = Api::<K>::all(client.clone());
    let mut parameters = ListParams::default().limit(PAGE);
    let mut count = 0;
    loop {
        let page = api.list(&parameters).await?;
        count += page.items.len();
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => return Ok(count),
        }
    }
}

/// How long it takes to make these Jobs, so many at a time.
pub(super) async fn create(
    client: &Client,
    namespace: &str,
    jobs: &[Job],
    at_once: usize,
) -> Result<Duration> {
    let api = Api::<Job>::namespaced(client.clone(), namespace);
    let parameters = PostParams::default();
    let begun = Instant::now();
    let made = jobs.iter().map(|job| api.create(&parameters, job));
    stream::iter(made).buffer_unordered(at_once).try_collect::<Vec<_>>().await?;
    Ok(begun.elapsed())
}
