//! What is to be registered: one file in YAML, read strictly, everything that is wrong with it told at once.

use dast_policy::SyntaxError;
use dast_policy::reading::{Node, Place, Reader};

use super::webhook::Webhook;
use crate::configuration::ConfigurationError;
use crate::configuration::name::accept;
use crate::configuration::section::Section;
use crate::name::{is_label, is_subdomain};

/// The largest file that is read, in bytes. A `ConfigMap` holds no more.
const MOST_BYTES: usize = 1024 * 1024;

/// What is to be registered.
///
/// A file leads to a Service in the operator's own namespace and nowhere else, and asks for nothing but routes: whoever may
/// write it cannot have the API server send other things, or send them elsewhere.
///
/// ```
/// use dast_kubernetes::registration::Registrations;
///
/// let registrations = Registrations::from_yaml("
/// name: dast-operator-webhook
/// service: {name: dast-operator-webhook, port: 443}
/// mutating: []
/// validating:
///   - name: gate.dast.security.banzaicloud.io
///     path: /validate
///     rules:
///       - apiGroups: [networking.k8s.io]
///         apiVersions: [v1]
///         operations: [CREATE, UPDATE]
///         resources: [ingresses]
///         scope: Namespaced
///     matchPolicy: Equivalent
///     namespaceSelector:
///       matchExpressions:
///         - {key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, dast-system]}
///     matchConditions:
///       - {name: not-deleted, expression: '!has(object.metadata.deletionTimestamp)'}
///     failurePolicy: Fail
///     timeoutSeconds: 5
///     sideEffects: None
///     admissionReviewVersions: [v1]
/// ")?;
/// assert_eq!(registrations.service().port, 443);
///
/// let error = Registrations::from_yaml("{name: a b, service: {name: gate, port: 443}, mutating: [], validating: []}");
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "`name`: `a b` is not accepted: expected the name of the two configurations",
/// );
/// # Ok::<(), dast_kubernetes::configuration::ConfigurationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Registrations {
    pub(super) name: String,
    pub(super) service: Service,
    pub(super) mutating: Vec<Webhook>,
    pub(super) validating: Vec<Webhook>,
}

/// A Service in the operator's namespace that leads to the webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
}

impl Registrations {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not YAML, is larger than 1 MiB, or says something that is not accepted.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigurationError> {
        let syntax = |detail: String| ConfigurationError::Syntax(SyntaxError::new("YAML", detail));
        if text.len() > MOST_BYTES {
            return Err(syntax(format!("{} bytes, more than the {MOST_BYTES} accepted", text.len())));
        }
        let tree: Node = serde_saphyr::from_str(text).map_err(|error| syntax(error.to_string()))?;
        let mut reader = Reader::default();
        let read = Self::read(&mut reader, Place::root(&tree));
        reader.finish().map_err(ConfigurationError::Invalid)?;
        // What cannot be read was noted.
        read.ok_or_else(|| syntax("nothing".to_owned()))
    }

    /// The name of both configurations.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Service that leads to the webhook.
    pub fn service(&self) -> &Service {
        &self.service
    }

    fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let mut file = Section::open(reader, place, &["name", "service", "mutating", "validating"]);
        let name = file.need("name", "the name of the two configurations", |reader, place| {
            accept(reader, place, "the name of the two configurations", is_subdomain)
        });
        let service = file.need("service", "the Service of the webhook", Service::read);
        let mutating = webhooks(&mut file, "mutating", Webhook::mutating);
        let validating = webhooks(&mut file, "validating", Webhook::validating);
        Some(Self { name: name?, service: service?, mutating: mutating?, validating: validating? })
    }
}

impl Service {
    fn read(reader: &mut Reader, place: Place<'_>) -> Option<Self> {
        let mut section = Section::open(reader, place, &["name", "port"]);
        let name = section.need("name", "the name of a Service", |reader, place| {
            accept(reader, place, "the name of a Service", |text| is_label(text, ""))
        });
        let port = section.need("port", "a whole number from 1 to 65535", |reader, place| {
            reader.number(place, 1..=i128::from(u16::MAX))
        });
        Some(Self { name: name?, port: port? })
    }
}

fn webhooks<'n>(
    file: &mut Section<'_, 'n>,
    key: &str,
    read: fn(&mut Reader, Place<'n>) -> Option<Webhook>,
) -> Option<Vec<Webhook>> {
    let Some(webhooks) = file.list(key, read) else {
        file.refuse(key, None, "a list of webhooks, which may be empty");
        return None;
    };
    // Of two with one name the API server would take one.
    for (index, webhook) in webhooks.iter().enumerate() {
        if webhooks.iter().take(index).any(|other| other.name == webhook.name) {
            file.refuse(&format!("{key}[{index}].name"), Some(&webhook.name), "each name once");
        }
    }
    Some(webhooks)
}
