//! What a crawl has come to so far, and what may be said of it in the end.

use std::time::Duration;

use dast_core::{Collected, Progress, Redactor};
use dast_policy::{Authentication, Cause, Completion, Coverage, Engine, Exposure, Finding};
use url::Url;

use super::failure::{Failure, Kind};
use super::frontier::Place;
use super::look::{Greeting, Sight};
use crate::passive::{Listing, infos};

/// Findings that are kept. A target with more is not looked at any further, and the scan is not complete.
const MOST_FINDINGS: usize = 50_000;

/// How a crawl ended.
pub(super) enum End {
    /// Nothing was left to visit, or a limit of pages or bytes was reached.
    Done,
    /// Somebody stopped it.
    Cancelled,
    /// It took all its time.
    OutOfTime(Duration),
    /// Nobody is there.
    Nobody,
    /// More was found than can be kept.
    TooMuch,
}

/// What a crawl has come to so far.
pub(super) struct Tally {
    coverage: Coverage,
    bytes: u64,
    findings: Vec<Finding>,
    listing: Listing,
    /// What was asked for, and whether it was seen.
    exposures: Vec<(Exposure, bool)>,
    authenticates: bool,
    /// The first place that answered, and how it did at first and at last.
    greeted: Option<(Url, Greeting)>,
    parted: Option<Option<Greeting>>,
    first_failure: Option<String>,
    /// Why the latest visit met nobody, if it did.
    nobody: Option<String>,
    engine_failure: Option<String>,
}

impl Tally {
    pub(super) fn new(exposures: Vec<Exposure>, authenticates: bool) -> Self {
        Self {
            coverage: Coverage::default(),
            bytes: 0,
            findings: Vec::new(),
            listing: Listing::default(),
            exposures: exposures.into_iter().map(|exposure| (exposure, false)).collect(),
            authenticates,
            greeted: None,
            parted: None,
            first_failure: None,
            nobody: None,
            engine_failure: None,
        }
    }

    pub(super) fn has_pages(&self) -> bool {
        self.coverage.pages > 0
    }

    pub(super) fn progress(&self, queued: u64) -> Progress {
        Progress {
            pages: self.coverage.pages,
            queued,
            failed: self.coverage.failed,
            findings: u64::try_from(self.findings.len()).unwrap_or(u64::MAX),
            percent: None,
        }
    }

    /// Adds an answer, and tells whether it was one too many.
    pub(super) fn answered(&mut self, place: &Place, sight: Sight, most_bytes: u64) -> Option<End> {
        let Sight { greeting, is_success, bytes, is_whole, places: _, skipped, findings } = sight;
        self.coverage.pages = self.coverage.pages.saturating_add(1);
        self.coverage.skipped = self.coverage.skipped.saturating_add(skipped + u64::from(!is_whole));
        self.bytes = self.bytes.saturating_add(bytes);
        self.nobody = None;
        if self.greeted.is_none() {
            self.greeted = Some((place.url.clone(), greeting));
        }
        if is_success && let Some(host) = place.url.host_str() {
            let visited = Exposure::new(host, place.url.path());
            self.exposures.iter_mut().for_each(|(exposure, is_seen)| *is_seen |= exposure.holds(&visited));
        }
        for finding in findings {
            if self.listing.admit(&finding) {
                self.findings.push(finding);
            }
            if self.findings.len() > MOST_FINDINGS {
                self.findings.truncate(MOST_FINDINGS);
                return Some(End::TooMuch);
            }
        }
        (self.bytes >= most_bytes).then_some(End::Done)
    }

    /// Adds a visit without an answer, and tells whether there is no use in others.
    pub(super) fn failed(&mut self, place: &Place, failure: Failure) -> Option<End> {
        let Failure { kind, words } = failure;
        tracing::debug!(depth = place.depth, words, "no answer");
        self.coverage.failed = self.coverage.failed.saturating_add(1);
        self.nobody = (kind == Kind::Nobody).then(|| words.clone());
        if kind == Kind::Engine {
            self.engine_failure.get_or_insert_with(|| words.clone());
        }
        self.first_failure.get_or_insert(words);
        (kind == Kind::Nobody && !self.has_pages()).then_some(End::Nobody)
    }

    /// Where it is to be seen in the end whether a login held.
    pub(super) fn greeted_at(&self) -> Option<Url> {
        self.greeted.as_ref().filter(|_| self.authenticates).map(|(url, _)| url.clone())
    }

    /// Takes down how that place answered in the end, if it did.
    pub(super) fn part(&mut self, greeting: Option<Greeting>) {
        self.parted = Some(greeting);
    }

    /// What is to be said of the crawl. `skipped` counts the places that it did not come to.
    pub(super) fn conclude(self, end: End, skipped: u64, engine: Engine, redactor: &Redactor) -> Collected {
        let (authentication, lost) = self.authentication();
        let completion = match self.incomplete(&end, lost) {
            Some((cause, detail)) => {
                Completion::Incomplete { cause, detail: redactor.text(&detail).into_owned() }
            }
            None => Completion::Complete,
        };
        let coverage = Coverage { skipped: self.coverage.skipped.saturating_add(skipped), ..self.coverage };
        Collected {
            engine,
            completion,
            coverage,
            authentication,
            covered: self
                .exposures
                .into_iter()
                .filter_map(|(exposure, is_seen)| is_seen.then_some(exposure))
                .collect(),
            findings: self.findings,
            rules: infos(),
        }
    }

    /// What is missing, the reason that outweighs all others first.
    fn incomplete(&self, end: &End, lost: Option<String>) -> Option<(Cause, String)> {
        let unanswered = || self.first_failure.clone().unwrap_or_default();
        match end {
            End::Cancelled => Some((Cause::Interrupted, String::new())),
            End::OutOfTime(time) => {
                Some((Cause::DeadlineExceeded, format!("the crawl took longer than {time:?}")))
            }
            End::TooMuch => Some((Cause::EngineError, format!("more than {MOST_FINDINGS} findings"))),
            End::Done | End::Nobody => {
                let engine = self.engine_failure.clone().map(|words| (Cause::EngineError, words));
                let nobody = (!self.has_pages()).then(|| (Cause::Unreachable, unanswered()));
                // Whoever was gone when the last place was asked for may have been gone for long.
                let gone = self.nobody.as_ref().map(|words| format!("it stopped answering: {words}"));
                let gone = gone.map(|words| (Cause::Unreachable, words));
                engine.or(nobody).or(gone).or(lost.map(|words| (Cause::AuthenticationFailed, words)))
            }
        }
    }

    /// Whether it was logged in, as far as can be told, and what speaks against it.
    fn authentication(&self) -> (Authentication, Option<String>) {
        let Some((url, first)) = self.greeted.as_ref().filter(|_| self.authenticates) else {
            return (Authentication::NotUsed, None);
        };
        let path = url.path();
        if matches!(first.status, 401 | 403) {
            return (Authentication::Lost, Some(format!("`{path}` answered {}", first.status)));
        }
        match &self.parted {
            Some(last) if last.as_ref() != Some(first) => {
                let last = last.as_ref().map_or("nothing".to_owned(), |last| last.status.to_string());
                let words = format!(
                    "`{path}` answered {} at first and {last} in the end, or led elsewhere",
                    first.status
                );
                (Authentication::Lost, Some(words))
            }
            _ => (Authentication::Held, None),
        }
    }
}
