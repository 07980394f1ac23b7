//! What a report tells of one site.

use std::collections::HashSet;
use std::sync::Arc;

use dast_policy::{
    AlertRef, Cause, Collector, Completion, Coverage, Engine, Finding, Origin, Profile, Report, RuleInfo,
    Scan, Subject, ValueError,
};
use jiff::Timestamp;

use super::error::{FieldError, ReportError};
use super::time;
use super::unlisted::Unlisted;
use super::vouch::Vouch;

/// The places that are told of those that are wrong, at most.
const MOST_PROBLEMS: usize = 20;

/// What a report tells of one site.
#[derive(Debug, Clone)]
pub struct Site {
    pub(super) head: Arc<Head>,
    pub(super) origin: Origin,
    pub(super) findings: Vec<Finding>,
    pub(super) rules: Vec<RuleInfo>,
    /// The references of the rules, to look them up.
    explained: HashSet<AlertRef>,
    pub(super) unlisted: Unlisted,
    pub(super) systemic: u64,
    pub(super) astray: u64,
    pub(super) problems: Vec<FieldError>,
}

/// What a report says of all its sites.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) version: String,
    pub(super) generated: Option<Timestamp>,
    /// Which field says when, and what it says.
    pub(super) generated_as: (&'static str, String),
    pub(super) stopped: bool,
    pub(super) plan_errors: usize,
    /// SHA-256 of the report.
    pub(super) hash: String,
}

impl Site {
    pub(super) fn new(head: Arc<Head>, origin: Origin) -> Self {
        Self {
            head,
            origin,
            findings: Vec::new(),
            rules: Vec::new(),
            explained: HashSet::new(),
            unlisted: Unlisted::default(),
            systemic: 0,
            astray: 0,
            problems: Vec::new(),
        }
    }

    /// Where it is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The listed instances of all alerts, in the order of the report; also those of another origin than the site's.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the alerts mean, as plain text.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// How many instances the report counts, but does not list with a URL of the web. They are in the evidence.
    pub fn unlisted(&self) -> u64 {
        self.unlisted.total()
    }

    /// How many alerts ZAP calls systemic: there are more instances than it lists, and it does not say how many.
    pub fn systemic(&self) -> u64 {
        self.systemic
    }

    /// How many instances are not at this site. ZAP lists under `http://shop.test` also what begins with it, such as
    /// `http://shop.test:8080`.
    pub fn astray(&self) -> u64 {
        self.astray
    }

    /// The first of the instances that are not at this site, and where they stand.
    pub fn problems(&self) -> &[FieldError] {
        &self.problems
    }

    /// How many different URLs of this site are listed.
    pub fn pages(&self) -> u64 {
        let here = self.findings.iter().filter(|finding| *finding.origin() == self.origin);
        let urls: HashSet<&str> = here.map(Finding::url).collect();
        urls.len() as u64
    }

    /// The site's findings as a report with evidence, which is no more complete than `vouch` says.
    ///
    /// Whatever is vouched for, the evidence is incomplete where the report itself says that the scan failed, where
    /// it lists instances that are not at this site, and where no page was seen.
    ///
    /// # Errors
    /// When neither the report nor `vouch` says when the scan ended.
    pub fn report(&self, vouch: &Vouch) -> Result<Report, ReportError> {
        let head = &self.head;
        let ended = vouch.ended.or(head.generated).ok_or_else(|| {
            let (field, text) = &head.generated_as;
            FieldError::new(*field, ValueError::new(text, time::ACCEPTED))
        })?;
        let scan = Scan {
            subject: Subject {
                target: self.origin.to_string(),
                origin: self.origin.clone(),
                covered: Vec::new(),
            },
            revision: None,
            profile: Profile { name: "import".to_owned(), hash: head.hash.clone() },
            engine: Engine {
                name: "zap".to_owned(),
                version: head.version.clone(),
                rule_set: "imported: a report does not name the rules that found nothing".to_owned(),
                passive: self.findings.iter().all(|finding| finding.attack().is_empty()),
            },
            started: ended,
            ended,
            completion: self.completion(vouch),
            coverage: Coverage { pages: vouch.pages.unwrap_or_else(|| self.pages()), failed: 0, skipped: 0 },
            authentication: vouch.authentication,
        };
        let mut collector = Collector::new();
        self.findings.iter().for_each(|finding| collector.add(finding));
        let evidence = self.unlisted.count_into(&collector.finish(scan))?;
        Ok(Report { evidence, findings: self.findings.clone(), rules: self.rules.clone() })
    }

    /// How complete a scan is of which this was reported and `vouch` is known.
    fn completion(&self, vouch: &Vouch) -> Completion {
        let mut causes = Vec::new();
        let mut note = |cause, detail: String| causes.push((cause, detail));
        if self.head.stopped {
            note(Cause::Interrupted, "the report says that ZAP stopped the scan".to_owned());
        }
        if self.head.plan_errors > 0 {
            note(Cause::EngineError, format!("errors of the automation plan: {}", self.head.plan_errors));
        }
        if self.astray > 0 {
            note(Cause::EngineError, format!("instances that are not at this site: {}", self.astray));
        }
        if !vouch.complete {
            let cause = if self.pages() == 0 { Cause::NothingCrawled } else { Cause::Interrupted };
            note(cause, "a report does not say that its scan came to its end; vouch for it".to_owned());
        }
        if self.systemic > 0 && !vouch.systemic_as_listed {
            let detail = format!("systemic alerts, listed in part only: {}; vouch for them", self.systemic);
            note(Cause::EngineError, detail);
        }
        let Some((cause, _)) = causes.first() else { return Completion::Complete };
        let details: Vec<&str> = causes.iter().map(|(_, detail)| detail.as_str()).collect();
        Completion::Incomplete { cause: *cause, detail: details.join("; ") }
    }

    /// Takes note of an instance that is not at this site.
    pub(super) fn stray(&mut self, problem: FieldError) {
        self.astray = self.astray.saturating_add(1);
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Takes over what is told of the same origin in another place.
    pub(super) fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.unlisted.absorb(other.unlisted);
        self.systemic = self.systemic.saturating_add(other.systemic);
        self.astray = self.astray.saturating_add(other.astray);
        self.problems.extend(other.problems);
        self.problems.truncate(MOST_PROBLEMS);
        for rule in other.rules {
            self.explain(rule);
        }
    }

    /// Keeps what a rule means, unless that is known.
    pub(super) fn explain(&mut self, rule: RuleInfo) {
        if self.explained.insert(rule.alert_ref.clone()) {
            self.rules.push(rule);
        }
    }
}
