//! Objects in files, as admission has them: what `kubectl get -o yaml` prints and what charts render.
//!
//! ```
//! use dast_core::rulebook::Defaults;
//! use dast_kubernetes::manifests::Manifests;
//!
//! let mut manifests = Manifests::new("shop");
//! manifests.read("
//! apiVersion: networking.k8s.io/v1
//! kind: Ingress
//! metadata: {name: front}
//! spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! ")?;
//! assert_eq!(manifests.routes()[0].name.to_string(), "Ingress shop/front");
//! assert_eq!(manifests.ignored(), 1);
//! # Ok::<(), dast_kubernetes::manifests::ManifestError>(())
//! ```

use std::collections::HashMap;

use dast_core::admission::{Catalog, ScannedTarget};
use dast_core::discovery::{ObjectName, Route, RouteRef, Service};
use dast_core::rulebook::{Ceiling, Defaults, GrantedExemption, NamespacePolicy, Rulebook};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error};
use serde_json::{Value, json};

use crate::crd::ScanTarget;
use crate::facts::{self, GrpcRoute, HttpRoute};

/// Lists in lists deeper than this are nothing that anybody writes.
const MOST_NESTED: usize = 4;

/// Routes, Services, targets, policies and exemptions from files. Of two objects with one name the later counts.
#[derive(Debug, Default)]
pub struct Manifests {
    /// Where objects are that do not say.
    namespace: String,
    /// In the order in which they were read.
    routes: Vec<Route>,
    services: HashMap<ObjectName, Service>,
    targets: Vec<(ScannedTarget, Option<String>)>,
    ceilings: Vec<Ceiling>,
    policies: Vec<NamespacePolicy>,
    exemptions: Vec<GrantedExemption>,
    ignored: usize,
}

/// A text that is no list of objects, or an object that is none of its kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is not YAML, of which JSON is a part.
    #[error("not YAML: {0}")]
    Syntax(String),
    /// It is no object of Kubernetes.
    #[error("no object: expected a map with `apiVersion`, `kind` and `metadata.name`")]
    NoObject,
    /// It is not what its kind is.
    #[error("{object} cannot be read")]
    Object {
        /// Its kind and name.
        object: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Its version is none that is served by an API server of now.
    #[error("{object}: version `{version}` is not accepted: expected `{accepted}`")]
    Version {
        /// Its kind and name.
        object: String,
        /// What it says.
        version: String,
        /// What is accepted.
        accepted: &'static str,
    },
}

impl ManifestError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::NoObject => "no_object",
            Self::Object { .. } => "object",
            Self::Version { .. } => "version",
        }
    }
}

/// The kinds that are read, with the versions of them.
const KINDS: [(&str, &[&str]); 8] = [
    ("Ingress", &["networking.k8s.io/v1"]),
    ("HTTPRoute", &["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"]),
    ("GRPCRoute", &["gateway.networking.k8s.io/v1"]),
    ("Service", &["v1"]),
    ("ScanTarget", &["security.banzaicloud.io/v1alpha1"]),
    ("ThresholdPolicy", &["security.banzaicloud.io/v1alpha1"]),
    ("ClusterThresholdPolicy", &["security.banzaicloud.io/v1alpha1"]),
    ("Exemption", &["security.banzaicloud.io/v1alpha1"]),
];

impl Manifests {
    /// None yet. Objects that do not say where they are, as charts render them, are in `namespace`.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), ..Self::default() }
    }

    /// Takes all documents of a text in YAML or JSON. Kinds that do not matter here are counted, and left out.
    ///
    /// # Errors
    /// When it is not YAML, or one of them is no object or not what its kind is.
    pub fn read(&mut self, text: &str) -> Result<(), ManifestError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let documents: Vec<Value> =
            serde_saphyr::from_multiple(text).map_err(|error| ManifestError::Syntax(error.to_string()))?;
        documents
            .into_iter()
            .filter(|document| !document.is_null())
            .try_for_each(|document| self.take(document, 0))
    }

    /// The routes, in the order in which they were read.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// A route.
    pub fn route(&self, name: &RouteRef) -> Option<&Route> {
        self.routes.iter().find(|route| route.name == *name)
    }

    /// How many objects were of kinds that do not matter here.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// What is known of Services and targets. A Service that was never in a cluster has no uid; it is taken for the one that
    /// its target is of.
    pub fn catalog(&self) -> Catalog {
        let mut catalog = Catalog::default();
        let mut services = self.services.clone();
        for (target, uid) in &self.targets {
            if let (Some(service), Some(uid)) = (services.get_mut(&target.id.service), uid)
                && service.uid.is_empty()
            {
                service.uid = uid.as_str().into();
            }
            catalog.put_target(target.clone());
        }
        services.into_values().for_each(|service| catalog.put_service(service));
        catalog
    }

    /// Which policies stand where.
    pub fn rulebook(&self, defaults: Defaults) -> Rulebook {
        let (ceilings, policies) = (self.ceilings.iter().cloned(), self.policies.iter().cloned());
        Rulebook::new(defaults, ceilings, policies, self.exemptions.iter().cloned())
    }

    fn take(&mut self, mut object: Value, depth: usize) -> Result<(), ManifestError> {
        let About { api_version, kind } = About::deserialize(&object).map_err(|_| ManifestError::NoObject)?;
        if let (Some(Value::Array(items)), true) =
            (object.get_mut("items").map(Value::take), depth < MOST_NESTED)
        {
            return items.into_iter().try_for_each(|item| self.take(item, depth + 1));
        }
        let Some((_, versions)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            self.ignored += 1;
            return Ok(());
        };
        let name = object.pointer("/metadata/name").and_then(Value::as_str).ok_or(ManifestError::NoObject)?;
        let called = format!("{kind} {}", dast_policy::printable(name));
        let group = |version: &str| version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        if !versions.contains(&api_version.as_str()) {
            let accepted = versions.first().copied().unwrap_or_default();
            // Somebody else's kind of the same name, such as a Service of Knative.
            if group(&api_version) != group(accepted) && kind != "Ingress" {
                self.ignored += 1;
                return Ok(());
            }
            let version = dast_policy::printable(&api_version).into_owned();
            return Err(ManifestError::Version { object: called, version, accepted });
        }
        if kind != "ClusterThresholdPolicy"
            && let Some(Value::Object(metadata)) = object.get_mut("metadata")
        {
            metadata.entry("namespace").or_insert_with(|| json!(self.namespace));
        }
        self.put(&kind, object).map_err(|source| ManifestError::Object { object: called, source })
    }

    fn put(&mut self, kind: &str, object: Value) -> serde_json::Result<()> {
        match kind {
            "Ingress" => {
                let ingress = read(object)?;
                bounded(facts::ingress_too_much(&ingress))?;
                self.put_route(facts::ingress(&ingress));
            }
            "HTTPRoute" => {
                let route: HttpRoute = read(object)?;
                bounded(route.too_much())?;
                self.put_route(facts::http_route(&route));
            }
            "GRPCRoute" => {
                let route: GrpcRoute = read(object)?;
                bounded(route.too_much())?;
                self.put_route(facts::grpc_route(&route));
            }
            "Service" => {
                let service = facts::service(&read(object)?);
                self.services.extend(service.map(|service| (service.name.clone(), service)));
            }
            "ScanTarget" => {
                let target = read::<ScanTarget>(object)?;
                let uid = target.spec.service.as_ref().and_then(|service| service.uid.clone());
                self.targets.extend(facts::scanned_target(&target).map(|target| (target, uid)));
            }
            "ThresholdPolicy" => self.policies.extend(facts::namespace_policy(&read(object)?)),
            "ClusterThresholdPolicy" => self.ceilings.extend(facts::ceiling_rules(&read(object)?)),
            _ => self.exemptions.extend(facts::granted_exemption(&read(object)?)),
        }
        Ok(())
    }

    fn put_route(&mut self, route: Option<Route>) {
        let Some(route) = route else { return };
        self.routes.retain(|known| known.name != route.name);
        self.routes.push(route);
    }
}

/// What every object says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    api_version: String,
    kind: String,
}

/// Hosts, rules, matches and backends multiply each other, here as where API servers ask.
fn bounded(too_much: Option<String>) -> serde_json::Result<()> {
    too_much.map_or(Ok(()), |told| Err(serde_json::Error::custom(told)))
}

fn read<K: DeserializeOwned>(object: Value) -> serde_json::Result<K> {
    serde_json::from_value(object)
}
