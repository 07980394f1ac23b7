//! ZAP's traditional JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::ReportError;
use super::wire::{self, Document, Instance, Text};

type Alert = wire::Alert<List<Instance>>;
type Site = wire::Site<List<Alert>>;

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "@version")]
    version: Option<Text>,
    #[serde(rename = "@generated", default)]
    generated: Text,
    #[serde(default)]
    created: Text,
    site: Option<List<Site>>,
    #[serde(rename = "stoppingInsight")]
    stopping_insight: Option<IgnoredAny>,
    #[serde(rename = "afPlanErrors", default)]
    plan_errors: List<IgnoredAny>,
}

/// Reads JSON.
pub(super) fn read(text: &str) -> Result<Document, ReportError> {
    let report: Report = serde_json::from_str(text).map_err(|error| ReportError::syntax("JSON", error))?;
    let alerts =
        |List(alerts): List<Alert>| alerts.into_iter().map(|alert| alert.entry(|list| list.0)).collect();
    Ok(Document {
        version: report.version,
        generated: report.generated,
        created: report.created,
        sites: report.site.map(|List(sites)| sites.into_iter().map(|site| site.entry(alerts)).collect()),
        stopped: report.stopping_insight.is_some(),
        plan_errors: report.plan_errors.0.len(),
    })
}

/// A list; of a single member it may be the member itself, as tools write that make JSON of XML.
struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOf(PhantomData))
    }
}

struct ListOf<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListOf<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = seq.next_element()? {
            list.push(member);
        }
        Ok(List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        Ok(List(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
    }
}
