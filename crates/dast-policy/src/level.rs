//! Rules that are judged by a level of their own instead of by the thresholds.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ValueError;
use crate::found::Listed;
use crate::names::Names;
use crate::pattern::PathPattern;
use crate::rule::{AlertRef, RuleId};

/// What becomes of a verdict when a rule is found. The words are those of ZAP's packaged scans
/// (<https://www.zaproxy.org/docs/docker/baseline-scan/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing; it is not even shown.
    Ignore,
    /// Nothing; it is shown.
    Info,
    /// A warning.
    Warn,
    /// A failure.
    Fail,
}

impl Level {
    /// Every level, from the mildest to the strictest.
    pub const ALL: [Self; 4] = [Self::Ignore, Self::Info, Self::Warn, Self::Fail];

    /// The word, such as `WARN`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "IGNORE",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

impl FromStr for Level {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| ValueError::new(text, "IGNORE, INFO, WARN or FAIL"))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A level for a rule, or for one variant of it, everywhere or where a pattern says. It takes the place of the
/// thresholds for what it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLevel {
    /// The rule (`10038`) or variant (`10038-1`).
    pub rule: RuleId,
    /// What becomes of the verdict.
    pub level: Level,
    /// Where; everywhere if absent.
    pub path: Option<PathPattern>,
}

/// Finds the level of a finding without looking at the levels of other rules.
///
/// The variant's own levels come before the rule's; among those of one name, one with a pattern that matches comes
/// before one without, and of several that match the strictest counts, so that order does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels {
    by_rule: HashMap<RuleId, Entry>,
    rules: Names,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    somewhere: Vec<(PathPattern, Level)>,
    everywhere: Option<Level>,
}

/// What may become of instances of which only the number is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Possible {
    /// The strictest level that may apply.
    pub(crate) level: Option<Level>,
    /// Whether it may be that no level applies, so that they count against thresholds.
    pub(crate) counted: bool,
}

impl Levels {
    pub(crate) fn new(rules: &[RuleLevel]) -> Self {
        let mut by_rule: HashMap<RuleId, Entry> = HashMap::new();
        for rule in rules {
            let entry = by_rule.entry(rule.rule.clone()).or_default();
            match &rule.path {
                Some(path) => entry.somewhere.push((path.clone(), rule.level)),
                None => entry.everywhere = entry.everywhere.max(Some(rule.level)),
            }
        }
        Self { rules: Names::of_rules(by_rule.keys()), by_rule }
    }

    /// The rules that there are levels for.
    pub(crate) fn rules(&self) -> &Names {
        &self.rules
    }

    /// The level of a listed finding, and the rule that gives it.
    pub(crate) fn of(&self, finding: &Listed<'_>) -> Option<Level> {
        self.entries(finding.alert()).find_map(|entry| {
            let matching = entry.somewhere.iter().filter(|(path, _)| path.matches(finding.path()));
            matching.map(|(_, level)| *level).max().or(entry.everywhere)
        })
    }

    /// What may become of instances of `alert` that are not listed; of any rule's if `alert` is not known either.
    pub(crate) fn possible(&self, alert: Option<&AlertRef>) -> Possible {
        let mut possible = Possible { level: None, counted: true };
        let Some(alert) = alert else {
            let all = self.by_rule.values();
            let levels =
                all.flat_map(|entry| entry.somewhere.iter().map(|(_, level)| *level).chain(entry.everywhere));
            possible.level = levels.max();
            return possible;
        };
        for entry in self.entries(alert.as_str()) {
            possible.level = possible.level.max(entry.somewhere.iter().map(|(_, level)| *level).max());
            if entry.everywhere.is_some() {
                possible.level = possible.level.max(entry.everywhere);
                possible.counted = false;
                break;
            }
        }
        possible
    }

    fn entries(&self, alert: &str) -> impl Iterator<Item = &Entry> {
        AlertRef::names_of(alert).filter_map(|name| self.by_rule.get(name))
    }
}
