//! What people may choose.

use dast_policy::reading::{Place, Reader};
use schemars::JsonSchema;
use serde::Serialize;

use super::section::{self, Section};
use super::{image, name, option};

/// What people may choose. All else is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = section::all_optional)]
pub struct Allowed {
    /// Images of analyzers besides ours; * stands for any letters. Whoever may choose one can write any result.
    pub analyzer_images: Vec<String>,
    /// Images of ZAP besides ours; * stands for any letters.
    pub zap_images: Vec<String>,
    /// Beginnings of the names of ZAP's settings that Dasts may have, such as spider. with its dot.
    pub zap_options: Vec<String>,
    /// Hosts outside of the cluster that may be scanned, each as it is or as *.shop.example for all below it.
    pub external_hosts: Vec<String>,
    /// Namespaces whose Services may be attacked if their owners agree; * stands for any letters.
    pub active_namespaces: Vec<String>,
}

impl Allowed {
    const FIELDS: [&str; 5] =
        ["analyzerImages", "zapImages", "zapOptions", "externalHosts", "activeNamespaces"];

    pub(super) fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let default = Self::default();
        let mut section = Section::open(reader, place, &Self::FIELDS);
        Some(Self {
            analyzer_images: section
                .list("analyzerImages", image::pattern)
                .unwrap_or(default.analyzer_images),
            zap_images: section.list("zapImages", image::pattern).unwrap_or(default.zap_images),
            zap_options: section.list("zapOptions", option::prefix).unwrap_or(default.zap_options),
            external_hosts: section.list("externalHosts", name::hosts).unwrap_or(default.external_hosts),
            active_namespaces: section
                .list("activeNamespaces", name::pattern)
                .unwrap_or(default.active_namespaces),
        })
    }
}

/// ZAP's own images and usual settings. No other image, no host outside, and no attack anywhere.
impl Default for Allowed {
    fn default() -> Self {
        let official = ["ghcr.io/zaproxy/zaproxy:*", "ghcr.io/zaproxy/zaproxy@*"];
        Self {
            analyzer_images: Vec::new(),
            zap_images: official.map(str::to_owned).into(),
            zap_options: option::USUAL.map(str::to_owned).into(),
            external_hosts: Vec::new(),
            active_namespaces: Vec::new(),
        }
    }
}
