//! Pods.

use std::collections::HashMap;

use dast_core::discovery::{Container, ContainerKind, Env, EnvValue, Pod, Volume, VolumeSource};
use k8s_openapi::api::core::v1 as core;
use serde::Serialize;

use super::name;

/// The fact of a pod.
pub fn pod(object: &core::Pod) -> Option<Pod> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let mut fact = Pod::new(name(&object.metadata)?, addresses(status));
    let phase = status.and_then(|status| status.phase.as_deref());
    let ended = matches!(phase, Some("Succeeded" | "Failed"));
    fact.live = spec.is_some_and(|spec| spec.node_name.is_some()) && !ended;
    fact.host_network = spec.and_then(|spec| spec.host_network).unwrap_or_default();
    fact.containers = spec.map(|spec| containers(spec, &images(status))).unwrap_or_default();
    Some(fact)
}

/// `podIP` is the first of `podIPs`, which is younger.
fn addresses(status: Option<&core::PodStatus>) -> Vec<std::net::IpAddr> {
    let all = status.iter().flat_map(|status| status.pod_ips.iter().flatten()).map(|address| &address.ip);
    let first = status.and_then(|status| status.pod_ip.as_ref());
    let mut addresses: Vec<_> = first.into_iter().chain(all).filter_map(|ip| ip.parse().ok()).collect();
    addresses.dedup();
    addresses
}

/// Image ids by the names of containers, which are different in all of a pod.
fn images(status: Option<&core::PodStatus>) -> HashMap<&str, &str> {
    let lists = status.map(|status| {
        [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses]
    });
    let all = lists.into_iter().flatten().flat_map(|list| list.iter().flatten());
    all.map(|status| (status.name.as_str(), status.image_id.as_str())).collect()
}

fn containers(spec: &core::PodSpec, images: &HashMap<&str, &str>) -> Vec<Container> {
    let volumes: HashMap<&str, VolumeSource> =
        spec.volumes.iter().flatten().map(|volume| (volume.name.as_str(), source(volume))).collect();
    let init =
        spec.init_containers.iter().flatten().map(|container| (ContainerKind::Init, container.clone()));
    let main = spec.containers.iter().map(|container| (ContainerKind::Main, container.clone()));
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let ephemeral = ephemeral.map(|container| (ContainerKind::Ephemeral, as_container(container)));
    let all = init.chain(main).chain(ephemeral);
    all.map(|(kind, object)| container(kind, &object, images, &volumes)).collect()
}

fn container(
    kind: ContainerKind,
    object: &core::Container,
    images: &HashMap<&str, &str>,
    volumes: &HashMap<&str, VolumeSource>,
) -> Container {
    let image = images.get(object.name.as_str()).copied().unwrap_or_default();
    let mut fact = Container::new(object.name.as_str(), image);
    fact.kind = kind;
    fact.command = object.command.clone().unwrap_or_default();
    fact.args = object.args.clone().unwrap_or_default();
    let all_of = object.env_from.iter().flatten().map(|from| Env {
        name: from.prefix.clone().unwrap_or_default(),
        value: EnvValue::AllOf(sorted(&(&from.config_map_ref, &from.secret_ref))),
    });
    let single = object.env.iter().flatten().map(|variable| Env {
        name: variable.name.clone(),
        value: match &variable.value_from {
            Some(from) => EnvValue::From(sorted(from)),
            None => EnvValue::Is(variable.value.clone().unwrap_or_default()),
        },
    });
    fact.env = all_of.chain(single).collect();
    let mounts = object.volume_mounts.iter().flatten();
    fact.volumes = mounts.map(|mount| mounted(mount, volumes)).collect();
    fact
}

fn mounted(mount: &core::VolumeMount, volumes: &HashMap<&str, VolumeSource>) -> Volume {
    let below = mount.sub_path.as_deref().or(mount.sub_path_expr.as_deref());
    Volume {
        mount: below.map_or_else(|| mount.mount_path.clone(), |path| format!("{}:{path}", mount.mount_path)),
        // One that the pod does not have cannot be mounted: the pod does not start.
        source: volumes.get(mount.name.as_str()).cloned().unwrap_or(VolumeSource::Other(String::new())),
    }
}

fn source(volume: &core::Volume) -> VolumeSource {
    match &volume.persistent_volume_claim {
        Some(claim) => VolumeSource::Claim(claim.claim_name.clone()),
        None => VolumeSource::Other(sorted(&core::Volume { name: String::new(), ..volume.clone() })),
    }
}

/// An ephemeral container has the fields of every other.
fn as_container(object: &core::EphemeralContainer) -> core::Container {
    core::Container {
        name: object.name.clone(),
        command: object.command.clone(),
        args: object.args.clone(),
        env: object.env.clone(),
        env_from: object.env_from.clone(),
        volume_mounts: object.volume_mounts.clone(),
        ..core::Container::default()
    }
}

/// The same text for what means the same: JSON as the struct has it, whose fields are always in the same order.
fn sorted(value: &impl Serialize) -> String {
    // Text keys only: there is nothing in it that JSON cannot say.
    serde_json::to_string(value).unwrap_or_default()
}
