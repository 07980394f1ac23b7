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

/// The longest name of an object, in bytes (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).
pub(super) const MOST_NAME: usize = 253;
/// The longest uid, in bytes. API servers make UUIDs, and nothing says that all do.
pub(super) const MOST_UID: usize = 128;
/// The longest name of a user, in bytes. Whoever finds out who asks may say anything.
const MOST_USER: usize = 4096;

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
        // What is answered, and what is told of it, repeats them.
        let Self { uid, kind, name, namespace, user_info, .. } = &request;
        let texts = [
            ("uid", uid.as_str(), MOST_UID),
            ("kind.group", &kind.group, MOST_NAME),
            ("kind.version", &kind.version, MOST_NAME),
            ("kind.kind", &kind.kind, MOST_NAME),
            ("name", name, MOST_NAME),
            ("namespace", namespace.as_deref().unwrap_or_default(), MOST_NAME),
            ("userInfo.username", &user_info.username, MOST_USER),
        ];
        let problem = texts.into_iter().find_map(|(field, text, most)| too_long(field, text, most));
        problem.map_or(Ok(request), |problem| Err(format!("`request`: {problem}")))
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

/// What is wrong with the length of a text, if anything is.
pub(super) fn too_long(field: &str, text: &str, most: usize) -> Option<String> {
    let bytes = text.len();
    (bytes > most).then(|| format!("`{field}` has {bytes} bytes: expected {most} at most"))
}
