//! The ZAP that all scans of a `Dast` share: what there should be of it in the namespace of the `Dast`.
//!
//! As Banzai Cloud's operator had it, there is a Deployment with one replica, a Service for port 8080 and a Secret, all with
//! the name that `spec.zaproxy.name` says. Unlike there, the key is never among arguments, a changed key or setting makes
//! another pod, and a NetworkPolicy lets only scans through.

mod deployment;
mod error;
mod key;

use std::fmt;

use k8s_openapi::ByteString;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Secret, Service, ServicePort, ServiceSpec};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::Resource;
use kube::core::ObjectMeta;
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::deployment::has_key;
pub use self::error::SharedZapError;
use crate::configuration::Configuration;
use crate::crd::Dast;
use crate::pod::label::{self, Labels};
use crate::pod::network::{pods, port, selecting};
use crate::pod::zap::PROPERTIES;

/// The port of a shared ZAP, of its Service and of its pod.
pub const PORT: u16 = 8080;

/// The entry of a Secret that holds the key of a ZAP.
pub const KEY: &str = "zap_api_key";

/// A ZAP that all scans of a `Dast` share.
#[derive(Debug, Clone)]
pub struct SharedZap<'a> {
    /// The `Dast`, as it was read from an API server.
    pub dast: &'a Dast,
    /// What the installation says.
    pub configuration: &'a Configuration,
    /// The image, as [`Configuration::zap_image`] accepts it.
    pub image: &'a str,
    /// The key: that of the `Dast`, or the one in the Secret that is there, or a new one.
    pub key: &'a SecretString,
}

/// The objects of a shared ZAP, all with the same name, and all of them owned by its `Dast`.
#[derive(Clone, PartialEq)]
pub struct SharedZapObjects {
    /// The key.
    pub secret: Secret,
    /// The ZAP.
    pub deployment: Deployment,
    /// Its address.
    pub service: Service,
    /// Who may use it.
    pub network_policy: NetworkPolicy,
}

impl SharedZap<'_> {
    /// What there should be.
    ///
    /// # Errors
    /// When the key is none that can be sent, or the `Dast` was not read from an API server.
    pub fn objects(&self) -> Result<SharedZapObjects, SharedZapError> {
        key::check(self.key.expose_secret()).map_err(SharedZapError::Key)?;
        let metadata = self.metadata()?;
        let selector = pod_labels(self.dast.metadata.name.as_deref().unwrap_or_default());
        Ok(SharedZapObjects {
            secret: self.secret(metadata.clone()),
            deployment: deployment::deployment(self, metadata.clone(), selector.clone())?,
            service: service(metadata.clone(), selector.clone()),
            network_policy: self.network_policy(metadata, selector),
        })
    }

    fn metadata(&self) -> Result<ObjectMeta, SharedZapError> {
        let owner = self.dast.controller_owner_ref(&()).ok_or(SharedZapError::NotStored)?;
        Ok(ObjectMeta {
            name: Some(self.dast.spec.zaproxy.name.clone()),
            namespace: Some(self.dast.metadata.namespace.clone().ok_or(SharedZapError::NotStored)?),
            labels: Some(label::labels([label::MANAGED_BY])),
            owner_references: Some(vec![owner]),
            ..ObjectMeta::default()
        })
    }

    /// The key as scans read it, and as ZAP does.
    fn secret(&self, metadata: ObjectMeta) -> Secret {
        let key = self.key.expose_secret();
        let entries = [(KEY, key.to_owned()), (PROPERTIES, key::properties(key))];
        let bytes = |(name, text): (&str, String)| (name.to_owned(), ByteString(text.into_bytes()));
        Secret {
            metadata,
            data: Some(entries.into_iter().map(bytes).collect()),
            type_: Some("Opaque".to_owned()),
            ..Secret::default()
        }
    }

    /// Pods of scans may use it, and nobody else.
    fn network_policy(&self, metadata: ObjectMeta, selector: Labels) -> NetworkPolicy {
        let scans = pods(&self.configuration.scan_namespace, label::labels([label::MANAGED_BY]));
        let spec = NetworkPolicySpec {
            pod_selector: Some(selecting(selector)),
            policy_types: Some(vec!["Ingress".to_owned()]),
            ingress: Some(vec![NetworkPolicyIngressRule {
                from: Some(vec![scans]),
                ports: Some(vec![port("TCP", PORT)]),
            }]),
            egress: None,
        };
        NetworkPolicy { metadata, spec: Some(spec) }
    }
}

/// Everything but the contents of the Secret.
impl fmt::Debug for SharedZapObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret, deployment, service, network_policy } = self;
        f.debug_struct("SharedZapObjects")
            .field("secret", &secret.metadata)
            .field("deployment", deployment)
            .field("service", service)
            .field("network_policy", network_policy)
            .finish()
    }
}

/// Where scans find a shared ZAP.
pub(crate) fn url(namespace: &str, name: &str) -> String {
    format!("http://{name}.{namespace}.svc:{PORT}")
}

/// The labels of the pod of a shared ZAP, by the name of its `Dast`. The original had the same, and a Deployment cannot
/// change them.
pub(crate) fn pod_labels(dast: &str) -> Labels {
    label::labels([("app", "zaproxy"), ("controller", &label::value(dast))])
}

fn service(metadata: ObjectMeta, selector: Labels) -> Service {
    let port = ServicePort {
        name: Some("http".to_owned()),
        port: PORT.into(),
        target_port: Some(IntOrString::Int(PORT.into())),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        type_: Some("ClusterIP".to_owned()),
        selector: Some(selector),
        ports: Some(vec![port]),
        ..ServiceSpec::default()
    };
    Service { metadata, spec: Some(spec), ..Service::default() }
}
