//! The Deployment of a shared ZAP.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy};
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, KeyToPath, PodSpec, PodTemplateSpec, Probe, SecretVolumeSource,
    TCPSocketAction, Volume,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::core::ObjectMeta;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{PORT, SharedZap, SharedZapError};
use crate::access::PREFIX;
use crate::crd::Dast;
use crate::pod::label::Labels;
use crate::pod::network::selecting;
use crate::pod::security;
use crate::pod::zap::{self, KEY_VOLUME, PROPERTIES, ZapContainer};

/// The port's name.
const HTTP: &str = "http";
/// Seconds in which a ZAP starts on a busy node.
const START: i32 = 300;

pub(super) fn deployment(
    zap: &SharedZap<'_>,
    metadata: ObjectMeta,
    labels: Labels,
) -> Result<Deployment, SharedZapError> {
    let pod = ObjectMeta {
        labels: Some(labels.clone()),
        annotations: Some(Labels::from([(key_annotation(), key_hash(zap.dast, zap.key))])),
        ..ObjectMeta::default()
    };
    let spec = DeploymentSpec {
        replicas: Some(1),
        selector: selecting(labels),
        // Two at once behind one Service would each know half of a scan.
        strategy: Some(DeploymentStrategy { type_: Some("Recreate".to_owned()), rolling_update: None }),
        template: PodTemplateSpec { metadata: Some(pod), spec: Some(spec(zap)?) },
        ..DeploymentSpec::default()
    };
    Ok(Deployment { metadata, spec: Some(spec), ..Deployment::default() })
}

fn spec(zap: &SharedZap<'_>) -> Result<PodSpec, SharedZapError> {
    let mut volumes = vec![key(&zap.dast.spec.zaproxy.name)];
    volumes.extend(zap::volumes());
    Ok(PodSpec {
        automount_service_account_token: Some(false),
        containers: vec![container(zap)?],
        enable_service_links: Some(false),
        security_context: Some(security::pod()),
        volumes: Some(volumes),
        ..PodSpec::default()
    })
}

fn container(zap: &SharedZap<'_>) -> Result<Container, SharedZapError> {
    let (options, _) = zap.configuration.zap_options(&zap.dast.spec.zaproxy.config);
    let container = ZapContainer {
        name: "zap-proxy",
        image: zap.image,
        program: &zap.configuration.zap,
        host: "0.0.0.0",
        port: PORT,
        // Whoever has the key may use it; that only scans get through to it is for the NetworkPolicy.
        permitted: &["api.addrs.addr.name=.*", "api.addrs.addr.regex=true"],
        options: &options,
    };
    // The key is in no probe: it is enough that somebody listens, which a ZAP does last of all.
    let listens = |period: i32, failures: i32| Probe {
        tcp_socket: Some(TCPSocketAction { port: IntOrString::String(HTTP.to_owned()), host: None }),
        period_seconds: Some(period),
        failure_threshold: Some(failures),
        timeout_seconds: Some(5),
        ..Probe::default()
    };
    Ok(Container {
        ports: Some(vec![ContainerPort {
            name: Some(HTTP.to_owned()),
            container_port: PORT.into(),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        }]),
        startup_probe: Some(listens(2, START / 2)),
        readiness_probe: Some(listens(5, 3)),
        liveness_probe: Some(listens(20, 6)),
        ..container.build().map_err(SharedZapError::Memory)?
    })
}

fn key(secret: &str) -> Volume {
    let file = KeyToPath { key: PROPERTIES.to_owned(), path: PROPERTIES.to_owned(), mode: None };
    let source = SecretVolumeSource {
        secret_name: Some(secret.to_owned()),
        default_mode: Some(0o440),
        items: Some(vec![file]),
        optional: Some(false),
    };
    Volume { name: KEY_VOLUME.to_owned(), secret: Some(source), ..Volume::default() }
}

/// Whether the pods of a Deployment have this key.
pub(crate) fn has_key(deployment: &Deployment, dast: &Dast, key: &SecretString) -> bool {
    let template = deployment.spec.as_ref().and_then(|spec| spec.template.metadata.as_ref());
    let annotations = template.and_then(|pod| pod.annotations.as_ref());
    annotations.and_then(|annotations| annotations.get(&key_annotation())) == Some(&key_hash(dast, key))
}

/// Another key is another pod.
fn key_annotation() -> String {
    format!("{PREFIX}key-hash")
}

/// The uid keeps the hashes of equal keys apart.
fn key_hash(dast: &Dast, key: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(dast.metadata.uid.as_deref().unwrap_or_default());
    hash.update([0]);
    hash.update(key.expose_secret());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
