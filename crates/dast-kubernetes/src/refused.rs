//! Why an API server refused something, by the codes of <https://kubernetes.io/docs/reference/using-api/api-concepts/>.

use kube::core::Status;

/// Whether it was refused because what it rested on has changed.
pub(crate) fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

/// Whether the API server would refuse the same again, and not only as long as it is busy or does not know yet who asks,
/// as it may be for a moment after its start.
pub(crate) fn is_final(refusal: &Status) -> bool {
    (400..500).contains(&refusal.code) && !matches!(refusal.code, 401 | 408 | 429)
}

/// Whether there is no room in the namespace, which may change
/// (<https://kubernetes.io/docs/concepts/policy/resource-quotas/>).
pub(crate) fn is_over_quota(refusal: &Status) -> bool {
    refusal.code == 403 && refusal.message.contains("exceeded quota")
}

/// Whether there is no such object, or no such kind of objects.
pub(crate) fn is_gone(error: &kube::Error) -> bool {
    // By its code alone: where there is no such kind, the answer is no status, and gives no reason.
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_not_there_is_gone_whatever_the_answer_says() {
        let answered = |reason: &str| {
            kube::Error::Api(Box::new(Status::failure("404 page not found", reason).with_code(404)))
        };
        for reason in ["NotFound", "Failed to parse error data", ""] {
            assert!(is_gone(&answered(reason)), "{reason}");
        }
    }

    #[test]
    fn a_refusal_is_final_unless_it_may_pass() {
        let refused = |code: u16, message: &str| Status::failure(message, "").with_code(code);
        for code in [400, 403, 404, 413, 422] {
            assert!(is_final(&refused(code, "no")), "{code}");
        }
        for code in [401, 408, 429, 500, 503] {
            assert!(!is_final(&refused(code, "not now")), "{code}");
        }
        let quota = r#"jobs.batch "a" is forbidden: exceeded quota: few, requested: count/jobs.batch=1"#;
        assert!(is_over_quota(&refused(403, quota)));
        assert!(!is_over_quota(&refused(403, r#"jobs.batch "a" is forbidden: policy"#)));
    }
}
