//! AdmissionReviews as they arrive (<https://kubernetes.io/docs/reference/config-api/apiserver-admission.v1/>).
//!
//! kube has a type for them. It makes a general object of each object first, and what is asked about is made of that. Here an
//! object stays as it is written until it is known what it is, so that it is read once.

use dast_policy::printable;
use kube::core::GroupVersionKind;
use kube::core::admission::{AdmissionResponse, META_API_VERSION_V1, META_KIND};
use kube::core::response::Status;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) use kube::core::admission::Operation;

/// What an API server asks about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'b> {
    pub(super) uid: String,
    pub(super) kind: GroupVersionKind,
    /// Empty for one that gets its name later.
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) namespace: Option<String>,
    /// Which part of the object is written, if not all of it.
    #[serde(default)]
    pub(super) sub_resource: Option<String>,
    pub(super) operation: Operation,
    pub(super) user_info: User,
    #[serde(borrow, default)]
    pub(super) object: Option<&'b RawValue>,
    #[serde(borrow, default)]
    pub(super) old_object: Option<&'b RawValue>,
    /// Whether nothing comes of it.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Who asks for it.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    #[serde(default)]
    pub(super) username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review<'b> {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(borrow, default)]
    request: Option<Request<'b>>,
}

impl<'b> Request<'b> {
    /// Reads a review.
    ///
    /// # Errors
    /// With a sentence that says what is none, and what is accepted.
    pub(super) fn from_json(body: &'b [u8]) -> Result<Self, String> {
        let review: Review<'b> =
            serde_json::from_slice(body).map_err(|error| format!("not an AdmissionReview: {error}"))?;
        let (version, kind) = (review.api_version, review.kind);
        if kind != META_KIND || version != META_API_VERSION_V1 {
            let what = format!("{version} {kind}");
            let what = printable(&what);
            return Err(format!("`{what}` is not accepted: expected `{META_API_VERSION_V1} {META_KIND}`"));
        }
        let request = review.request.ok_or("field `request` is missing")?;
        if request.uid.is_empty() {
            return Err("field `request.uid` is empty".to_owned());
        }
        Ok(request)
    }

    /// A response that lets it in, to which more may be added.
    pub(super) fn response(&self) -> AdmissionResponse {
        let mut response = AdmissionResponse::invalid("");
        response.uid.clone_from(&self.uid);
        response.allowed = true;
        response.result = Status::default();
        response
    }
}
