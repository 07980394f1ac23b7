//! Findings as a scan of a large, careless application gives them, and policies to hold them against. The same ones in
//! every run.

use anyhow::Result;
use dast_policy::{
    AlertRef, Authentication, Completion, Confidence, Coverage, Engine, Exemption, Finding, Level, Limits,
    Location, PathPattern, PolicyDocument, Profile, RuleLevel, Scan, Severity, Subject, Threshold,
    Thresholds,
};

/// How many different alerts there are: about as many as ZAP's rules find in one large application.
pub(crate) const RULES: u64 = 60;

/// One kind of finding. A rule has one severity and one confidence, as nearly all of ZAP's do.
#[derive(Debug, Clone)]
struct Rule {
    alert: AlertRef,
    severity: Severity,
    confidence: Confidence,
}

/// An endless stream of findings.
#[derive(Debug, Clone)]
pub(crate) struct Findings {
    rules: Vec<Rule>,
    /// The rule that three of four findings are of, if there is one.
    dominant: Option<Rule>,
    random: fastrand::Rng,
}

impl Findings {
    /// Findings of all rules. A few rules have most of them, and the mild have more than the bad.
    pub(crate) fn new() -> Result<Self> {
        let rule = |number: u64| {
            let severity = match number % 10 {
                0 => Severity::High,
                1..3 => Severity::Medium,
                3..7 => Severity::Low,
                _ => Severity::Informational,
            };
            let confidence = match number % 7 {
                0 => Confidence::High,
                1 => Confidence::Low,
                2 if number > 30 => Confidence::FalsePositive,
                _ => Confidence::Medium,
            };
            // Every third rule has variants.
            let plugin = (10_000 + number).to_string();
            let alert =
                if number.is_multiple_of(3) { AlertRef::variant(&plugin, 1) } else { AlertRef::of(&plugin) };
            Ok(Rule { alert: alert?, severity, confidence })
        };
        let rules = (0..RULES).map(rule).collect::<Result<_>>()?;
        Ok(Self { rules, dominant: None, random: fastrand::Rng::with_seed(7) })
    }

    /// The same, but three of four are of one bad rule, so that it has all places in bounded evidence.
    pub(crate) fn mostly_of_one_rule() -> Result<Self> {
        let alert = dominant_rule()?;
        let dominant = Some(Rule { alert, severity: Severity::High, confidence: Confidence::Confirmed });
        Ok(Self { dominant, ..Self::new()? })
    }
}

impl Iterator for Findings {
    type Item = Result<Finding>;

    fn next(&mut self) -> Option<Self::Item> {
        // The smaller of two draws: the first rules have more findings than the last.
        let draw = self.random.usize(..self.rules.len()).min(self.random.usize(..self.rules.len()));
        let dominant = self.dominant.as_ref().filter(|_| self.random.u8(..4) > 0);
        let rule = dominant.or(self.rules.get(draw))?;
        let (area, page) = (self.random.u32(..400), self.random.u32(..5000));
        let url = format!("https://shop.test/area-{area}/page-{page}?session=none");
        let finding = Finding::new(rule.alert.clone(), rule.severity, rule.confidence, "GET", &url);
        Some(finding.map_err(Into::into).map(|finding| {
            finding
                .named("A header that browsers need is missing")
                .with_param("x-content-type-options")
                .with_evidence("<form method=\"post\" action=\"/area/checkout\">")
                .with_cwe(693)
        }))
    }
}

/// The rule that has most findings of [`Findings::mostly_of_one_rule`].
fn dominant_rule() -> Result<AlertRef> {
    Ok(AlertRef::of("20000")?)
}

/// What a scan says of itself; all that counts here is that it can be relied on.
pub(crate) fn scan() -> Result<Scan> {
    Ok(Scan {
        subject: Subject {
            target: "shop".to_owned(),
            origin: "https://shop.test".parse()?,
            covered: Vec::new(),
        },
        revision: None,
        profile: Profile { name: "full".to_owned(), hash: "1".to_owned() },
        engine: Engine {
            name: "zap".to_owned(),
            version: "2.16.1".to_owned(),
            rule_set: "1".to_owned(),
            passive: false,
        },
        started: "2026-01-01T00:00:00Z".parse()?,
        ended: now()?,
        completion: Completion::Complete,
        coverage: Coverage { pages: 5000, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    })
}

/// When everything is judged.
pub(crate) fn now() -> Result<jiff::Timestamp> {
    Ok("2026-01-01T01:00:00Z".parse()?)
}

/// A policy with limits of both kinds for every severity in both units: `fail` and `warn` times what is usual.
pub(crate) fn thresholds(fail: u32, warn: u32) -> Result<Thresholds> {
    let limit = |usual: u32| Threshold::new(Some(usual * fail), Some(usual * warn)).map(Some);
    let limits = |high: u32, medium: u32, low: u32, informational: u32| -> Result<Limits> {
        Ok(Limits {
            high: limit(high)?,
            medium: limit(medium)?,
            low: limit(low)?,
            informational: limit(informational)?,
        })
    };
    Ok(Thresholds { alerts: limits(1, 2, 4, 4)?, instances: limits(100, 200, 400, 400)? })
}

/// Levels for the first `count` rules, every other one for some places only.
pub(crate) fn levels(count: u64) -> Result<Vec<RuleLevel>> {
    let level = |number: u64| -> Result<RuleLevel> {
        let level = Level::ALL.into_iter().cycle().nth(usize::try_from(number)?).unwrap_or(Level::Warn);
        let glob = format!("/area-{number}*/**");
        let path = if number.is_multiple_of(2) { Some(PathPattern::glob(&glob)?) } else { None };
        Ok(RuleLevel { rule: (10_000 + number).to_string().parse()?, level, path })
    };
    (0..count).map(level).collect()
}

/// One exemption for each of `count` rules, of which the first are the ones that are found.
pub(crate) fn exemptions_of_many_rules(count: u64) -> Result<Vec<Exemption>> {
    (0..count).map(|number| exemption(&(10_000 + number).to_string(), number)).collect()
}

/// `count` exemptions of the first few rules.
pub(crate) fn exemptions_of_few_rules(count: u64) -> Result<Vec<Exemption>> {
    (0..count).map(|number| exemption(&(10_000 + number % 5).to_string(), number)).collect()
}

/// `count` exemptions of the rule that nearly all findings have, each for a place of its own.
pub(crate) fn exemptions_of_the_dominant_rule(count: u64) -> Result<Vec<Exemption>> {
    let rule = dominant_rule()?;
    (0..count).map(|number| exemption(rule.as_str(), number)).collect()
}

fn exemption(rule: &str, number: u64) -> Result<Exemption> {
    let place = Location::Path(PathPattern::glob(&format!("/area-{number}/page-1*"))?);
    let expires = "2027-01-01T00:00:00Z".parse()?;
    Ok(Exemption::new(rule.parse()?, place, "the legacy area is rewritten", "team-shop", expires)?)
}

/// A policy of `thresholds`, `levels` and `exemptions`.
pub(crate) fn document(
    thresholds: Thresholds,
    levels: Vec<RuleLevel>,
    exemptions: Vec<Exemption>,
) -> PolicyDocument {
    let mut document = PolicyDocument::new(thresholds);
    document.rules = levels;
    document.exemptions = exemptions;
    document
}
