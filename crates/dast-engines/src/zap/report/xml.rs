//! ZAP's traditional XML.

use quick_xml::events::Event;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::ReportError;
use super::wire::{self, AlertEntry, Document, Instance, Text};

/// The root element of every report.
const ROOT: &str = "OWASPZAPReport";

/// The longest tag, in bytes. Each attribute is held against all before it, so that there must not be many.
const LONGEST_TAG: usize = 4096;

/// A report has seven levels.
const DEEPEST: usize = 32;

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "@version")]
    version: Option<Text>,
    #[serde(rename = "@generated", default)]
    generated: Text,
    #[serde(rename = "@created", default)]
    created: Text,
    #[serde(default)]
    site: Vec<wire::Site<Alerts>>,
    #[serde(rename = "stoppingInsight")]
    stopping_insight: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Alerts {
    #[serde(default)]
    alertitem: Vec<wire::Alert<Instances>>,
}

#[derive(Default, Deserialize)]
struct Instances {
    #[serde(default)]
    instance: Vec<Instance>,
}

/// Reads XML. Entities of its own are not expanded, but refused.
pub(super) fn read(text: &str) -> Result<Document, ReportError> {
    check(text)?;
    let report: Report = quick_xml::de::from_str(text).map_err(|error| ReportError::syntax("XML", error))?;
    Ok(Document {
        version: report.version,
        generated: report.generated,
        created: report.created,
        sites: Some(report.site.into_iter().map(|site| site.entry(entries)).collect()),
        stopped: report.stopping_insight.is_some(),
        plan_errors: 0,
    })
}

fn entries(alerts: Alerts) -> Vec<AlertEntry> {
    alerts.alertitem.into_iter().map(|alert| alert.entry(|list| list.instance)).collect()
}

/// Goes through the text once, for what serde does not ask: that there is one root with the right name, that it is
/// closed and nothing follows, and that nothing is too deep.
fn check(text: &str) -> Result<(), ReportError> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        let event = reader.read_event().map_err(|error| ReportError::syntax("XML", error))?;
        let root = match &event {
            Event::Start(start) | Event::Empty(start) if depth == 0 => Some(start.name()),
            _ => None,
        };
        if let Some(name) = root {
            roots += 1;
            if name.as_ref() != ROOT || roots > 1 {
                return Err(ReportError::NotAReport("its root is not one element `OWASPZAPReport`"));
            }
        }
        match event {
            Event::Start(tag) | Event::Empty(tag) if tag.len() > LONGEST_TAG => {
                return Err(ReportError::NotAReport("a tag is too long"));
            }
            Event::Start(_) if depth == DEEPEST => {
                return Err(ReportError::NotAReport("its elements are nested too deeply"));
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 => return Err(ReportError::NotAReport("it is cut off")),
            Event::Eof if roots == 0 => return Err(ReportError::NotAReport("it has no element")),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}
