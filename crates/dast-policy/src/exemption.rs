//! Findings that somebody has looked at and accepted, for a while.

use std::collections::HashMap;

use jiff::Timestamp;
use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::error::ValueError;
use crate::fingerprint::Fingerprint;
use crate::found::Listed;
use crate::names::Names;
use crate::pattern::PathPattern;
use crate::rule::{AlertRef, RuleId};

/// The largest compiled form of all globs of one rule together, in bytes: some thousand usual ones.
const GLOBS_LIMIT: usize = 4 * 1024 * 1024;

/// The same of all regular expressions. They can be made to cost the most time for their size.
const REGEXES_LIMIT: usize = 128 * 1024;

/// A finding that is accepted: which rule, where, why, by whom and until when. From `expires` on it is gone.
///
/// ```
/// use dast_policy::{Exemption, Location, PathPattern};
///
/// let everywhere = Location::Path(PathPattern::glob("/**")?);
/// let refused = Exemption::new("10038".parse()?, everywhere, "legacy", "team-shop", "2027-01-01T00:00:00Z".parse()?);
/// assert!(refused.is_err(), "an exemption must name a place");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    rule: RuleId,
    location: Location,
    method: Option<String>,
    param: Option<String>,
    reason: String,
    owner: String,
    expires: Timestamp,
}

/// Where an exemption applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// At the paths that a pattern matches, at every origin that the policy is for.
    Path(PathPattern),
    /// At the one instance with this fingerprint, as reports show it.
    Fingerprint(Fingerprint),
}

impl Exemption {
    /// Accepts findings of `rule` at `location`.
    ///
    /// # Errors
    /// When the location matches everything, or reason or owner are blank.
    pub fn new(
        rule: RuleId,
        location: Location,
        reason: &str,
        owner: &str,
        expires: Timestamp,
    ) -> Result<Self, ValueError> {
        if let Location::Path(pattern) = &location {
            check_place(pattern)?;
        }
        for (text, accepted) in
            [(reason, "a reason in words"), (owner, "the person or team that answers for it")]
        {
            if text.trim().is_empty() {
                return Err(ValueError::new(text, accepted));
            }
        }
        let (reason, owner) = (reason.to_owned(), owner.to_owned());
        Ok(Self { rule, location, method: None, param: None, reason, owner, expires })
    }

    /// Accepts only what was found with this request method.
    #[must_use]
    pub fn with_method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Accepts only what was found in this parameter, header or cookie.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The rule (`10038`) or variant (`10038-1`).
    pub fn rule(&self) -> &RuleId {
        &self.rule
    }

    /// Where it applies.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The request method it is limited to.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// The parameter, header or cookie it is limited to.
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    /// Why it was granted.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who answers for it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// When it is gone.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Whether it is gone at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    fn narrows_to(&self, finding: &Listed<'_>) -> bool {
        let spelled = match &self.location {
            Location::Path(pattern) => !is_ambiguous(finding.path()) || pattern.spells(finding.path()),
            Location::Fingerprint(_) => true,
        };
        spelled
            && self.method.as_deref().is_none_or(|method| method == finding.method())
            && self.param.as_deref().is_none_or(|param| param == finding.param())
    }
}

/// Whether servers may take a path for another one: by an encoded separator, a parameter, or a second decoding. Such a
/// path lies where a pattern says only if the pattern has no wildcard for it.
fn is_ambiguous(path: &str) -> bool {
    ["%2F", "%5C", "%25", "%00", ";", "\\"].iter().any(|part| path.contains(part))
}

/// Refuses a pattern that names no place.
pub(crate) fn check_place(pattern: &PathPattern) -> Result<(), ValueError> {
    if pattern.names_no_place() {
        let accepted = "a pattern that names a place: this one also matches paths that have nothing in common. \
                        To accept a rule everywhere, give it a level in `rules`";
        return Err(ValueError::new(pattern.to_string(), accepted));
    }
    Ok(())
}

/// Finds the exemption of a finding without trying those of other rules one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exemptions {
    by_rule: HashMap<RuleId, Group>,
    rules: Names,
}

#[derive(Debug, Clone, Default)]
struct Group {
    globs: Patterns,
    regexes: Patterns,
    by_fingerprint: HashMap<Fingerprint, Vec<Exemption>>,
}

/// Exemptions whose patterns are matched all at once.
#[derive(Debug, Clone, Default)]
struct Patterns {
    exemptions: Vec<Exemption>,
    set: RegexSet,
}

impl Patterns {
    fn compile(&mut self, limit: usize) -> Result<(), ValueError> {
        let patterns = self.exemptions.iter().filter_map(|exemption| match &exemption.location {
            Location::Path(pattern) => Some(pattern.anchored()),
            Location::Fingerprint(_) => None,
        });
        let set = RegexSetBuilder::new(patterns).unicode(false).size_limit(limit).build();
        self.set =
            set.map_err(|_| ValueError::new("exemptions", "fewer or simpler patterns for one rule"))?;
        Ok(())
    }

    fn of<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Exemption> {
        // Most match nothing, and to say so costs less than to say which.
        let is_any = !self.exemptions.is_empty() && self.set.is_match(path.as_bytes());
        is_any
            .then(|| self.set.matches(path.as_bytes()))
            .into_iter()
            .flatten()
            .filter_map(|index| self.exemptions.get(index))
    }
}

impl Exemptions {
    /// An index over `all`.
    ///
    /// # Errors
    /// When the patterns together are too large to be compiled.
    pub(crate) fn new(all: &[Exemption]) -> Result<Self, ValueError> {
        let mut by_rule: HashMap<RuleId, Group> = HashMap::new();
        for exemption in all {
            let group = by_rule.entry(exemption.rule.clone()).or_default();
            match exemption.location {
                Location::Path(ref pattern) if pattern.as_regex().is_some() => {
                    group.regexes.exemptions.push(exemption.clone());
                }
                Location::Path(_) => group.globs.exemptions.push(exemption.clone()),
                Location::Fingerprint(fingerprint) => {
                    group.by_fingerprint.entry(fingerprint).or_default().push(exemption.clone());
                }
            }
        }
        for group in by_rule.values_mut() {
            group.globs.compile(GLOBS_LIMIT)?;
            group.regexes.compile(REGEXES_LIMIT)?;
        }
        Ok(Self { rules: Names::of_rules(by_rule.keys()), by_rule })
    }

    /// The rules that there are exemptions of.
    pub(crate) fn rules(&self) -> &Names {
        &self.rules
    }

    fn groups(&self, alert: &str) -> impl Iterator<Item = &Group> {
        AlertRef::names_of(alert).filter_map(|name| self.by_rule.get(name))
    }

    /// An exemption of `finding` that is in force at `now`.
    pub(crate) fn of(&self, finding: &Listed<'_>, now: Timestamp) -> Option<&Exemption> {
        self.groups(finding.alert()).find_map(|group| {
            let in_force =
                |exemption: &&Exemption| !exemption.has_expired(now) && exemption.narrows_to(finding);
            let mut by_pattern = group.globs.of(finding.path()).chain(group.regexes.of(finding.path()));
            by_pattern.find(in_force).or_else(|| {
                // Hashing costs more than looking, so only where a fingerprint is named at all.
                let named = (!group.by_fingerprint.is_empty()).then(|| finding.finding()).flatten();
                let same = named.and_then(|finding| group.by_fingerprint.get(&finding.fingerprint()));
                same.into_iter().flatten().find(in_force)
            })
        })
    }
}
