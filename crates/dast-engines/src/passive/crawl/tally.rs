//! What a crawl has come to so far, and what may be said of it in the end.

use std::time::Duration;

use dast_core::{Collected, Progress, Redactor};
use dast_policy::{Authentication, Cause, Completion, Coverage, Engine, Exposure, Finding};
use url::Url;

use super::failure::{Failure, Kind};
use super::frontier::Place;
use super::look::{Greeting, Shown, Sight};
use super::seeds;
use crate::passive::{Listing, infos};

/// Findings that are kept. A target with more is not looked at any further, and the scan is not complete.
const MOST_FINDINGS: usize = 50_000;

/// Characters of the words that say what is missing. Servers choose some of them.
const MOST_WORDS: usize = 500;

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
    /// Places that were visited, whatever came of it.
    visited: u64,
    /// The first place that answered.
    greeted: Option<First>,
    /// The first place that showed a page.
    page: Option<First>,
    /// How that place answered in the end, or why it did not.
    parted: Option<Result<Greeting, String>>,
    /// Places that failed, those left out that are only asked for on the off chance.
    broken: u64,
    /// The first place that failed, and why.
    first_failure: Option<(Url, String)>,
    /// Why a visit after the first answer met nobody.
    nobody: Option<String>,
    engine_failure: Option<String>,
}

/// The first place of its kind.
struct First {
    url: Url,
    greeting: Greeting,
    shown: Shown,
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
            visited: 0,
            greeted: None,
            page: None,
            parted: None,
            broken: 0,
            first_failure: None,
            nobody: None,
            engine_failure: None,
        }
    }

    /// Whether anybody answered so far.
    pub(super) fn was_answered(&self) -> bool {
        self.greeted.is_some()
    }

    pub(super) fn progress(&self, queued: u64) -> Progress {
        Progress {
            pages: self.coverage.pages,
            queued,
            failed: self.coverage.failed,
            findings: u64::try_from(self.findings.len()).unwrap_or(u64::MAX),
            stage: "",
            percent: None,
        }
    }

    /// Adds an answer, and tells whether it was one too many.
    pub(super) fn answered(&mut self, place: &Place, sight: Sight, most_bytes: u64) -> Option<End> {
        let Sight { greeting, shown, bytes, places: _, skipped, findings } = sight;
        self.visited = self.visited.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.coverage.skipped = self.coverage.skipped.saturating_add(skipped);
        let first = || First { url: place.url.clone(), greeting: greeting.clone(), shown: shown.clone() };
        self.greeted.get_or_insert_with(first);
        match &shown {
            Shown::Page { is_whole } => {
                self.page.get_or_insert_with(first);
                self.coverage.pages = self.coverage.pages.saturating_add(1);
                self.coverage.skipped = self.coverage.skipped.saturating_add(u64::from(!is_whole));
                let visited = place.url.host_str().map(|host| Exposure::new(host, place.url.path()));
                for (exposure, is_seen) in &mut self.exposures {
                    *is_seen |= visited.as_ref().is_some_and(|visited| exposure.holds(visited));
                }
            }
            Shown::Nothing => {}
            Shown::Broken(words) => self.failed_at(&place.url, words),
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
        self.visited = self.visited.saturating_add(1);
        self.failed_at(&place.url, &words);
        match kind {
            Kind::Nobody if !self.was_answered() => return Some(End::Nobody),
            Kind::Nobody => _ = self.nobody.get_or_insert(words),
            Kind::Engine => _ = self.engine_failure.get_or_insert(words),
            Kind::Place => {}
        }
        None
    }

    fn failed_at(&mut self, url: &Url, words: &str) {
        self.coverage.failed = self.coverage.failed.saturating_add(1);
        // Nobody promised what is only asked for on the off chance.
        let promised = u64::from(!seeds::is_well_known(url));
        self.broken = self.broken.saturating_add(promised);
        self.first_failure.get_or_insert_with(|| (url.clone(), words.to_owned()));
    }

    /// Where it is to be seen in the end whether anybody is still there, and whether a login held.
    pub(super) fn greeted_at(&self) -> Option<Url> {
        self.page.as_ref().map(|page| page.url.clone())
    }

    /// Takes down how that place answered in the end, if it did.
    pub(super) fn part(&mut self, last: Result<Sight, Failure>) {
        let last = match last {
            Ok(Sight { shown: Shown::Broken(words), .. }) => Err(words),
            Ok(sight) => Ok(sight.greeting),
            Err(Failure { kind, words }) => {
                if kind == Kind::Engine {
                    self.engine_failure.get_or_insert_with(|| words.clone());
                }
                Err(words)
            }
        };
        self.parted = Some(last);
    }

    /// What is to be said of the crawl. `skipped` counts the places that it did not come to.
    pub(super) fn conclude(self, end: End, skipped: u64, engine: Engine, redactor: &Redactor) -> Collected {
        let (authentication, lost) = self.authentication();
        let completion = match self.incomplete(&end, lost) {
            Some((cause, detail)) => {
                // Shortened last: a part of a secret is not known as one.
                let detail = redactor.text(&detail).chars().take(MOST_WORDS).collect();
                Completion::Incomplete { cause, detail }
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
        match end {
            End::Cancelled => Some((Cause::Interrupted, String::new())),
            End::OutOfTime(time) => {
                Some((Cause::DeadlineExceeded, format!("the crawl took longer than {time:?}")))
            }
            End::TooMuch => Some((Cause::EngineError, format!("more than {MOST_FINDINGS} findings"))),
            End::Done | End::Nobody => {
                let engine = self.engine_failure.clone().map(|words| (Cause::EngineError, words));
                let lost = || lost.map(|words| (Cause::AuthenticationFailed, words));
                engine.or_else(|| self.unseen()).or_else(|| self.unreachable()).or_else(lost)
            }
        }
    }

    /// Why no page was seen, if none was.
    fn unseen(&self) -> Option<(Cause, String)> {
        match (&self.greeted, &self.page) {
            (_, Some(_)) => None,
            (Some(first), None) => Some((Cause::NothingCrawled, first.words())),
            (None, None) => {
                let words = self.first_failure.as_ref().map(|(_, words)| words.clone());
                Some((Cause::Unreachable, words.unwrap_or_default()))
            }
        }
    }

    /// Why what was seen is not enough: whoever was gone in between or in the end may have been gone for long.
    fn unreachable(&self) -> Option<(Cause, String)> {
        let Coverage { pages, failed, .. } = self.coverage;
        let mostly = self.first_failure.as_ref().filter(|_| self.broken > pages).map(|(url, words)| {
            let (visited, path) = (self.visited, url.path());
            format!("{failed} of {visited} places gave no usable answer; the first: `{path}`: {words}")
        });
        let gone = |words: &String| format!("it stopped answering: {words}");
        let parted = self.parted.as_ref().and_then(|last| last.as_ref().err());
        let words = self.nobody.as_ref().map(gone).or(mostly).or(parted.map(gone))?;
        Some((Cause::Unreachable, words))
    }

    /// Whether it was logged in, as far as can be told, and what speaks against it.
    fn authentication(&self) -> (Authentication, Option<String>) {
        let Some(first) = self.greeted.as_ref().filter(|_| self.authenticates) else {
            return (Authentication::NotUsed, None);
        };
        if matches!(first.greeting.status, 401 | 403) || first.greeting.leads_away {
            return (Authentication::Lost, Some(first.words()));
        }
        match (&self.page, &self.parted) {
            (Some(page), Some(Ok(last))) if *last != page.greeting => {
                let (path, first) = (page.url.path(), page.greeting.status);
                let last = last.status;
                let words =
                    format!("`{path}` answered {first} at first and {last} in the end, or led elsewhere");
                (Authentication::Lost, Some(words))
            }
            (_, Some(Err(_))) => (Authentication::Lost, None),
            _ => (Authentication::Held, None),
        }
    }
}

impl First {
    /// What came instead of a page.
    fn words(&self) -> String {
        let path = self.url.path();
        let Greeting { status, onward, leads_away } = &self.greeting;
        match (&self.shown, onward) {
            (Shown::Broken(words), _) if *status < 400 => format!("`{path}`: {words}"),
            (_, Some(onward)) if *leads_away => {
                format!("`{path}` leads to `{}`, another origin: scan that instead", onward)
            }
            (_, Some(onward)) => format!("`{path}` leads to `{}`", onward),
            // The files for robots are no pages either.
            _ if *status < 300 && seeds::is_well_known(&self.url) => format!("`{path}` is no page"),
            _ if *status < 300 => format!("`{path}` answered with nothing"),
            _ => format!("`{path}` answered {status}"),
        }
    }
}
