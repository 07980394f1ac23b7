//! Scans that are carried on by being looked at.

/// Scans of one kind, whose ids begin at 0.
#[derive(Debug, Default)]
pub(super) struct Scans {
    scans: Vec<Scan>,
    begun: u32,
}

/// A scan.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) id: u32,
    pub(super) url: String,
    /// Alerts that it raised.
    pub(super) alerts: Vec<u32>,
    looks: u32,
    takes: u32,
    state: ScanState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanState {
    Running,
    Paused,
    Finished,
}

impl Scans {
    /// Starts a scan that takes that many looks.
    pub(super) fn start(&mut self, url: &str, takes: u32) -> u32 {
        let id = self.begun;
        self.begun += 1;
        let (url, state) = (url.to_owned(), ScanState::Running);
        self.scans.push(Scan { id, url, alerts: Vec::new(), looks: 0, takes, state });
        id
    }

    pub(super) fn all(&self) -> &[Scan] {
        &self.scans
    }

    /// The scan of that id; without one the last, as in ZAP.
    pub(super) fn find(&mut self, id: Option<u32>) -> Option<&mut Scan> {
        match id {
            Some(id) => self.scans.iter_mut().find(|scan| scan.id == id),
            None => self.scans.last_mut(),
        }
    }

    pub(super) fn stop(&mut self, id: u32) {
        if let Some(scan) = self.find(Some(id)) {
            scan.stop();
        }
    }

    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Scan> {
        self.scans.iter_mut()
    }

    pub(super) fn remove(&mut self, id: Option<u32>) {
        self.scans.retain(|scan| id.is_some_and(|id| scan.id != id));
    }
}

impl Scan {
    /// Carries the scan on; says whether it came to its end just now.
    pub(super) fn look(&mut self) -> bool {
        if self.state != ScanState::Running {
            return false;
        }
        self.looks += 1;
        if self.looks < self.takes {
            return false;
        }
        self.state = ScanState::Finished;
        true
    }

    /// How far it came, from 0 to 100.
    pub(super) fn progress(&self) -> u32 {
        (self.looks.min(self.takes) * 100).checked_div(self.takes).unwrap_or(if self.is_over() {
            100
        } else {
            0
        })
    }

    /// What `status` says: a scan that was stopped is at 100 too.
    pub(super) fn status(&self) -> u32 {
        if self.is_over() { 100 } else { self.progress() }
    }

    pub(super) fn state(&self) -> &'static str {
        match self.state {
            ScanState::Running => "RUNNING",
            ScanState::Paused => "PAUSED",
            ScanState::Finished => "FINISHED",
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == ScanState::Finished
    }

    pub(super) fn stop(&mut self) {
        self.state = ScanState::Finished;
    }

    pub(super) fn pause(&mut self) {
        if self.state == ScanState::Running {
            self.state = ScanState::Paused;
        }
    }

    pub(super) fn resume(&mut self) {
        if self.state == ScanState::Paused {
            self.state = ScanState::Running;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_scan_goes_on_when_it_is_looked_at() {
        let mut scans = Scans::default();
        assert_eq!(scans.start("http://a.test/", 3), 0);
        let scan = scans.find(Some(0)).unwrap();
        assert_eq!((scan.progress(), scan.state()), (0, "RUNNING"));
        assert!(!scan.look());
        assert!(!scan.look());
        assert_eq!(scan.status(), 66);
        assert!(scan.look());
        assert!(!scan.look());
        assert_eq!((scan.progress(), scan.state()), (100, "FINISHED"));
    }

    #[test]
    fn a_scan_that_was_stopped_reads_100_but_did_not_get_there() {
        let mut scans = Scans::default();
        scans.start("http://a.test/", 4);
        assert_eq!(scans.start("http://b.test/", 4), 1);
        scans.find(Some(0)).unwrap().look();
        scans.stop(0);
        let scan = scans.find(Some(0)).unwrap();
        assert_eq!((scan.progress(), scan.status(), scan.state()), (25, 100, "FINISHED"));
        assert_eq!(scans.find(None).unwrap().id, 1);
        assert!(scans.find(Some(2)).is_none());
    }

    #[test]
    fn a_paused_scan_stands() {
        let mut scans = Scans::default();
        scans.start("http://a.test/", 1);
        let scan = scans.find(None).unwrap();
        scan.pause();
        assert!(!scan.look());
        assert_eq!((scan.status(), scan.state()), (0, "PAUSED"));
        scan.resume();
        assert!(scan.look());
    }
}
