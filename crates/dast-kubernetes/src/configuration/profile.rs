//! What a scan does where its Dast does not say: the same fields and rules as in a Dast, where an API server checks them.

use dast_policy::reading::{Place, Reader};
use schemars::{Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::field::{self, DAY, MINUTE};
use super::section::Section;
use crate::crd::{ProfileName, ScanProfile, TimeSpan};

const FIELDS: [&str; 10] = [
    "name",
    "timeout",
    "requestsPerSecond",
    "exclude",
    "browser",
    "attackStrength",
    "alertThreshold",
    "openapiUrl",
    "maxPages",
    "maxDepth",
];

pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<ScanProfile> {
    let mut section = Section::open(reader, place, &FIELDS);
    let profile = ScanProfile {
        name: section.take("name", |reader, place| word(reader, place, "passive, baseline, full or api")),
        timeout: section.take("timeout", timeout),
        requests_per_second: section.take("requestsPerSecond", field::number(1..=10_000)),
        exclude: section.list("exclude", |reader, place| bounded(reader, place, 512)).unwrap_or_default(),
        browser: section.take("browser", |reader, place| word(reader, place, "Ajax or Client")),
        attack_strength: section
            .take("attackStrength", |reader, place| word(reader, place, "Low, Medium, High or Insane")),
        alert_threshold: section
            .take("alertThreshold", |reader, place| word(reader, place, "Low, Medium or High")),
        openapi_url: section.take("openapiUrl", url_or_path),
        max_pages: section.take("maxPages", field::number(1..=100_000)),
        max_depth: section.take("maxDepth", field::number(0..=1_000)),
    };
    for (field, accepted) in contradictions(&profile) {
        section.refuse(field, None, accepted);
    }
    Some(profile)
}

/// The schema of a Dast's profile, which nobody prunes here.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = generator.subschema_for::<ScanProfile>();
    schema.remove("x-kubernetes-validations");
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

/// Fields that do not go together, as the definition of a Dast has it.
fn contradictions(profile: &ScanProfile) -> Vec<(&'static str, &'static str)> {
    let name = profile.name;
    let is_api = name == Some(ProfileName::Api);
    let attacks = matches!(name, None | Some(ProfileName::Full | ProfileName::Api));
    let crawls_itself = name == Some(ProfileName::Passive);
    let for_attacks = "no such field: it is for the profiles full and api, which attack";
    let for_ours = "no such field: it is for the profile passive of the built-in engine";
    let for_zap = "no such field: it is for ZAP, with the profiles baseline, full and api";
    [
        (profile.exclude.len() > 32, "exclude", "at most 32 patterns"),
        (!profile.exclude.is_empty() && crawls_itself, "exclude", for_zap),
        (profile.browser.is_some() && crawls_itself, "browser", for_zap),
        (profile.attack_strength.is_some() && !attacks, "attackStrength", for_attacks),
        (profile.alert_threshold.is_some() && !attacks, "alertThreshold", for_attacks),
        (profile.max_pages.is_some() && !crawls_itself, "maxPages", for_ours),
        (profile.max_depth.is_some() && !crawls_itself, "maxDepth", for_ours),
        (
            profile.openapi_url.is_some() != is_api,
            "openapiUrl",
            "it with the profile api, which needs it, and with no other",
        ),
    ]
    .into_iter()
    .filter_map(|(is_wrong, field, accepted)| is_wrong.then_some((field, accepted)))
    .collect()
}

/// One of some words.
fn word<T: DeserializeOwned>(reader: &mut Reader, place: Place<'_>, accepted: &str) -> Option<T> {
    let text = reader.text(place.clone())?;
    let known = serde_json::from_value(text.into()).ok();
    if known.is_none() {
        reader.refuse(&place, accepted);
    }
    known
}

fn timeout(reader: &mut Reader, place: Place<'_>) -> Option<TimeSpan> {
    field::span(MINUTE..=DAY)(reader, place.clone())?;
    reader.text(place).map(TimeSpan::new)
}

fn url_or_path(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let text = bounded(reader, place.clone(), 2048)?;
    if text.contains(char::is_whitespace) {
        reader.refuse(&place, "a URL or a path, without spaces");
        return None;
    }
    Some(text)
}

/// A text that is not blank, of at most so many bytes.
fn bounded(reader: &mut Reader, place: Place<'_>, most: usize) -> Option<String> {
    let text = reader.text(place.clone())?;
    if text.len() <= most && !text.trim().is_empty() && !text.chars().any(char::is_control) {
        return Some(text.to_owned());
    }
    reader.refuse(&place, format!("at least one letter and at most {most} bytes of text on one line"));
    None
}
