//! One webhook: as the file has it, and as the API server does.

use dast_policy::reading::{Node, Place, Reader};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MatchCondition, MutatingWebhook, RuleWithOperations, ServiceReference, ValidatingWebhook,
    WebhookClientConfig,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::file::Service;
use crate::access::PREFIX;
use crate::configuration::name::{accept, namespace};
use crate::configuration::section::Section;
use crate::name::{is_label, is_subdomain};

/// What routes are. Whoever writes the status of an Ingress may change its annotations by that, too
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/registry/networking/ingress/strategy.go#L162>); a definition's status
/// is a status and nothing else.
const GROUPS: [&str; 2] = ["gateway.networking.k8s.io", "networking.k8s.io"];
const RESOURCES: [&str; 4] = ["grpcroutes", "httproutes", "ingresses", "ingresses/status"];
const OPERATIONS: [&str; 2] = ["CREATE", "UPDATE"];
/// The label that every namespace has, and nobody can change
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>).
const NAME_OF_NAMESPACE: &str = "kubernetes.io/metadata.name";

const FIELDS: [&str; 10] = [
    "name",
    "path",
    "rules",
    "matchPolicy",
    "namespaceSelector",
    "matchConditions",
    "failurePolicy",
    "timeoutSeconds",
    "sideEffects",
    "admissionReviewVersions",
];
const REINVOCATION: &str = "reinvocationPolicy";

/// One webhook. What the API server would fill in stands in the file, so that it can be compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Webhook {
    pub(super) name: String,
    path: String,
    rules: Vec<RuleWithOperations>,
    match_policy: String,
    selector: LabelSelector,
    conditions: Vec<MatchCondition>,
    failure_policy: String,
    timeout: i32,
    side_effects: String,
    versions: Vec<String>,
    /// Of those that mutate.
    reinvocation: Option<String>,
}

impl Webhook {
    /// One that mutates.
    pub(super) fn mutating(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let known: Vec<&str> = FIELDS.into_iter().chain([REINVOCATION]).collect();
        let mut section = Section::open(reader, place, &known);
        let reinvocation = word(&mut section, REINVOCATION, &["IfNeeded", "Never"]);
        let webhook = Self::read(&mut section);
        Some(Self { reinvocation: Some(reinvocation?), ..webhook? })
    }

    /// One that validates.
    pub(super) fn validating(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        Self::read(&mut Section::open(reader, place, &FIELDS))
    }

    fn read(section: &mut Section<'_, '_>) -> Option<Self> {
        // Ours are told from those of others by it.
        let suffix = format!(".{}", PREFIX.trim_end_matches('/'));
        let accepted = format!("a name that ends with `{suffix}`");
        let name = section.need("name", &accepted, |reader, place| {
            accept(reader, place, &accepted, |text| is_subdomain(text) && text.ends_with(&suffix))
        });
        let accepted = "a path such as `/validate`";
        let path = section.need("path", accepted, |reader, place| accept(reader, place, accepted, is_path));
        let rules = some(section, "rules", "a list of rules, at least one", rule);
        let match_policy = word(section, "matchPolicy", &["Equivalent"]);
        let accepted = "a selector that leaves namespaces out by `matchExpressions`";
        let selector = section.need("namespaceSelector", accepted, selector);
        let conditions = section.list("matchConditions", condition);
        let failure_policy = word(section, "failurePolicy", &["Fail", "Ignore"]);
        let timeout = section.need("timeoutSeconds", "a whole number from 1 to 30", |reader, place| {
            reader.number(place, 1..=30)
        });
        let side_effects = word(section, "sideEffects", &["None", "NoneOnDryRun"]);
        let versions = words(section, "admissionReviewVersions", &["v1"]);
        Some(Self {
            name: name?,
            path: path?,
            rules: rules?,
            match_policy: match_policy?,
            selector: selector?,
            conditions: conditions.unwrap_or_default(),
            failure_policy: failure_policy?,
            timeout: timeout?,
            side_effects: side_effects?,
            versions: versions?,
            reinvocation: None,
        })
    }

    /// As a MutatingWebhookConfiguration has it.
    pub(super) fn to_mutating(
        &self,
        service: &Service,
        namespace: &str,
        bundle: &ByteString,
    ) -> MutatingWebhook {
        MutatingWebhook {
            name: self.name.clone(),
            client_config: self.client_config(service, namespace, bundle),
            rules: Some(self.rules.clone()),
            match_policy: Some(self.match_policy.clone()),
            namespace_selector: Some(self.selector.clone()),
            object_selector: Some(LabelSelector::default()),
            match_conditions: self.conditions(),
            failure_policy: Some(self.failure_policy.clone()),
            timeout_seconds: Some(self.timeout),
            side_effects: self.side_effects.clone(),
            admission_review_versions: self.versions.clone(),
            reinvocation_policy: self.reinvocation.clone(),
        }
    }

    /// As a ValidatingWebhookConfiguration has it.
    pub(super) fn to_validating(
        &self,
        service: &Service,
        namespace: &str,
        bundle: &ByteString,
    ) -> ValidatingWebhook {
        ValidatingWebhook {
            name: self.name.clone(),
            client_config: self.client_config(service, namespace, bundle),
            rules: Some(self.rules.clone()),
            match_policy: Some(self.match_policy.clone()),
            namespace_selector: Some(self.selector.clone()),
            object_selector: Some(LabelSelector::default()),
            match_conditions: self.conditions(),
            failure_policy: Some(self.failure_policy.clone()),
            timeout_seconds: Some(self.timeout),
            side_effects: self.side_effects.clone(),
            admission_review_versions: self.versions.clone(),
        }
    }

    fn conditions(&self) -> Option<Vec<MatchCondition>> {
        (!self.conditions.is_empty()).then(|| self.conditions.clone())
    }

    fn client_config(&self, service: &Service, namespace: &str, bundle: &ByteString) -> WebhookClientConfig {
        WebhookClientConfig {
            ca_bundle: Some(bundle.clone()),
            service: Some(ServiceReference {
                name: service.name.clone(),
                namespace: namespace.to_owned(),
                path: Some(self.path.clone()),
                port: Some(service.port.into()),
            }),
            url: None,
        }
    }
}

fn rule(reader: &mut Reader, place: Place<'_>) -> Option<RuleWithOperations> {
    let fields = ["apiGroups", "apiVersions", "operations", "resources", "scope"];
    let mut section = Section::open(reader, place, &fields);
    let groups = words(&mut section, "apiGroups", &GROUPS);
    let versions =
        some(&mut section, "apiVersions", "a list of versions such as `v1`, at least one", version);
    let operations = words(&mut section, "operations", &OPERATIONS);
    let resources = words(&mut section, "resources", &RESOURCES);
    let scope = word(&mut section, "scope", &["Namespaced"]);
    Some(RuleWithOperations {
        api_groups: Some(groups?),
        api_versions: Some(versions?),
        operations: Some(operations?),
        resources: Some(resources?),
        scope: Some(scope?),
    })
}

fn version(reader: &mut Reader, place: Place<'_>) -> Option<String> {
    let is_version = |text: &str| is_label(text, "") && text.starts_with('v');
    accept(reader, place, "a version such as `v1`", is_version)
}

/// All namespaces but some.
fn selector(reader: &mut Reader, place: Place<'_>) -> Option<LabelSelector> {
    let mut section = Section::open(reader, place, &["matchExpressions"]);
    let expressions =
        some(&mut section, "matchExpressions", "a list of expressions, at least one", expression);
    Some(LabelSelector { match_expressions: Some(expressions?), match_labels: None })
}

fn expression(reader: &mut Reader, place: Place<'_>) -> Option<LabelSelectorRequirement> {
    let mut section = Section::open(reader, place, &["key", "operator", "values"]);
    let key = word(&mut section, "key", &[NAME_OF_NAMESPACE]);
    let operator = word(&mut section, "operator", &["NotIn"]);
    let values = some(&mut section, "values", "a list of namespaces, at least one", namespace);
    Some(LabelSelectorRequirement { key: key?, operator: operator?, values: Some(values?) })
}

/// Whether it is CEL is for the API server to say.
fn condition(reader: &mut Reader, place: Place<'_>) -> Option<MatchCondition> {
    let mut section = Section::open(reader, place, &["name", "expression"]);
    let accepted = "the name of a condition";
    let name = section
        .need("name", accepted, |reader, place| accept(reader, place, accepted, |text| is_label(text, "")));
    let accepted = "an expression in CEL";
    let expression = section.need("expression", accepted, |reader, place| {
        accept(reader, place, accepted, |text| !text.trim().is_empty())
    });
    Some(MatchCondition { name: name?, expression: expression? })
}

fn is_path(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
    text.strip_prefix('/').is_some_and(|name| !name.is_empty() && name.chars().all(is_plain))
}

/// One of some words.
fn word(section: &mut Section<'_, '_>, key: &str, words: &[&str]) -> Option<String> {
    let accepted = one_of(words);
    section
        .need(key, &accepted, |reader, place| accept(reader, place, &accepted, |text| words.contains(&text)))
}

/// Some of some words.
fn words(section: &mut Section<'_, '_>, key: &str, words: &[&str]) -> Option<Vec<String>> {
    let accepted = one_of(words);
    let read = |reader: &mut Reader, place: Place<'_>| {
        accept(reader, place, &accepted, |text| words.contains(&text))
    };
    some(section, key, &format!("a list, at least one of which is {accepted}"), read)
}

/// A list that is not empty: an empty one would select nothing, or everything.
fn some<'n, T: PartialEq>(
    section: &mut Section<'_, 'n>,
    key: &str,
    accepted: &str,
    read: impl Fn(&mut Reader, Place<'n>) -> Option<T>,
) -> Option<Vec<T>> {
    section.need(key, accepted, |reader, place| match place.node() {
        Node::List(items) if items.is_empty() => {
            reader.refuse(&place, accepted);
            None
        }
        _ => Some(()),
    })?;
    section.list(key, read)
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(" or ")
}
