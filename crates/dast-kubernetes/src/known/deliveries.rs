//! What analyzers delivered a moment ago, so that it need not be read again from the reports that it was written to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dast_policy::Evidence;
use kube::ResourceExt;

use crate::crd::ScanRun;

/// So many are kept at most, each of which has a bound. Those of a burst that come after them are read from their reports.
const MOST: usize = 64;

/// The evidence of reports that were written by this process, by the uids of their runs, until their targets have it.
#[derive(Debug, Default)]
pub(crate) struct Deliveries(Mutex<VecDeque<(String, Arc<Evidence>)>>);

impl Deliveries {
    /// The report of a run was written.
    pub(crate) fn put(&self, run: &ScanRun, evidence: Evidence) {
        let Some(uid) = run.uid() else { return };
        let mut all = self.all();
        all.retain(|(of, _)| *of != uid);
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back((uid, Arc::new(evidence)));
    }

    /// The evidence of a run, if it is known here, and if it is what the run's status was made of: whoever else delivered in
    /// the meantime is the one that counts.
    pub(crate) fn of(&self, run: &ScanRun) -> Option<Arc<Evidence>> {
        let uid = run.uid()?;
        let all = self.all();
        let evidence = all.iter().find(|(of, _)| *of == uid).map(|(_, evidence)| Arc::clone(evidence))?;
        drop(all);
        let status = run.status.as_ref()?;
        let mut again = status.clone();
        again.record(&evidence).ok()?;
        (again.bounded().ok()? == *status).then_some(evidence)
    }

    /// The target of a run has its evidence.
    pub(crate) fn forget(&self, run: &ScanRun) {
        let uid = run.uid();
        self.all().retain(|(of, _)| Some(of) != uid.as_ref());
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<(String, Arc<Evidence>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
