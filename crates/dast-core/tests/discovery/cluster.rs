//! A small cluster to begin with.

use dast_core::discovery::{
    Annotations, Backend, Container, DiscoveredTarget, Endpoint, EndpointPort, EndpointSlice, Index,
    Namespace, ObjectName, Path, Pod, Route, RouteKind, RouteRef, Rule, Service, ServicePort, Settings,
};

/// An image ID, by one digit.
pub(crate) fn image(digit: char) -> String {
    format!("registry.test/web@sha256:{}", digit.to_string().repeat(64))
}

pub(crate) fn name(text: &str) -> ObjectName {
    let (namespace, name) = text.split_once('/').unwrap();
    ObjectName::new(namespace, name)
}

pub(crate) fn service(text: &str, ports: impl IntoIterator<Item = ServicePort>) -> Service {
    Service { ports: ports.into_iter().collect(), ..Service::new(name(text), format!("uid of {text}")) }
}

/// A Service that its owner wants to be scanned.
pub(crate) fn annotated(text: &str, ports: impl IntoIterator<Item = ServicePort>) -> Service {
    Service { annotations: ours(&[("scan", "true")]), ..service(text, ports) }
}

/// Annotations of ours, without the prefix.
pub(crate) fn ours(annotations: &[(&str, &str)]) -> Annotations {
    let prefixed =
        |(key, value): &(&str, &str)| (format!("dast.security.banzaicloud.io/{key}"), (*value).to_owned());
    annotations.iter().map(prefixed).collect()
}

pub(crate) fn slice(text: &str, service: &str, addresses: &[&str]) -> EndpointSlice {
    EndpointSlice {
        endpoints: addresses.iter().map(|address| Endpoint::ready((*address).into())).collect(),
        ports: vec![EndpointPort::tcp("", 8080), EndpointPort::tcp("http", 8080)],
        ..EndpointSlice::new(name(text), service)
    }
}

pub(crate) fn pod(text: &str, address: &str) -> Pod {
    let containers = vec![Container::new("web", image('a'))];
    Pod { containers, ..Pod::new(name(text), [address.parse().unwrap()]) }
}

pub(crate) fn namespace(name: &str, scan: Option<&str>) -> Namespace {
    Namespace { name: name.into(), scan: scan.map(str::to_owned) }
}

pub(crate) fn route(kind: RouteKind, text: &str, host: &str, path: &str, backends: &[(&str, u16)]) -> Route {
    let mut route = Route::new(RouteRef::new(kind, name(text)));
    for (service, port) in backends {
        let path = Path::Prefix(path.to_owned());
        route.rules.push(Rule::new(host, path, Backend::service(name(service), *port)));
    }
    route
}

/// `shop/web` at port 80, annotated, with one ready pod at 10.0.0.1.
pub(crate) fn shop() -> Index {
    shop_with(Settings::default())
}

pub(crate) fn shop_with(settings: Settings) -> Index {
    let mut index = Index::new(settings);
    let _ = index.apply(pod("shop/web-1", "10.0.0.1"));
    let _ = index.apply(slice("shop/web-x1", "web", &["10.0.0.1"]));
    let _ = index.apply(annotated("shop/web", [ServicePort::tcp(80)]));
    assert!(web(&index).is_scannable());
    index
}

/// The only target of `shop/web`.
pub(crate) fn web(index: &Index) -> &DiscoveredTarget {
    let [target] = index.targets_of(&name("shop/web")) else { panic!("{:#?}", index.targets()) };
    target
}
