//! What the pods of all scans have in common.

use std::collections::BTreeMap;

use dast_policy::reading::{Node, Place, Reader};
use k8s_openapi::api::core::v1::Toleration;
use schemars::JsonSchema;
use serde::Serialize;

use super::section::{self, Section};
use super::{field, name};
use crate::name::is_subdomain;

/// What the pods of all scans have in common.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Pods {
    /// Secrets of the scan namespace with which images are pulled.
    pub image_pull_secrets: Vec<String>,
    /// Labels of the nodes that they may run on.
    pub node_selector: BTreeMap<String, String>,
    /// Taints of nodes that do not keep them away.
    pub tolerations: Vec<Toleration>,
    /// The runtime that they run in, such as one with a sandbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_class_name: Option<String>,
    /// How important they are beside other pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_class_name: Option<String>,
}

impl Pods {
    const FIELDS: [&str; 5] =
        ["imagePullSecrets", "nodeSelector", "tolerations", "runtimeClassName", "priorityClassName"];

    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let mut section = Section::open(reader, place, &Self::FIELDS);
        Some(Self {
            image_pull_secrets: section.list("imagePullSecrets", name::object).unwrap_or_default(),
            node_selector: section.take("nodeSelector", labels).unwrap_or_default(),
            tolerations: section.list("tolerations", toleration).unwrap_or_default(),
            runtime_class_name: section.take("runtimeClassName", name::object),
            priority_class_name: section.take("priorityClassName", name::object),
        })
    }
}

/// Labels, whose names nobody knows before.
fn labels(reader: &mut Reader, place: Place<'_>) -> Option<BTreeMap<String, String>> {
    let Node::Map(entries) = place.node() else {
        reader.refuse(&place, "a map from names of labels to their values");
        return None;
    };
    let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
    let mut section = Section::open(reader, place, &keys);
    let mut labels = BTreeMap::new();
    for key in keys {
        if !is_label_name(key) {
            let accepted = "the name of a label, such as `kubernetes.io/arch`";
            section.refuse(key, Some(key), accepted);
        } else if let Some(value) = section.take(key, label_value) {
            labels.insert(key.to_owned(), value);
        }
    }
    Some(labels)
}

fn toleration(reader: &mut Reader, place: Place<'_>) -> Option<Toleration> {
    let mut section =
        Section::open(reader, place, &["key", "operator", "value", "effect", "tolerationSeconds"]);
    let toleration = Toleration {
        key: section.take("key", field::text),
        operator: section.take("operator", |reader, place| {
            name::accept(reader, place, "Equal or Exists", |text| ["Equal", "Exists"].contains(&text))
        }),
        value: section.take("value", label_value),
        effect: section.take("effect", |reader, place| {
            let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
            name::accept(reader, place, "NoSchedule, PreferNoSchedule or NoExecute", |text| {
                effects.contains(&text)
            })
        }),
        toleration_seconds: section.take("tolerationSeconds", field::number(0..=i64::MAX.into())),
    };
    if let Some(key) = toleration.key.as_deref().filter(|key| !is_label_name(key)) {
        section.refuse("key", Some(key), "the name of a taint, such as `dedicated`");
    }
    let exists = toleration.operator.as_deref() == Some("Exists");
    if toleration.key.is_none() && !exists {
        section.refuse("operator", None, "Exists, since no `key` is named");
    }
    if let Some(value) = toleration.value.as_deref().filter(|_| exists) {
        section.refuse("value", Some(value), "no value with the operator Exists");
    }
    Some(toleration)
}

/// `prefix/name`, of which the prefix may be absent
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>).
fn is_label_name(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

fn label_value(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let accepted = "at most 63 letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends";
    name::accept(reader, place, accepted, is_label_value)
}

fn is_label_value(text: &str) -> bool {
    let is_end = |c: char| c.is_ascii_alphanumeric();
    text.is_empty()
        || (text.len() <= 63
            && text.starts_with(is_end)
            && text.ends_with(is_end)
            && text.chars().all(|c| is_end(c) || "-_.".contains(c)))
}
