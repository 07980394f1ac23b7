//! Who posts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use dast_core::discovery::ObjectName;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::PostParams;
use kube::{Api, Client};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::refusal::Refusal;
use crate::access::ServiceAccount;
use crate::job::{ATTEMPT, AUDIENCE, RUN_UID, SERVICE_ACCOUNT};
use crate::known::Known;

/// How long an API server's word for a token is relied on.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Tokens that are asked about at once. Anybody may send one.
const MOST_REVIEWS: usize = 16;

/// What API servers say of the pod that a token is bound to
/// (<https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens>).
const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";

/// A pod of the analyzer, and what it was made for. None of it changes while the pod lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visitor {
    pub(super) pod: String,
    pub(super) uid: String,
    pub(super) job: String,
    pub(super) run_uid: String,
    pub(super) attempt: String,
}

/// Finds out who posts, and remembers it for a while.
pub(super) struct Visitors {
    /// By a hash of the token, so that nothing secret is kept.
    known: Mutex<HashMap<[u8; 32], (Visitor, Instant)>>,
    reviews: Semaphore,
}

impl Default for Visitors {
    fn default() -> Self {
        Self { known: Mutex::default(), reviews: Semaphore::new(MOST_REVIEWS) }
    }
}

impl Visitors {
    /// Who sent these headers.
    pub(super) async fn of(
        &self,
        headers: &HeaderMap,
        client: &Client,
        namespace: &str,
        known: Option<&Known>,
    ) -> Result<Visitor, Refusal> {
        let token = token(headers)?;
        let hash: [u8; 32] = Sha256::digest(token).into();
        if let Some(visitor) = self.remembered(&hash) {
            return Ok(visitor);
        }
        let _turn = self.reviews.try_acquire().map_err(|_| Refusal::Busy)?;
        let (pod, uid) = bound_pod(&review(token, client).await?, namespace)?;
        let name = ObjectName::new(namespace, pod.as_str());
        // The API server has just said that the pod is there: it takes no token of one that is gone.
        let found = known
            .and_then(|known| known.pods.get(&name))
            .filter(|found| found.metadata.uid.as_ref() == Some(&uid));
        let found = match found {
            Some(found) => Some(found.metadata.clone()),
            None => {
                let pods = Api::<Pod>::namespaced(client.clone(), namespace);
                pods.get_opt(&pod).await.map_err(Refusal::Api)?.map(|found| found.metadata)
            }
        };
        let visitor = visitor(found.as_ref(), pod, uid)?;
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, until)| *until > now);
        known.insert(hash, (visitor.clone(), now + REMEMBERED));
        Ok(visitor)
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Visitor> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (visitor, until) = known.get(hash)?;
        (*until > Instant::now()).then(|| visitor.clone())
    }
}

fn token(headers: &HeaderMap) -> Result<&str, Refusal> {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Refusal::NoToken)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty() { Ok(token) } else { Err(Refusal::NoToken) }
}

async fn review(token: &str, client: &Client) -> Result<TokenReviewStatus, Refusal> {
    let spec = TokenReviewSpec { token: Some(token.to_owned()), audiences: Some(vec![AUDIENCE.to_owned()]) };
    let review = TokenReview { spec, ..TokenReview::default() };
    let reviews = Api::<TokenReview>::all(client.clone());
    let reviewed = reviews.create(&PostParams::default(), &review).await.map_err(Refusal::Api)?;
    Ok(reviewed.status.unwrap_or_default())
}

/// The name and the uid of the pod that a token is bound to, if it is one of the analyzer's.
fn bound_pod(review: &TokenReviewStatus, namespace: &str) -> Result<(String, String), Refusal> {
    // One that knows nothing of audiences names none, and its word is worth nothing here.
    let audiences = review.audiences.as_deref().unwrap_or_default();
    if review.authenticated != Some(true) || !audiences.iter().any(|audience| audience == AUDIENCE) {
        return Err(Refusal::WrongToken);
    }
    let user = review.user.as_ref().ok_or(Refusal::WrongToken)?;
    let name = user.username.as_deref().unwrap_or_default();
    let analyzer = ServiceAccount { namespace: namespace.to_owned(), name: SERVICE_ACCOUNT.to_owned() };
    if name != analyzer.to_string() {
        return Err(Refusal::NotAnAnalyzer { user: name.to_owned() });
    }
    let extra = |key: &str| match user.extra.as_ref()?.get(key)?.as_slice() {
        [value] if !value.is_empty() => Some(value.clone()),
        _ => None,
    };
    extra(POD_NAME).zip(extra(POD_UID)).ok_or(Refusal::NoPod)
}

/// What the pod was made for, if it is still that one.
fn visitor(found: Option<&ObjectMeta>, pod: String, uid: String) -> Result<Visitor, Refusal> {
    let metadata = match found {
        Some(metadata) if metadata.uid.as_ref() == Some(&uid) => metadata,
        _ => return Err(Refusal::PodGone { pod }),
    };
    let label = |name: &str| metadata.labels.as_ref()?.get(name).cloned();
    let owners = metadata.owner_references.iter().flatten();
    let mut jobs = owners.filter(|owner| owner.kind == "Job" && owner.controller == Some(true));
    match (jobs.next(), label(RUN_UID), label(ATTEMPT)) {
        (Some(job), Some(run_uid), Some(attempt)) => {
            Ok(Visitor { job: job.name.clone(), pod, uid, run_uid, attempt })
        }
        _ => Err(Refusal::NotItsRun { pod }),
    }
}
