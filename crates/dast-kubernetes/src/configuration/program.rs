//! A program that runs in pods: its image, and what it may use.

use std::collections::BTreeMap;

use dast_policy::ValueError;
use dast_policy::reading::{Node, Place, Reader};
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::section::{self, Section};
use super::{image, quantity};

/// The least memory of a ZAP, in MiB.
const LEAST_ZAP: u128 = 512;

/// A program that runs in pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Program {
    /// The image.
    pub image: String,
    /// When the image is pulled.
    pub image_pull_policy: PullPolicy,
    /// What it asks for and may use. If given, all of it is.
    pub resources: Resources,
}

/// When an image is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub enum PullPolicy {
    /// Before every start, to see whether its tag means another one now.
    Always,
    /// If it is not there.
    #[default]
    IfNotPresent,
    /// By somebody else.
    Never,
}

/// What a program asks for and may use, such as memory: 2Gi.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Resources {
    /// What a node must have for it.
    #[schemars(schema_with = "amounts_schema")]
    pub requests: BTreeMap<String, String>,
    /// The most that it may use.
    #[schemars(schema_with = "amounts_schema")]
    pub limits: BTreeMap<String, String>,
}

impl Program {
    pub(super) fn new(image: &str, resources: Resources) -> Self {
        Self { image: image.to_owned(), image_pull_policy: PullPolicy::default(), resources }
    }

    pub(super) fn read(default: Self) -> impl FnOnce(&mut Reader, Place<'_>) -> Option<Self> {
        move |reader, place| {
            let mut section = Section::open(reader, place, &["image", "imagePullPolicy", "resources"]);
            Some(Self {
                image: section.take("image", image::read).unwrap_or(default.image),
                image_pull_policy: section
                    .take("imagePullPolicy", PullPolicy::read)
                    .unwrap_or(default.image_pull_policy),
                resources: section.take("resources", Resources::read).unwrap_or(default.resources),
            })
        }
    }

    /// Half of the limit of memory, in MiB: Java needs as much again for its threads and its own work.
    ///
    /// # Errors
    /// When there is no limit, or one with which ZAP does not even start.
    pub fn heap_mib(&self) -> Result<u64, ValueError> {
        let limit = self.resources.limits.get("memory").map_or("", String::as_str);
        let mebibytes = quantity::thousandths(limit).map(|thousandths| thousandths / 1000 / (1 << 20));
        let enough = mebibytes.filter(|mebibytes| *mebibytes >= LEAST_ZAP);
        enough.and_then(|mebibytes| u64::try_from(mebibytes / 2).ok()).ok_or_else(|| {
            ValueError::new(limit, "a limit of memory of at least 512Mi, half of which is ZAP's heap")
        })
    }
}

impl PullPolicy {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }

    fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let text = reader.text(place.clone())?;
        let all = [Self::Always, Self::IfNotPresent, Self::Never];
        let known = all.into_iter().find(|policy| policy.as_str() == text);
        if known.is_none() {
            reader.refuse(&place, "Always, IfNotPresent or Never");
        }
        known
    }
}

impl Resources {
    /// Requests of processor and memory, and a limit of memory. The processor has none, since one that is idle is for
    /// whoever needs it.
    pub(super) fn new((cpu, memory): (&str, &str), limit: &str) -> Self {
        let amounts = |amounts: &[(&str, &str)]| {
            amounts.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect()
        };
        Self { requests: amounts(&[("cpu", cpu), ("memory", memory)]), limits: amounts(&[("memory", limit)]) }
    }

    fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let mut section = Section::open(reader, place, &["requests", "limits"]);
        let resources = Self {
            requests: section.take("requests", amounts).unwrap_or_default(),
            limits: section.take("limits", amounts).unwrap_or_default(),
        };
        for (name, request) in &resources.requests {
            let limit = resources.limits.get(name).and_then(|limit| quantity::thousandths(limit));
            if limit.is_some_and(|limit| quantity::thousandths(request) > Some(limit)) {
                let accepted = "at most as much as the limit of the same name";
                section.refuse(&format!("requests.{name}"), Some(request), accepted);
            }
        }
        Some(resources)
    }

    /// They as a container has them.
    pub(crate) fn requirements(&self) -> ResourceRequirements {
        let amounts = |amounts: &BTreeMap<String, String>| {
            amounts.iter().map(|(name, amount)| (name.clone(), Quantity(amount.clone()))).collect()
        };
        ResourceRequirements {
            requests: Some(amounts(&self.requests)),
            limits: Some(amounts(&self.limits)),
            ..ResourceRequirements::default()
        }
    }
}

const AMOUNTS: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];

fn amounts(reader: &mut Reader, place: Place<'_>) -> Option<BTreeMap<String, String>> {
    let mut section = Section::open(reader, place, &AMOUNTS);
    let given = AMOUNTS.iter().filter_map(|name| Some(((*name).to_owned(), section.take(name, amount)?)));
    Some(given.collect())
}

/// A quantity, of which whole numbers need no quotation marks.
fn amount(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let text = match place.node() {
        Node::Text(_) | Node::Integer(_) | Node::Float(_) => place.node().describe(),
        _ => String::new(),
    };
    if quantity::thousandths(&text).is_some_and(|amount| amount > 0) {
        return Some(text);
    }
    reader.refuse(&place, "a quantity such as `100m`, `1.5` or `2Gi`");
    None
}

fn amounts_schema(_: &mut SchemaGenerator) -> Schema {
    let amount = serde_json::json!({
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|[MGTPE]|[KMGTPE]i)?$"}],
    });
    let amounts: BTreeMap<&str, _> = AMOUNTS.iter().map(|name| (*name, amount.clone())).collect();
    json_schema!({"type": "object", "additionalProperties": false, "properties": amounts})
}
