//! How far a scan by ZAP goes, and how fast.

use std::time::Duration;

use dast_policy::ValueError;

/// How far a scan by ZAP goes, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZapLimits {
    /// Time for the whole scan. One that takes longer is incomplete.
    pub time: Duration,
    /// Children of a node in the tree of sites that the spider follows, at most.
    pub max_children: Option<u32>,
    /// Requests to the target in a second, at most. ZAP's own limit, which also slows down others that use the same ZAP for
    /// the same target.
    pub requests_per_second: Option<u32>,
    /// Threads of the spider, and of the active scanner for each host. A setting of the whole ZAP, put back at the end.
    pub threads: Option<u32>,
    /// Time without any progress after which a stage is given up. For a plan, which seldom tells of progress, only
    /// [`Self::time`] counts. A crawl that has nothing more to visit, and does not end, begins anew after a minute.
    pub stall: Duration,
    /// Time between two questions to ZAP how far it is.
    pub poll: Duration,
    /// Time that ZAP may be out of reach in the middle of a scan.
    pub outage: Duration,
}

impl Default for ZapLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60 * 60),
            max_children: None,
            requests_per_second: None,
            threads: None,
            stall: Duration::from_secs(10 * 60),
            poll: Duration::from_secs(1),
            outage: Duration::from_secs(15),
        }
    }
}

impl ZapLimits {
    /// What is wrong with them, if anything is.
    pub(super) fn check(&self) -> Result<(), ValueError> {
        let times =
            [("time", self.time), ("stall", self.stall), ("poll", self.poll), ("outage", self.outage)];
        if let Some((name, _)) = times.into_iter().find(|(_, time)| time.is_zero()) {
            return Err(ValueError::new(format!("{name}: 0"), "a length of time above 0"));
        }
        let counts = [
            ("max_children", self.max_children),
            ("requests_per_second", self.requests_per_second),
            ("threads", self.threads),
        ];
        match counts.into_iter().find(|(_, count)| *count == Some(0)) {
            Some((name, _)) => Err(ValueError::new(format!("{name}: 0"), "a number above 0")),
            None => Ok(()),
        }
    }

    /// What of them changes what can be found.
    pub(super) fn facts(&self) -> String {
        format!("{:?} {:?}", self.time, self.max_children)
    }
}
