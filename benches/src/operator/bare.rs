//! What a bare client of Kubernetes does, beside which the operator is measured.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use anyhow::Result;
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::ListParams;
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
