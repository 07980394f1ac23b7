//! How an object of a run is told from others, and whose it is: owners cannot be of another namespace.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::order::{Order, RunId};
use crate::pod::label::{self, Labels};

/// The label with the uid of the run.
pub const RUN_UID: &str = "dast.security.banzaicloud.io/run-uid";
/// The label with the namespace of the run.
pub const RUN_NAMESPACE: &str = "dast.security.banzaicloud.io/run-namespace";
/// The annotation with the name of the run, which may be longer than a label.
pub const RUN_NAME: &str = "dast.security.banzaicloud.io/run-name";
/// The label with the number of the attempt.
pub const ATTEMPT: &str = "dast.security.banzaicloud.io/attempt";
/// The annotation with what evidence calls the target.
pub const TARGET: &str = "dast.security.banzaicloud.io/target";

/// The run that an object belongs to, and the attempt; `None` if it belongs to none.
pub fn run_of(metadata: &ObjectMeta) -> Option<(RunId, u32)> {
    let (labels, annotations) = (metadata.labels.as_ref()?, metadata.annotations.as_ref()?);
    let (managed_by, ours) = label::MANAGED_BY;
    labels.get(managed_by).filter(|by| *by == ours)?;
    let run = RunId {
        namespace: labels.get(RUN_NAMESPACE)?.clone(),
        name: annotations.get(RUN_NAME)?.clone(),
        uid: labels.get(RUN_UID)?.clone(),
    };
    Some((run, labels.get(ATTEMPT)?.parse().ok()?))
}

/// The labels of all objects of an attempt.
pub(super) fn labels(order: &Order) -> Labels {
    let attempt = order.attempt.to_string();
    label::labels([
        label::MANAGED_BY,
        (label::NAME, "dast-analyzer"),
        (RUN_UID, &order.run.uid),
        (RUN_NAMESPACE, &order.run.namespace),
        (ATTEMPT, &attempt),
    ])
}

/// The labels that the pods of an attempt, and no others, have.
pub(super) fn selector(order: &Order) -> Labels {
    label::labels([(RUN_UID, &order.run.uid), (ATTEMPT, &order.attempt.to_string())])
}

/// The annotations of all objects of an attempt.
pub(super) fn annotations(order: &Order) -> Labels {
    label::labels([(RUN_NAME, &order.run.name), (TARGET, &order.target)])
}
