//! Who asked the API server for what.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::rights::Right;
use crate::stage::Stage;

/// How an API server begins what it says of a kind that it has not read into memory yet
/// (<https://github.com/kubernetes/apiserver/blob/v0.34.4/pkg/storage/cacher/ready.go>).
const READING: &str = "storage is (re)initializing";

/// A request that was answered, as far as it was about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asked.
    pub user: String,
    /// What for: one thing, in one place, perhaps by name.
    pub right: Right,
    /// The status of HTTP.
    pub status: u64,
    /// What is said of that status; empty if nothing is.
    pub message: String,
    /// Whether whoever asks has no right to it. A webhook that does not let something in says 403, too.
    pub lacks_right: bool,
}

impl Stage {
    /// What somebody asked the API server for since the cluster began, in order.
    ///
    /// # Errors
    /// When what was written down cannot be read.
    pub fn requests_of(&self, user: &str) -> Result<Vec<Request>> {
        Ok(self.requests()?.into_iter().filter(|request| request.user == user).collect())
    }

    /// The same of everybody but Kubernetes itself.
    ///
    /// # Errors
    /// When what was written down cannot be read.
    pub fn requests(&self) -> Result<Vec<Request>> {
        let path = self.cluster().audit_log().context("nothing is written down")?;
        let text = fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
        // The last line may be half written.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let events = whole.lines().map(serde_json::from_str::<Value>);
        let events = events.collect::<Result<Vec<_>, _>>().context("a line is no event")?;
        Ok(events.iter().filter_map(Request::read).collect())
    }
}

impl Request {
    /// An event of `audit.k8s.io/v1`; `None` if it is about no object.
    fn read(event: &Value) -> Option<Self> {
        let object = event.get("objectRef")?;
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let resource = match (text("resource"), text("subresource")) {
            (resource, subresource) if subresource.is_empty() => resource,
            (resource, subresource) => format!("{resource}/{subresource}"),
        };
        let right = Right {
            namespace: Some(text("namespace")).filter(|namespace| !namespace.is_empty()),
            group: text("apiGroup"),
            resource,
            name: Some(text("name")).filter(|name| !name.is_empty()),
            verb: event.get("verb")?.as_str()?.to_owned(),
        };
        let user = event.pointer("/user/username")?.as_str()?.to_owned();
        let status = event.pointer("/responseStatus/code")?.as_u64()?;
        let message = event.pointer("/responseStatus/message").and_then(Value::as_str).unwrap_or_default();
        // (https://kubernetes.io/docs/reference/labels-annotations-taints/audit-annotations/)
        let authorized = event.pointer("/annotations/authorization.k8s.io~1decision");
        let lacks_right = authorized.is_some_and(|decision| decision == "forbid");
        Some(Self { user, right, status, message: message.to_owned(), lacks_right })
    }

    /// Whether whoever asks was sent away since others, or they themselves, ask for too much. An API server says 429 as well of
    /// what it has not read into memory yet, such as a kind that is new; who asks then is asked to come again.
    pub fn found_no_room(&self) -> bool {
        self.status == 429 && !self.message.starts_with(READING)
    }

    /// The rights that it takes: whoever applies what is not there yet creates it, too.
    pub fn takes(&self) -> BTreeSet<Right> {
        let mut takes = BTreeSet::from([self.right.clone()]);
        if self.right.verb == "patch" && self.status == 201 {
            takes.insert(Right { verb: "create".to_owned(), ..self.right.clone() });
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_a_request() {
        let event = json!({
            "verb": "patch", "user": {"username": "u"}, "responseStatus": {"code": 201},
            "objectRef": {"resource": "scanruns", "subresource": "status", "apiGroup": "g", "namespace": "n", "name": "x"},
        });
        let request = Request::read(&event).unwrap();
        let right = |verb: &str| Right {
            namespace: Some("n".to_owned()),
            group: "g".to_owned(),
            resource: "scanruns/status".to_owned(),
            name: Some("x".to_owned()),
            verb: verb.to_owned(),
        };
        assert_eq!((request.user.as_str(), request.status), ("u", 201));
        assert_eq!(request.takes(), BTreeSet::from([right("create"), right("patch")]));
        let plain = Request { status: 200, ..request };
        assert_eq!(plain.takes(), BTreeSet::from([right("patch")]));
        assert!(!plain.found_no_room());
        assert_eq!(Request::read(&json!({"verb": "get", "requestURI": "/version"})), None);
    }

    #[test]
    fn what_is_not_let_in_is_no_missing_right() {
        for (decision, lacks) in [("forbid", true), ("allow", false)] {
            let event = json!({
                "verb": "patch", "user": {"username": "u"}, "responseStatus": {"code": 403},
                "objectRef": {"resource": "httproutes"}, "annotations": {"authorization.k8s.io/decision": decision},
            });
            assert_eq!(Request::read(&event).unwrap().lacks_right, lacks, "{decision}");
        }
    }

    #[test]
    fn whoever_comes_too_early_does_not_ask_for_too_much() {
        let refused = |said: Value| {
            let mut status = json!({"code": 429});
            status.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
            let event = json!({
                "verb": "watch", "user": {"username": "u"}, "responseStatus": status, "objectRef": {"resource": "scanruns"},
            });
            Request::read(&event).unwrap().found_no_room()
        };
        assert!(refused(json!({})), "of priority and fairness, nothing is written down but the code");
        assert!(refused(json!({"message": "too many requests"})));
        assert!(!refused(json!({"message": "storage is (re)initializing: etcd is slow"})));
    }
}
