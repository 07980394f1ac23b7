//! From a tree to a document.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Deserializer};

use super::{CoverageMinimum, PolicyDocument};
use crate::confidence::Confidence;
use crate::error::{PolicyError, Problem, ValueError};
use crate::exemption::{Exemption, Location, check_place};
use crate::level::RuleLevel;
use crate::pattern::PathPattern;
use crate::reading::{Fields, Node, Place, Reader};
use crate::severity::Severity;
use crate::threshold::{Limits, Threshold, Thresholds};
use crate::verdict::{Enforcement, UnknownModes, UnknownReason};

const CONFIDENCES: &str = "Confirmed, High, Medium or Low";

/// What limits may say.
const COUNTS: RangeInclusive<i128> = 0..=u32::MAX as i128;

/// Regular expressions of a document, at most. Each costs time whenever something is judged.
const MOST_REGEXES: usize = 100;

/// The longest age of evidence.
const MOST_AGE: SignedDuration = SignedDuration::from_hours(3660 * 24);

/// The fields of a document, in the order in which they are written.
const FIELDS: [&str; 11] = [
    "thresholds",
    "minimumConfidence",
    "rules",
    "exemptions",
    "maxAge",
    "grace",
    "engines",
    "profiles",
    "coverage",
    "authenticationRequired",
    "enforcement",
];

/// Reads a whole document.
///
/// # Errors
/// With everything that is wrong with it.
pub(super) fn document(tree: &Node) -> Result<PolicyDocument, PolicyError> {
    let mut reader = Reader::default();
    let document = reader.map(Place::root(tree), &FIELDS).map(|fields| PolicyDocument {
        thresholds: fields.get("thresholds").map(|place| thresholds(&mut reader, place)).unwrap_or_default(),
        minimum_confidence: fields.get("minimumConfidence").and_then(|place| confidence(&mut reader, place)),
        rules: rules(&mut reader, fields.get("rules")),
        exemptions: exemptions(&mut reader, fields.get("exemptions")),
        max_age: fields.get("maxAge").and_then(|place| reader.parse::<Age>(place)).map(|age| age.0),
        grace: fields.get("grace").and_then(|place| reader.parse::<Age>(place)).map(|age| age.0),
        engines: names(&mut reader, fields.get("engines")),
        profiles: names(&mut reader, fields.get("profiles")),
        coverage: fields.get("coverage").map(|place| coverage(&mut reader, place)).unwrap_or_default(),
        authentication_required: fields
            .get("authenticationRequired")
            .and_then(|place| reader.boolean(place))
            .unwrap_or_default(),
        enforcement: fields
            .get("enforcement")
            .map(|place| enforcement(&mut reader, place))
            .unwrap_or_default(),
    });
    match document {
        Some(document) if reader.problems.is_empty() => check(&document).map(|()| document),
        _ => Err(PolicyError::invalid(reader.problems)),
    }
}

/// Reads an exemption that stands alone.
///
/// # Errors
/// With everything that is wrong with it.
pub(super) fn lone_exemption(tree: &Node) -> Result<Exemption, PolicyError> {
    let mut reader = Reader::default();
    match exemption(&mut reader, &Place::root(tree)) {
        Some(exemption) if reader.problems.is_empty() => Ok(exemption),
        _ => Err(PolicyError::invalid(reader.problems)),
    }
}

/// What only the document as a whole can get wrong.
pub(crate) fn check(document: &PolicyDocument) -> Result<(), PolicyError> {
    let mut problems = Vec::new();
    // A rule at level `FAIL` or `WARN` is a limit too: none of its findings are accepted.
    let limits = document.rules.iter().any(|rule| rule.level >= crate::level::Level::Warn);
    if document.thresholds.is_empty() && !limits {
        problems.push(Problem::new(
            "thresholds",
            None,
            "at least one limit, such as `thresholds: {alerts: {high: {fail: 0}}}`: a policy without any accepts all",
        ));
    }
    let mut seen = BTreeMap::new();
    for (index, rule) in document.rules.iter().enumerate() {
        let place = rule.path.as_ref().map(ToString::to_string);
        if let Some(first) = seen.insert((rule.rule.as_str(), place), index) {
            let accepted =
                format!("each rule once for the same place: it has a level at `rules[{first}]` already");
            problems.push(Problem::new(format!("rules[{index}].rule"), Some(rule.rule.as_str()), accepted));
        }
    }
    // What reading refuses, a document that was not read may still say.
    if document.minimum_confidence == Some(Confidence::FalsePositive) {
        problems.push(Problem::new("minimumConfidence", Some("FalsePositive"), CONFIDENCES));
    }
    if let Some(age) = document.max_age.filter(|age| !age.is_positive() || *age > MOST_AGE) {
        problems.push(Problem::new(
            "maxAge",
            Some(&format!("{age:#}")),
            "more than no time, at most ten years",
        ));
    }
    if let Some(grace) = document.grace.filter(|grace| !grace.is_positive() || *grace > MOST_AGE) {
        problems.push(Problem::new(
            "grace",
            Some(&format!("{grace:#}")),
            "more than no time, at most ten years; or leave the field out",
        ));
    }
    if let Some(most) = document.enforcement.hold_for.filter(|most| !most.is_positive() || *most > MOST_AGE) {
        problems.push(Problem::new(
            "enforcement.holdFor",
            Some(&format!("{most:#}")),
            "more than no time, at most ten years; or leave the field out",
        ));
    }
    if let Some(percent) = document.coverage.percent.filter(|percent| *percent > 100) {
        problems.push(Problem::new(
            "coverage.percent",
            Some(&percent.to_string()),
            "a whole number from 0 to 100",
        ));
    }
    let levels = document.rules.iter().filter_map(|rule| rule.path.as_ref());
    let exempted = document.exemptions.iter().filter_map(|exemption| match exemption.location() {
        Location::Path(path) => Some(path),
        Location::Fingerprint(_) => None,
    });
    let regexes = levels.chain(exempted).filter(|path| path.as_regex().is_some()).count();
    if regexes > MOST_REGEXES {
        let accepted = format!(
            "at most {MOST_REGEXES} regular expressions in `rules` and `exemptions`; globs are cheaper"
        );
        problems.push(Problem::new("", Some(&format!("{regexes} of them")), accepted));
    }
    if problems.is_empty() { Ok(()) } else { Err(PolicyError::invalid(problems)) }
}

fn thresholds(reader: &mut Reader, place: Place<'_>) -> Thresholds {
    let Some(fields) = reader.map(place, &["alerts", "instances"]) else { return Thresholds::default() };
    let mut unit = |key| fields.get(key).map(|place| limits(reader, place)).unwrap_or_default();
    Thresholds { alerts: unit("alerts"), instances: unit("instances") }
}

fn limits(reader: &mut Reader, place: Place<'_>) -> Limits {
    let mut limits = Limits::default();
    if let Some(fields) = reader.map(place, &Severity::ALL.map(Severity::key)) {
        for severity in Severity::ALL {
            *limits.get_mut(severity) = fields.get(severity.key()).and_then(|place| threshold(reader, place));
        }
    }
    limits
}

fn threshold(reader: &mut Reader, place: Place<'_>) -> Option<Threshold> {
    let fields = reader.map(place.clone(), &["fail", "warn"])?;
    let before = reader.problems.len();
    let mut limit = |key| fields.get(key).and_then(|place| reader.number::<u32>(place, COUNTS));
    let (fail, warn) = (limit("fail"), limit("warn"));
    // A limit that does not parse was told already; that it is missing as well would only confuse.
    if reader.problems.len() > before { None } else { reader.check(&place, Threshold::new(fail, warn)) }
}

fn confidence(reader: &mut Reader, place: Place<'_>) -> Option<Confidence> {
    match reader.text(place.clone())?.parse() {
        Ok(Confidence::FalsePositive) | Err(_) => {
            reader.refuse(&place, CONFIDENCES);
            None
        }
        Ok(confidence) => Some(confidence),
    }
}

fn rules(reader: &mut Reader, place: Option<Place<'_>>) -> Vec<RuleLevel> {
    let mut rules = Vec::new();
    for place in reader.list(place) {
        let Some(fields) = reader.map(place.clone(), &["rule", "level", "path", "pathRegex"]) else {
            continue;
        };
        let rule =
            reader.required(&fields, "rule", "a rule such as `10038`").and_then(|place| reader.rule(place));
        let level = reader
            .required(&fields, "level", "IGNORE, INFO, WARN or FAIL")
            .and_then(|place| reader.parse(place));
        let before = reader.problems.len();
        let path = pattern(reader, &place, fields.get("path"), fields.get("pathRegex"));
        if let (Some(rule), Some(level), true) = (rule, level, reader.problems.len() == before) {
            rules.push(RuleLevel { rule, level, path });
        }
    }
    rules
}

fn exemptions(reader: &mut Reader, place: Option<Place<'_>>) -> Vec<Exemption> {
    reader.list(place).into_iter().filter_map(|place| exemption(reader, &place)).collect()
}

fn exemption(reader: &mut Reader, place: &Place<'_>) -> Option<Exemption> {
    const FIELDS: [&str; 9] =
        ["rule", "path", "pathRegex", "fingerprint", "method", "param", "reason", "owner", "expires"];
    let fields = reader.map(place.clone(), &FIELDS)?;
    let rule =
        reader.required(&fields, "rule", "a rule such as `10038`").and_then(|place| reader.rule(place));
    let before = reader.problems.len();
    let path = pattern(reader, place, fields.get("path"), fields.get("pathRegex"));
    let fingerprint = fields.get("fingerprint").and_then(|place| reader.parse(place));
    let location = match (path, fingerprint) {
        (Some(path), None) => {
            let at = fields.get("path").or_else(|| fields.get("pathRegex")).unwrap_or_else(|| place.clone());
            reader.check(&at, check_place(&path)).map(|()| Location::Path(path))
        }
        (None, Some(fingerprint)) => Some(Location::Fingerprint(fingerprint)),
        _ if reader.problems.len() > before => None,
        _ => {
            reader.refuse(place, "one location: `path`, `pathRegex` or `fingerprint`");
            None
        }
    };
    let reason = words(reader, &fields, "reason", "why it is accepted");
    let owner = words(reader, &fields, "owner", "the person or team that answers for it");
    let expires = reader
        .required(&fields, "expires", "a time with a zone, such as `2027-01-31T00:00:00Z`")
        .and_then(|place| reader.parse::<Expiry>(place));
    let method = fields.get("method").and_then(|place| method(reader, place));
    let param = fields.get("param").and_then(|place| reader.text(place));
    let exemption = Exemption::new(rule?, location?, reason?, owner?, expires?.0);
    let mut exemption = reader.check(place, exemption)?;
    if let Some(method) = method {
        exemption = exemption.with_method(method);
    }
    if let Some(param) = param {
        exemption = exemption.with_param(param);
    }
    Some(exemption)
}

/// A request method (RFC 9110, section 9.1): nothing else was ever found with it, so that the exemption would be none.
fn method<'n>(reader: &mut Reader, place: Place<'n>) -> Option<&'n str> {
    let text = reader.text(place.clone())?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        reader.refuse(&place, "a request method, such as `GET`");
        return None;
    }
    Some(text)
}

/// A text that says something.
fn words<'n>(reader: &mut Reader, fields: &Fields<'n>, key: &str, what: &str) -> Option<&'n str> {
    let place = reader.required(fields, key, what)?;
    let text = reader.text(place.clone())?;
    if text.trim().is_empty() {
        reader.refuse(&place, what);
        return None;
    }
    Some(text)
}

fn pattern(
    reader: &mut Reader,
    whole: &Place<'_>,
    glob: Option<Place<'_>>,
    regex: Option<Place<'_>>,
) -> Option<PathPattern> {
    match (glob, regex) {
        (Some(_), Some(_)) => {
            reader.refuse(whole, "`path` or `pathRegex`, not both");
            None
        }
        (Some(place), None) => {
            reader.text(place.clone()).and_then(|text| reader.check(&place, PathPattern::glob(text)))
        }
        (None, Some(place)) => {
            reader.text(place.clone()).and_then(|text| reader.check(&place, PathPattern::regex(text)))
        }
        (None, None) => None,
    }
}

fn names(reader: &mut Reader, place: Option<Place<'_>>) -> Vec<String> {
    let mut names = Vec::new();
    let given = place.clone();
    let items = reader.list(place);
    if let Some(place) = given.filter(|_| items.is_empty()) {
        reader.refuse(&place, "at least one name; or leave the field out, and all are accepted");
    }
    for place in items {
        match reader.text(place.clone()) {
            Some(name) if name.trim().is_empty() => reader.refuse(&place, "a name"),
            Some(name) => names.push(name.to_owned()),
            None => {}
        }
    }
    names
}

fn coverage(reader: &mut Reader, place: Place<'_>) -> CoverageMinimum {
    let Some(fields) = reader.map(place, &["pages", "percent"]) else { return CoverageMinimum::default() };
    CoverageMinimum {
        pages: fields.get("pages").and_then(|place| reader.number(place, COUNTS)),
        percent: fields.get("percent").and_then(|place| reader.number(place, 0..=100)),
    }
}

fn enforcement(reader: &mut Reader, place: Place<'_>) -> Enforcement {
    let Some(fields) = reader.map(place, &["mode", "unknown", "unknownReasons", "holdFor"]) else {
        return Enforcement::default();
    };
    Enforcement {
        mode: fields.get("mode").and_then(|place| reader.parse(place)).unwrap_or_default(),
        unknown: fields.get("unknown").and_then(|place| reader.parse(place)).unwrap_or_default(),
        unknown_reasons: fields
            .get("unknownReasons")
            .map(|place| unknown_modes(reader, place))
            .unwrap_or_default(),
        hold_for: fields.get("holdFor").and_then(|place| reader.parse::<Age>(place)).map(|age| age.0),
    }
}

fn unknown_modes(reader: &mut Reader, place: Place<'_>) -> UnknownModes {
    let mut modes = UnknownModes::default();
    if let Some(fields) = reader.map(place, &UnknownReason::ALL.map(UnknownReason::word)) {
        for reason in UnknownReason::ALL {
            *modes.get_mut(reason) = fields.get(reason.word()).and_then(|place| reader.parse(place));
        }
    }
    modes
}

/// The time at which an exemption is gone.
struct Expiry(Timestamp);

impl FromStr for Expiry {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let accepted = "a time with a zone, such as `2027-01-31T00:00:00Z`";
        text.parse().map(Self).map_err(|_| ValueError::new(text, accepted))
    }
}

/// How long something lasts: hours and smaller units as everywhere, and days of 24 hours.
struct Age(SignedDuration);

impl FromStr for Age {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let span = text.parse::<Span>().ok();
        let age = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
        let finite = age.filter(|age| age.is_positive() && *age <= MOST_AGE);
        finite
            .map(Self)
            .ok_or_else(|| ValueError::new(text, "a time span such as `168h` or `7d`, at most ten years"))
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        document(&Node::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
