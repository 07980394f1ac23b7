//! ScanTargets, as admission has them.

use std::sync::Arc;

use dast_core::admission::ScannedTarget;
use dast_core::discovery::{ObjectName, TargetId};
use dast_policy::{Profile, Revision, UnderWay};

use super::scanner_name;
use crate::crd::{ScanTarget, TargetPhase};

/// What is known of the port of a Service. `None` for what is outside of the cluster, which no route leads to, and for a target
/// whose origin is none.
pub fn scanned_target(object: &ScanTarget) -> Option<ScannedTarget> {
    let port = object.spec.service.as_ref()?;
    let service = ObjectName::new(object.metadata.namespace.as_deref()?, port.name.as_str());
    let origin = object.spec.origin.parse().ok()?;
    let mut fact =
        ScannedTarget::new(TargetId::new(service, port.port), origin, scanner_name(&object.spec.scanner));
    let Some(status) = &object.status else { return Some(fact) };
    let refused = status.phase == Some(TargetPhase::Refused);
    fact.refusal = refused.then(|| {
        let accepted = status.conditions.iter().find(|condition| condition.type_ == "Accepted");
        accepted.map_or("it is refused".to_owned(), |condition| condition.message.clone())
    });
    fact.service_hash.clone_from(&status.service_hash);
    fact.revision = status.revision.as_deref().map(Revision::new);
    fact.revision_since = status.revision_since.as_ref().map(|since| since.0);
    fact.profile = status.profile.as_ref().map(Profile::from);
    let evidence = status.evidence.as_ref().map(|evidence| evidence.read()).transpose();
    fact.evidence = evidence.map(|evidence| evidence.map(Arc::new)).map_err(|error| error.to_string());
    fact.under_way = match status.phase {
        Some(TargetPhase::Queued) => Some(UnderWay::Queued),
        Some(TargetPhase::Scanning) => Some(UnderWay::Running),
        _ => None,
    };
    Some(fact)
}
