//! What a look at ZAP shows.

use std::fmt;

/// An item of [`Watch::progress`](super::Watch::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// How far it is.
    Progress(Progress),
    /// It is over, and this is the last item.
    Ended(Ended),
}

/// How far it is, printed as `37 %, 120 requests`. What ZAP does not say of this kind of work is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// From 0 to 100: of the spiders and the active scanner. It may fall, since work turns up on the way.
    pub percent: Option<u8>,
    /// Messages that wait for the passive scanner.
    pub queued: Option<u64>,
    /// Requests that the active scanner sent.
    pub requests: Option<u64>,
    /// Addresses that the AJAX spider found.
    pub found: Option<u64>,
    /// Whether somebody paused the crawl of the spider or the active scan.
    pub paused: bool,
    /// What the plan tells.
    pub notes: Vec<String>,
    /// What the plan warns of.
    pub warnings: Vec<String>,
    /// What went wrong in the plan.
    pub errors: Vec<String>,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.percent.map(|percent| format!("{percent} %")),
            self.requests.map(|requests| format!("{requests} requests")),
            self.found.map(|found| format!("{found} addresses")),
            self.queued.map(|queued| format!("{queued} messages to look at")),
            self.paused.then(|| "paused".to_owned()),
        ];
        let known: Vec<String> = parts.into_iter().flatten().collect();
        if known.is_empty() { f.write_str("running") } else { f.write_str(&known.join(", ")) }
    }
}

/// How it ended.
///
/// ```
/// use dast_zap_client::watch::Ended;
///
/// assert_eq!(Ended::Interrupted { percent: 14 }.to_string(), "interrupted at 14 %");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It came to its end.
    Finished,
    /// The plan came to its end, and something went wrong in it, or jobs were left out. Only plans end like this.
    Failed {
        /// What ZAP says about it, and which jobs did not come to their ends.
        errors: Vec<String>,
    },
    /// Somebody stopped it, or it reached a limit of time that it has in ZAP.
    Interrupted {
        /// How far it was.
        percent: u8,
    },
    /// ZAP was started anew, or began a new session, or forgot the scan: what was found may be lost.
    Restarted,
    /// Whoever waited, or the client, was cancelled.
    Cancelled,
    /// It took too long.
    DeadlineExceeded,
    /// Nothing changed for too long.
    Stalled {
        /// How far it was, if ZAP says that.
        percent: Option<u8>,
    },
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("finished"),
            Self::Failed { errors } => write!(f, "finished with errors: `{}`", errors.join("`, `")),
            Self::Interrupted { percent } => write!(f, "interrupted at {percent} %"),
            Self::Restarted => f.write_str("lost, since ZAP began anew"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::DeadlineExceeded => f.write_str("stopped at its deadline"),
            Self::Stalled { percent: Some(percent) } => write!(f, "stalled at {percent} %"),
            Self::Stalled { percent: None } => f.write_str("stalled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_shows_what_is_known() {
        let attack = Progress { percent: Some(37), requests: Some(120), ..Progress::default() };
        assert_eq!(attack.to_string(), "37 %, 120 requests");
        let queue = Progress { queued: Some(4), ..Progress::default() };
        assert_eq!(queue.to_string(), "4 messages to look at");
        let paused = Progress { percent: Some(5), paused: true, ..Progress::default() };
        assert_eq!(paused.to_string(), "5 %, paused");
        assert_eq!(Progress::default().to_string(), "running");
    }
}
