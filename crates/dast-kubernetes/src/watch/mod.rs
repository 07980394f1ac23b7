//! What is in the cluster, told to an index as it changes.

mod decoded;
mod feed;
mod kinds;
mod noted;

use std::sync::{Arc, PoisonError, RwLock};

use dast_core::discovery::{Changes, Index};
use futures_util::stream::{self, Stream, StreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube::Client;
use kube::runtime::watcher;

pub use decoded::Decoded;
pub(crate) use decoded::resource_of_kind;
use feed::{Step, feed};

use crate::crd::{ClusterThresholdPolicy, ThresholdPolicy};
use crate::facts::{GrpcRoute, HttpRoute};

/// Watches everything that discovery asks for, and keeps `index` as the cluster is. Nothing is done but when the stream is
/// polled; dropping it ends the watches.
///
/// Watches that break off are taken up again for as long as the stream lives. An object that cannot be read stops
/// nothing: what follows from it is refused, or is not there. HTTPRoutes, GRPCRoutes and our own policies are watched where
/// the server has them, and when it gets them.
pub fn watch(client: &Client, index: Arc<RwLock<Index>>) -> impl Stream<Item = News> + Send + use<> {
    let feeds = [
        feed::<Namespace, _>(client),
        feed::<ThresholdPolicy, _>(client),
        feed::<ClusterThresholdPolicy, _>(client),
        feed::<Pod, _>(client),
        feed::<EndpointSlice, _>(client),
        feed::<Service, _>(client),
        feed::<Ingress, _>(client),
        feed::<HttpRoute, _>(client),
        feed::<GrpcRoute, _>(client),
    ];
    let mut unlisted = feeds.len();
    stream::select_all(feeds).filter_map(move |step| {
        let news = match step {
            Step::Told(tell) => {
                let changes = tell(&mut index.write().unwrap_or_else(PoisonError::into_inner));
                (!changes.is_empty()).then_some(News::Changed(changes))
            }
            Step::Listed => {
                unlisted = unlisted.saturating_sub(1);
                (unlisted == 0).then_some(News::Complete)
            }
            Step::Unreadable { kind, object, reason } => Some(News::Unreadable { kind, object, reason }),
            Step::Failed { kind, error } => Some(News::Failed { kind, error }),
        };
        std::future::ready(news)
    })
}

/// What a watch has to tell.
#[derive(Debug)]
#[non_exhaustive]
pub enum News {
    /// The index says other things than before.
    Changed(Changes),
    /// Every kind was listed, so that the index is whole. Said once.
    Complete,
    /// An object cannot be read.
    Unreadable {
        /// Its kind.
        kind: String,
        /// Its namespace and name.
        object: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A kind cannot be watched. It is tried again after a while.
    Failed {
        /// The kind.
        kind: String,
        /// Why.
        error: watcher::Error,
    },
}
