//! Services.

use dast_core::discovery::{Service, ServiceKind, ServicePort, TargetPort};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{annotations, name, port, protocol};

/// The fact of a Service.
pub fn service(object: &core::Service) -> Option<Service> {
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let mut fact = Service::new(name(&object.metadata)?, uid);
    fact.annotations = annotations(&object.metadata);
    let Some(spec) = &object.spec else { return Some(fact) };
    fact.kind = kind(spec);
    fact.cluster_ips = addresses(spec).filter_map(|address| address.parse().ok()).collect();
    fact.selector = spec.selector.clone().unwrap_or_default();
    fact.ports = spec.ports.iter().flatten().map(service_port).collect();
    Some(fact)
}

fn kind(spec: &core::ServiceSpec) -> ServiceKind {
    if spec.type_.as_deref() == Some("ExternalName") {
        return ServiceKind::ExternalName(spec.external_name.clone().unwrap_or_default());
    }
    if addresses(spec).any(|address| address == "None") {
        ServiceKind::Headless
    } else {
        ServiceKind::Virtual
    }
}

/// `clusterIP` is the first of `clusterIPs`, which is younger.
fn addresses(spec: &core::ServiceSpec) -> impl Iterator<Item = &String> {
    let all = spec.cluster_ips.iter().flatten();
    let first = spec.cluster_ip.iter().filter(|_| spec.cluster_ips.as_ref().is_none_or(Vec::is_empty));
    first.chain(all)
}

fn service_port(object: &core::ServicePort) -> ServicePort {
    let number = port(object.port);
    ServicePort {
        name: object.name.as_deref().unwrap_or_default().into(),
        port: number,
        protocol: protocol(object.protocol.as_deref()),
        app_protocol: object.app_protocol.clone(),
        target: match &object.target_port {
            // 0 is how clients of old write that there is none.
            None | Some(IntOrString::Int(0)) => TargetPort::Number(number),
            Some(IntOrString::Int(number)) => TargetPort::Number(port(*number)),
            Some(IntOrString::String(name)) => TargetPort::Name(name.as_str().into()),
        },
    }
}
