//! The pod of an attempt.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dast_core::scan::job_name;
use dast_policy::{Origin, ValueError};
use k8s_openapi::api::core::v1::{
    Container, EmptyDirVolumeSource, EnvVar, HostAlias, KeyToPath, LocalObjectReference, PodSpec,
    PodTemplateSpec, ProjectedVolumeSource, SecretVolumeSource, ServiceAccountTokenProjection, Volume,
    VolumeMount, VolumeProjection,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::core::ObjectMeta;

use super::dispatch::{Dispatch, Engine, LOOPBACK, LOOPBACK_PORT};
use super::{AUDIENCE, DispatchError, LOGIN_FOLDER, SERVICE_ACCOUNT, labels};
use crate::name;
use crate::order::Order;
use crate::pod::zap::{self, KEY_FOLDER, KEY_VOLUME, ZapContainer};
use crate::pod::{literal, security};

/// Entries of an attempt's Secret, and the files that they become.
pub(super) const KEY: &str = "key";
pub(super) const USERNAME: &str = "username";
pub(super) const PASSWORD: &str = "password";

/// The container of a ZAP that runs beside the analyzer.
pub(super) const SIDECAR: &str = "zap";
/// The container that scans and delivers.
pub(super) const ANALYZER: &str = "analyzer";

/// What Linux hands to a program in one variable, with its name and the byte behind it (`MAX_ARG_STRLEN`, execve(2)).
const MOST_VARIABLE: usize = 128 * 1024;
/// How long a token holds, in seconds; it is renewed before. The least that an API server gives.
const TOKEN_SECONDS: i64 = 600;
/// How long a pod may take to end, in seconds: to stop a scan and to deliver what it has.
const GRACE: i64 = 60;
/// For the pod's user and group alone.
const PRIVATE: i32 = 0o440;

pub(super) fn template(dispatch: &Dispatch<'_>) -> Result<PodTemplateSpec, DispatchError> {
    let metadata = ObjectMeta {
        labels: Some(labels::labels(dispatch.order)),
        annotations: Some(labels::annotations(dispatch.order)),
        ..ObjectMeta::default()
    };
    Ok(PodTemplateSpec { metadata: Some(metadata), spec: Some(spec(dispatch)?) })
}

fn spec(dispatch: &Dispatch<'_>) -> Result<PodSpec, DispatchError> {
    let pods = &dispatch.configuration.pods;
    let secrets = pods.image_pull_secrets.iter().map(|name| LocalObjectReference { name: name.clone() });
    let init_containers = match &dispatch.engine {
        Engine::PerScan { image, options } => {
            Some(vec![key_maker(dispatch), sidecar(dispatch, image, options)?])
        }
        Engine::Builtin | Engine::Shared { .. } => None,
    };
    Ok(PodSpec {
        automount_service_account_token: Some(false),
        containers: vec![analyzer(dispatch)?],
        enable_service_links: Some(false),
        host_aliases: some(host_aliases(dispatch)?),
        image_pull_secrets: some(secrets.collect()),
        init_containers,
        node_selector: Some(pods.node_selector.clone()).filter(|labels| !labels.is_empty()),
        priority_class_name: pods.priority_class_name.clone(),
        restart_policy: Some("Never".to_owned()),
        runtime_class_name: pods.runtime_class_name.clone(),
        security_context: Some(security::pod()),
        service_account_name: Some(SERVICE_ACCOUNT.to_owned()),
        termination_grace_period_seconds: Some(GRACE),
        tolerations: some(pods.tolerations.clone()),
        volumes: Some(volumes(dispatch)),
        ..PodSpec::default()
    })
}

/// A list that is left out if there is nothing in it.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn analyzer(dispatch: &Dispatch<'_>) -> Result<Container, DispatchError> {
    let mut mounts = vec![mount("token", "/run/operator")];
    if !matches!(dispatch.engine, Engine::Builtin) {
        mounts.push(mount(KEY_VOLUME, KEY_FOLDER));
    }
    if dispatch.credentials.is_some() {
        mounts.push(mount("login", LOGIN_FOLDER));
    }
    let variable = EnvVar {
        name: Order::VARIABLE.to_owned(),
        value: Some(variable(dispatch.order)?),
        ..EnvVar::default()
    };
    Ok(Container {
        command: Some(vec!["/dast-analyzer".to_owned(), "run".to_owned()]),
        env: Some(vec![variable]),
        volume_mounts: Some(mounts),
        ..ours(dispatch, ANALYZER)
    })
}

/// Makes the key of the ZAP that starts after it, so that nobody outside of the pod ever has it.
fn key_maker(dispatch: &Dispatch<'_>) -> Container {
    let command = ["/dast-analyzer", "key", "--folder", KEY_FOLDER];
    Container {
        command: Some(command.map(str::to_owned).into()),
        volume_mounts: Some(vec![VolumeMount { read_only: None, ..mount(KEY_VOLUME, KEY_FOLDER) }]),
        ..ours(dispatch, "key")
    }
}

/// A ZAP that starts before the analyzer and is ended after it
/// (<https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>). The analyzer waits until it answers.
fn sidecar(dispatch: &Dispatch<'_>, image: &str, options: &[&str]) -> Result<Container, DispatchError> {
    let zap = ZapContainer {
        name: SIDECAR,
        image,
        program: &dispatch.configuration.zap,
        host: LOOPBACK,
        port: LOOPBACK_PORT,
        permitted: &[],
        options,
    };
    let container = zap.build().map_err(DispatchError::Memory)?;
    Ok(Container { restart_policy: Some("Always".to_owned()), ..container })
}

/// A container with our image.
fn ours(dispatch: &Dispatch<'_>, name: &str) -> Container {
    let program = &dispatch.configuration.analyzer;
    Container {
        name: name.to_owned(),
        image: Some(dispatch.image.to_owned()),
        image_pull_policy: Some(program.image_pull_policy.as_str().to_owned()),
        resources: Some(program.resources.requirements()),
        security_context: Some(security::container(security::NOBODY)),
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        ..Container::default()
    }
}

/// The order as the value of a variable.
fn variable(order: &Order) -> Result<String, DispatchError> {
    let json = serde_json::to_string(order).map_err(DispatchError::Unwritable)?;
    let (bytes, most) = (json.len(), MOST_VARIABLE - Order::VARIABLE.len() - "=\0".len());
    if bytes > most { Err(DispatchError::TooLarge { bytes, most }) } else { Ok(literal(&json)) }
}

/// The names under which the target is scanned lead to it, whatever a DNS says of them.
fn host_aliases(dispatch: &Dispatch<'_>) -> Result<Vec<HostAlias>, DispatchError> {
    let hosts = dispatch.order.origins.iter().map(Origin::host);
    let names: BTreeSet<&str> = hosts.filter(|host| !is_address(host)).collect();
    if names.is_empty() || dispatch.addresses.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(odd) = names.iter().find(|name| !name::is_subdomain(name)) {
        let accepted =
            "a name of lower-case letters, digits, `-` and `.`, which a pod can be told an address of";
        return Err(DispatchError::Host(ValueError::new(odd, accepted)));
    }
    let hostnames: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let alias = |address: &IpAddr| HostAlias { ip: address.to_string(), hostnames: Some(hostnames.clone()) };
    Ok(dispatch.addresses.iter().map(alias).collect())
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

fn volumes(dispatch: &Dispatch<'_>) -> Vec<Volume> {
    let mut volumes = vec![token()];
    match &dispatch.engine {
        Engine::Builtin => {}
        Engine::PerScan { .. } => {
            volumes.push(in_memory(KEY_VOLUME));
            volumes.extend(zap::volumes());
        }
        Engine::Shared { .. } => volumes.push(secret(dispatch, KEY_VOLUME, &[KEY])),
    }
    if dispatch.credentials.is_some() {
        volumes.push(secret(dispatch, "login", &[USERNAME, PASSWORD]));
    }
    volumes
}

/// The analyzer's token, which is for the operator and for nobody else.
fn token() -> Volume {
    let token = ServiceAccountTokenProjection {
        audience: Some(AUDIENCE.to_owned()),
        expiration_seconds: Some(TOKEN_SECONDS),
        path: "token".to_owned(),
    };
    let sources =
        vec![VolumeProjection { service_account_token: Some(token), ..VolumeProjection::default() }];
    let projected = ProjectedVolumeSource { default_mode: Some(PRIVATE), sources: Some(sources) };
    Volume { name: "token".to_owned(), projected: Some(projected), ..Volume::default() }
}

fn in_memory(name: &str) -> Volume {
    let empty_dir = EmptyDirVolumeSource {
        medium: Some("Memory".to_owned()),
        size_limit: Some(Quantity("1Mi".to_owned())),
    };
    Volume { name: name.to_owned(), empty_dir: Some(empty_dir), ..Volume::default() }
}

/// Some entries of the attempt's Secret.
fn secret(dispatch: &Dispatch<'_>, name: &str, entries: &[&str]) -> Volume {
    let order = dispatch.order;
    let item = |entry: &&str| KeyToPath { key: (*entry).to_owned(), path: (*entry).to_owned(), mode: None };
    let source = SecretVolumeSource {
        secret_name: Some(job_name(&order.target, &order.run.uid, order.attempt)),
        default_mode: Some(PRIVATE),
        items: Some(entries.iter().map(item).collect()),
        optional: Some(false),
    };
    Volume { name: name.to_owned(), secret: Some(source), ..Volume::default() }
}

fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(true),
        ..VolumeMount::default()
    }
}
