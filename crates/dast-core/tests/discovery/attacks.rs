//! What a tenant may try who can write anything in their own namespace.

use dast_core::discovery::{
    Address, Backend, Container, Endpoint, Namespaces, Object, Path, Pod, Policy, Reason, RouteKind, Rule,
    Service, ServiceKind, ServicePort, Settings, Standing,
};

use crate::cluster::{
    annotated, image, name, namespace, ours, pod, route, service, shop, shop_with, slice, web,
};

fn reason(index: &dast_core::discovery::Index) -> Option<Reason> {
    web(index).refusal().map(|refusal| refusal.reason())
}

/// What an extra slice with this address does to a Service whose own slice is fine. It has no `targetRef` that anybody
/// would look at.
#[test]
fn an_extra_slice_cannot_aim_the_scanner() {
    let settings = Settings {
        api_server: [
            "10.96.0.1".parse().unwrap(),
            "192.168.1.10".parse().unwrap(),
            "fd00::10".parse().unwrap(),
        ]
        .into(),
        forbidden_networks: vec!["192.168.0.0/16".parse().unwrap()],
        ..Settings::default()
    };
    for (address, expected) in [
        ("169.254.169.254", Reason::Metadata),
        ("::ffff:169.254.169.254", Reason::Metadata),
        ("fd00:ec2::254", Reason::Metadata),
        ("100.100.100.200", Reason::Metadata),
        ("169.254.1.1", Reason::LinkLocal),
        ("fe80::1", Reason::LinkLocal),
        ("127.0.0.1", Reason::Loopback),
        ("127.9.9.9", Reason::Loopback),
        ("::1", Reason::Loopback),
        ("::ffff:127.0.0.1", Reason::Loopback),
        ("0.0.0.0", Reason::Loopback),
        ("10.96.0.1", Reason::ApiServer),
        ("192.168.1.10", Reason::ApiServer),
        ("fd00::10", Reason::ApiServer),
        ("192.168.1.11", Reason::ForbiddenNetwork),
        ("224.0.0.1", Reason::ForbiddenNetwork),
        ("255.255.255.255", Reason::ForbiddenNetwork),
        ("ff02::1", Reason::ForbiddenNetwork),
        ("10.0.9.1", Reason::OtherNamespace),
        ("10.0.9.2", Reason::HostNetwork),
        ("10.0.9.3", Reason::NotAPod),
        ("93.184.216.34", Reason::NotAPod),
        ("metadata.google.internal", Reason::NotAPod),
        ("", Reason::NotAPod),
    ] {
        let mut index = shop_with(settings.clone());
        let _ = index.apply(pod("victim/db", "10.0.9.1"));
        let _ = index.apply(Pod { host_network: true, ..pod("shop/agent", "10.0.9.2") });
        let _ = index.apply(Pod { live: false, ..pod("shop/done", "10.0.9.3") });
        assert_eq!(reason(&index), None);

        let changes = index.apply(slice("shop/extra", "web", &["10.0.0.1", address]));
        assert_eq!(reason(&index), Some(expected), "{address}");
        assert!(!web(&index).is_scannable() && index.endpoints(web(&index).id()).is_empty());
        assert_eq!(changes.targets.len(), 1);
        let told = web(&index).refusal().unwrap().to_string();
        assert!(told.starts_with("EndpointSlice `extra`, addresses: `"), "{told}");
        assert!(told.contains("expected addresses of live pods of namespace `shop`, not "), "{told}");

        let _ = index.delete::<dast_core::discovery::EndpointSlice>(&name("shop/extra"));
        assert!(web(&index).is_scannable(), "{address}");
    }
}

#[test]
fn a_slice_of_another_port_refuses_the_service_too() {
    let mut index = shop();
    let mut extra = slice("shop/extra", "web", &["169.254.169.254"]);
    extra.ports.clear();
    let _ = index.apply(extra);
    assert_eq!(reason(&index), Some(Reason::Metadata));
}

#[test]
fn what_serves_while_it_terminates_is_looked_at_too() {
    let mut index = shop();
    let mut extra = slice("shop/extra", "web", &[]);
    let endpoint =
        |address: &str, serving| Endpoint { addresses: vec![address.into()], ready: false, serving };
    extra.endpoints = vec![endpoint("169.254.169.254", false)];
    let _ = index.apply(extra.clone());
    assert_eq!(reason(&index), None, "nothing is sent there");
    extra.endpoints = vec![endpoint("169.254.169.254", true)];
    let _ = index.apply(extra.clone());
    assert_eq!(reason(&index), Some(Reason::Metadata));
    extra.endpoints = vec![endpoint("10.0.9.9", true)];
    let _ = index.apply(extra);
    assert_eq!(reason(&index), None, "its pod may be gone already");
}

#[test]
fn who_claims_anothers_address_does_not_get_it() {
    let mut index = shop();
    let _ = index.apply(pod("victim/db", "10.0.9.1"));
    // A forged status.
    let _ = index.apply(pod("shop/fake", "10.0.9.1"));
    let _ = index.apply(slice("shop/extra", "web", &["10.0.9.1"]));
    assert_eq!(reason(&index), Some(Reason::OtherNamespace));
    // One that ended has no claim, though it still says its address.
    let _ = index.apply(Pod { live: false, ..pod("victim/db", "10.0.9.1") });
    assert_eq!(reason(&index), None);
    let _ = index.apply(Pod { live: false, ..pod("shop/fake", "10.0.9.1") });
    assert_eq!(reason(&index), Some(Reason::NotAPod));
    assert!(reason(&index).is_some_and(Reason::is_transient));
}

#[test]
fn a_claimed_address_outside_of_the_pods_networks_is_refused() {
    let pod_networks = vec!["10.0.0.0/16".parse().unwrap()];
    let mut index = shop_with(Settings { pod_networks, ..Settings::default() });
    let _ = index.apply(pod("shop/fake", "93.184.216.34"));
    let _ = index.apply(slice("shop/extra", "web", &["93.184.216.34"]));
    assert_eq!(reason(&index), Some(Reason::ForbiddenNetwork));
}

#[test]
fn an_external_name_is_refused() {
    let mut index = shop();
    let external = Service {
        kind: ServiceKind::ExternalName("metadata.google.internal".to_owned()),
        ..annotated("shop/web", [ServicePort::tcp(80)])
    };
    let _ = index.apply(external.clone());
    assert_eq!(reason(&index), Some(Reason::ExternalName));
    assert_eq!(web(&index).refusal().map(|refusal| refusal.value()), Some("metadata.google.internal"));
    // Without ports there is no target to say so.
    let changes = index.apply(Service { ports: Vec::new(), ..external });
    let object = Object::Service(name("shop/web"));
    assert!(changes.objects.contains(&object));
    assert_eq!(index.problems(&object)[0].reason(), Reason::ExternalName);
}

#[test]
fn nothing_of_the_system_is_scanned() {
    let mut index = shop();
    let _ = index.apply(namespace("kube-system", Some("true")));
    let _ = index.apply(annotated("kube-system/dns", [ServicePort::tcp(8080)]));
    let _ = index.apply(service("kube-system/other", [ServicePort::tcp(80)]));
    let refused = |service: &str| index.targets_of(&name(service))[0].refusal().unwrap().reason();
    assert_eq!(refused("kube-system/dns"), Reason::SystemNamespace);
    assert_eq!(refused("kube-system/other"), Reason::SystemNamespace);
}

#[test]
fn the_api_servers_own_service_is_refused() {
    let mut index =
        shop_with(Settings { api_server: ["172.18.0.2".parse().unwrap()].into(), ..Settings::default() });
    let _ = index.apply(namespace("default", Some("true")));
    let _ = index.apply(service("default/kubernetes", [ServicePort::named("https", 443)]));
    let _ = index.apply(slice("default/kubernetes", "kubernetes", &["172.18.0.2"]));
    let target = &index.targets_of(&name("default/kubernetes"))[0];
    assert_eq!(target.refusal().unwrap().reason(), Reason::ApiServer);
}

#[test]
fn a_route_does_not_make_anothers_service_a_target() {
    let mut index = shop();
    let _ = index.apply(service("victim/db", [ServicePort::tcp(9000), ServicePort::named("b", 9001)]));
    let mut aimed = route(RouteKind::HttpRoute, "shop/aim", "shop.example", "/", &[("victim/db", 9000)]);
    aimed.annotations = ours(&[("high", "0")]);
    let aim = aimed.name.clone();
    let _ = index.apply(aimed);
    let _ = index.apply(Policy::Namespaced(name("shop/own")));
    assert_eq!(
        index.targets_of(&name("victim/db")),
        [],
        "nor is its port HTTP because somebody else says so"
    );
    assert!(matches!(index.backends(&aim)[..], [(_, Standing::NotJudged)]));
    // Whoever may write a policy of the victim's namespace, or of the cluster, wants it.
    let _ = index.apply(Policy::Cluster { name: "ceiling".into(), governs: Namespaces::all() });
    let [target] = index.targets_of(&name("victim/db")) else { panic!() };
    assert!(target.provenance().route && !target.provenance().annotation);
}

#[test]
fn routes_of_others_do_not_crowd_out_the_own_names() {
    let mut index = shop();
    let mut crowd = route(RouteKind::HttpRoute, "evil/crowd", "", "/", &[]);
    let hosts = (0..1000).map(|n| format!("a{n}.evil.example")).collect();
    let backends = vec![Backend::service(name("shop/web"), 80)];
    crowd.rules.push(Rule {
        hosts,
        backends,
        ..Rule::new("", Path::Prefix("/".to_owned()), Backend::Other(String::new()))
    });
    let _ = index.apply(crowd);
    let _ =
        index.apply(route(RouteKind::Ingress, "shop/front", "shop.example", "/cart", &[("shop/web", 80)]));
    let exposures = web(&index).exposures();
    assert_eq!(exposures.len(), 500);
    assert_eq!((exposures[0].host.as_str(), exposures[0].path.as_str()), ("web.shop.svc", "/"));
    assert_eq!((exposures[1].host.as_str(), exposures[1].path.as_str()), ("shop.example", "/cart"));
    assert!(web(&index).notices().any(|notice| notice.reason() == Reason::TooManyNames));
}

#[test]
fn a_routes_host_does_not_lead_the_scanner_elsewhere() {
    let mut index = shop();
    for host in ["169.254.169.254", "localhost", "kubernetes.default.svc", "[::1]", "a\r\nHost: b"] {
        let front = route(RouteKind::HttpRoute, "shop/front", host, "/", &[("shop/web", 80)]);
        let object = Object::Route(front.name.clone());
        let _ = index.apply(front);
        assert_eq!(web(&index).origins().len(), 1, "{host}");
        assert_eq!(index.problems(&object)[0].reason(), Reason::HostNotScanned, "{host}");
    }
}

#[test]
fn a_label_or_annotation_of_a_namespace_is_not_believed_blindly() {
    let mut index = shop();
    let _ = index.apply(service("lab/web", [ServicePort::tcp(80)]));
    for bad in ["", "yes", "True", "$(id)", &"x".repeat(100_000)] {
        let changes = index.apply(namespace("lab", Some(bad)));
        let object = Object::Namespace("lab".into());
        assert_eq!(index.problems(&object)[0].reason(), Reason::InvalidValue, "{bad}");
        assert!(changes.objects.contains(&object), "{bad}");
        assert_eq!(index.targets_of(&name("lab/web")), []);
    }
}

#[test]
fn an_image_by_annotation_is_a_wish_only() {
    let mut index = shop();
    let mut service = annotated("shop/web", [ServicePort::tcp(80)]);
    service.annotations = ours(&[("zaproxy", "dast-test"), ("analyzer_image", "evil.test/steal:1")]);
    let _ = index.apply(service.clone());
    assert_eq!(web(&index).wishes().image.as_deref(), Some("evil.test/steal:1"));
    service.annotations = ours(&[("zaproxy", "dast-test"), ("analyzer_image", "x --privileged")]);
    let _ = index.apply(service);
    assert_eq!(reason(&index), Some(Reason::InvalidValue));
    assert_eq!(web(&index).wishes().image, None);
}

#[test]
fn a_decoy_with_other_arguments_is_another_revision() {
    let mut index = shop();
    let before = web(&index).revision().cloned();
    let mut swapped = pod("shop/web-1", "10.0.0.1");
    swapped.containers[0].args.push("--unsafe".to_owned());
    let _ = index.apply(swapped);
    let after = web(&index).revision().cloned();
    assert!(after.is_some() && after != before);
    // Two at once are neither the one nor the other.
    let _ = index.apply(pod("shop/web-2", "10.0.0.2"));
    let _ = index.apply(slice("shop/web-x1", "web", &["10.0.0.1", "10.0.0.2"]));
    let both = web(&index).revision().cloned();
    assert!(both.is_some() && both != before && both != after);
}

#[test]
fn an_image_that_nobody_knows_is_no_revision() {
    let mut index = shop();
    let unknown =
        Pod { containers: vec![Container::new("web", "web:latest")], ..pod("shop/web-1", "10.0.0.1") };
    let _ = index.apply(unknown);
    assert!(web(&index).is_ready() && web(&index).revision().is_none() && !web(&index).is_scannable());
    let told: Vec<String> = web(&index).notices().map(ToString::to_string).collect();
    assert!(
        told[0].starts_with("Pod `web-1`, status.containerStatuses.imageID: `web:latest` is not"),
        "{told:?}"
    );
    let known = Pod { containers: vec![Container::new("web", image('a'))], ..pod("shop/web-1", "10.0.0.1") };
    let _ = index.apply(known);
    assert!(web(&index).is_scannable());
}

#[test]
fn addresses_are_what_they_mean() {
    assert_eq!(Address::from("::ffff:10.0.0.1"), Address::from("10.0.0.1"));
    assert!(matches!(Address::from("010.0.0.1"), Address::Other(_)));
    assert!(matches!(Address::from("10.0.0.1:80"), Address::Other(_)));
}
