//! Whether evidence is of what was ordered, and whether that held to the end.

use dast_core::discovery::{Index, ObjectName, TargetId};
use dast_policy::{Bound, Evidence, Origin, Revision};

use super::refusal::Refusal;
use crate::crd::{ScanRun, ScanTarget};

/// Refuses evidence of anything else than what was ordered.
pub(super) fn check(evidence: &Evidence, run: &ScanRun, target: &ScanTarget) -> Result<(), Refusal> {
    let scan = evidence.scan();
    let basis = run.status.as_ref().and_then(|status| status.basis.as_ref());
    let basis = basis.ok_or(Refusal::NotUnderWay { phase: None })?;
    let mut called = target.called();
    Bound::shorten(&mut called, Bound::MOST_TEXT);
    let origin = target.spec.origin.parse::<Origin>().map(|origin| origin.to_string()).unwrap_or_default();
    let ordered = basis.revision.clone().map(Revision::new);
    let revision = |revision: Option<&Revision>| revision.map_or("none", Revision::as_str).to_owned();
    let fields = [
        ("scan.subject.target", scan.subject.target.clone(), called),
        ("scan.subject.origin", scan.subject.origin.to_string(), origin),
        ("scan.revision", revision(scan.revision.as_ref()), revision(ordered.as_ref())),
        ("scan.profile.name", scan.profile.name.clone(), basis.profile.clone()),
        ("scan.profile.hash", scan.profile.hash.clone(), basis.settings.clone()),
    ];
    match fields.into_iter().find(|(_, found, ordered)| found != ordered) {
        None => Ok(()),
        Some((field, mut found, ordered)) => {
            Bound::shorten(&mut found, Bound::MOST_TEXT);
            Err(Refusal::NotOrdered { field, found, ordered })
        }
    }
}

/// Why the evidence may be of something else than what it says, though everybody was honest.
pub(super) fn doubt(run: &ScanRun, target: &ScanTarget, index: &Index) -> Option<String> {
    let status = run.status.as_ref()?;
    let service = target.spec.service.as_ref()?;
    let namespace = target.metadata.namespace.as_deref().unwrap_or_default();
    let id = TargetId::new(ObjectName::new(namespace, service.name.as_str()), service.port);
    let Some(found) = index.target(&id) else { return Some(format!("`{id}` is gone")) };
    if let Some(refusal) = found.refusal() {
        return Some(format!("it must not be scanned any more: {refusal}"));
    }
    let ordered = status.basis.as_ref()?.revision.clone().map(Revision::new)?;
    match found.revision() {
        Some(revision) if *revision == ordered => None,
        Some(revision) => Some(format!("revision `{}` runs now", revision.as_str())),
        None => Some("no pod is ready now, or it is not known what runs".to_owned()),
    }
}
