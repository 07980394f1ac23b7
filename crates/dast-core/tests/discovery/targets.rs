//! What becomes a target, under which names, and who wants it.

use dast_core::discovery::{
    Backend, BackendPort, Clue, Endpoint, EndpointPort, EndpointSlice, Index, Namespaces, Object, ObjectKind,
    Path, Policy, PolicyRef, Reason, Route, RouteKind, Rule, Service, ServiceKind, ServicePort, Settings,
    Standing, TargetId, TargetPort,
};
use dast_policy::Scheme;

use crate::cluster::{annotated, name, namespace, ours, pod, route, service, shop, slice, web};

fn ports(index: &Index, service: &str) -> Vec<(u16, Scheme, Clue)> {
    index.targets_of(&name(service)).iter().map(|t| (t.id().port, t.scheme(), t.clue())).collect()
}

#[test]
fn every_http_port_is_a_target_and_none_is_guessed() {
    let mut index = Index::default();
    let tls = ServicePort { app_protocol: Some("https".to_owned()), ..ServicePort::named("tls", 9443) };
    let odd = ServicePort::named("odd", 9000);
    let db = ServicePort::named("db", 5432);
    let mut service = annotated(
        "shop/web",
        [ServicePort::named("http", 8081), tls, odd, db, ServicePort::named("n", 8080)],
    );
    let _ = index.apply(service.clone());
    let judged = [
        (8080, Scheme::Http, Clue::Number),
        (8081, Scheme::Http, Clue::Name),
        (9443, Scheme::Https, Clue::AppProtocol),
    ];
    assert_eq!(ports(&index, "shop/web"), judged);
    let object = Object::Service(name("shop/web"));
    let told: Vec<_> = index.problems(&object).iter().map(|p| (p.reason(), p.value())).collect();
    assert_eq!(told, [(Reason::PortNotJudged, "odd:9000")]);

    service.annotations = ours(&[("scan", "true"), ("ports", "odd=https,8080=none")]);
    let changes = index.apply(service.clone());
    assert_eq!(ports(&index, "shop/web")[1..], [(9000, Scheme::Https, Clue::Annotation), judged[2]]);
    assert_eq!(index.problems(&object), []);
    let ids: Vec<_> = changes.targets.iter().map(|id| id.port).collect();
    assert_eq!(ids, [8080, 8081, 9000, 9443], "the wishes are part of every target");

    service.annotations = ours(&[("scan", "true"), ("ports", "odd=gopher")]);
    let _ = index.apply(service);
    assert!(
        index
            .targets_of(&name("shop/web"))
            .iter()
            .all(|t| t.refusal().unwrap().reason() == Reason::InvalidValue)
    );
}

#[test]
fn a_service_without_http_ports_says_so() {
    let mut index = Index::default();
    let _ = index.apply(annotated("shop/db", [ServicePort::tcp(5432)]));
    let problems = index.problems(&Object::Service(name("shop/db")));
    assert_eq!((problems[0].reason(), problems[0].value()), (Reason::NoHttpPort, "5432"));
    let _ = index.apply(service("shop/db", [ServicePort::tcp(5432)]));
    assert_eq!(index.problems(&Object::Service(name("shop/db"))), [], "nobody wants it to be scanned");
    let mut opted_in_badly = service("shop/db", [ServicePort::tcp(80)]);
    opted_in_badly.annotations = ours(&[("scan", "maybe")]);
    let _ = index.apply(opted_in_badly);
    assert_eq!(index.problems(&Object::Service(name("shop/db")))[0].reason(), Reason::InvalidValue);
}

#[test]
fn an_annotation_a_label_or_a_gated_route_makes_a_target() {
    let mut index = Index::default();
    let web = name("shop/web");
    let provenance = |index: &Index| {
        index
            .targets_of(&web)
            .first()
            .map(|t| (t.provenance().annotation, t.provenance().namespace, t.provenance().route))
    };
    let _ = index.apply(service("shop/web", [ServicePort::tcp(80)]));
    assert_eq!(provenance(&index), None);
    let _ = index.apply(namespace("shop", Some("true")));
    assert_eq!(provenance(&index), Some((false, true, false)));
    let mut front = route(RouteKind::Ingress, "shop/front", "shop.example", "/", &[("shop/web", 80)]);
    let _ = index.apply(front.clone());
    assert_eq!(provenance(&index), Some((false, true, false)), "it is not gated");
    front.annotations = ours(&[("medium", "2")]);
    let _ = index.apply(front.clone());
    assert_eq!(provenance(&index), Some((false, true, true)));
    front.annotations = ours(&[("medium", "two")]);
    let changes = index.apply(front);
    assert!(changes.targets.is_empty(), "an annotation that does not parse gates as well");
    assert_eq!(changes.routes.len(), 1, "but it is another route");
    let mut zap = service("shop/web", [ServicePort::tcp(80)]);
    zap.annotations = ours(&[("zaproxy", "dast-test")]);
    let _ = index.apply(zap.clone());
    assert_eq!(provenance(&index), Some((true, true, true)));

    zap.annotations = ours(&[("scan", "false")]);
    let _ = index.apply(zap);
    assert_eq!(provenance(&index), Some((false, false, true)));
    assert_eq!(index.targets_of(&web)[0].refusal().unwrap().reason(), Reason::OptedOut);
    let changes =
        index.delete::<Route>(&dast_core::discovery::RouteRef::new(RouteKind::Ingress, name("shop/front")));
    assert_eq!((provenance(&index), changes.targets.len()), (None, 1));
}

#[test]
fn a_policy_gates_the_routes_of_its_namespaces_and_to_them() {
    let mut index = Index::default();
    let _ = index.apply(service("shop/web", [ServicePort::tcp(80)]));
    let _ = index.apply(route(RouteKind::HttpRoute, "edge/front", "shop.example", "/", &[("shop/web", 80)]));
    let _ = index.apply(route(
        RouteKind::HttpRoute,
        "kube-system/front",
        "shop.example",
        "/",
        &[("shop/web", 80)],
    ));
    let wanted = |index: &Index| !index.targets().is_empty();
    assert!(!wanted(&index));
    for (governs, expected) in [
        (Namespaces::matching(Some(vec!["shop"]), []), true),
        (Namespaces::matching(Some(vec!["edge"]), []), false),
        (Namespaces::matching(Some(vec!["kube-system"]), []), false),
        (Namespaces::matching(None, ["sh*"]), false),
        (Namespaces::all(), true),
    ] {
        let _ = index.apply(Policy::Cluster { name: "ceiling".into(), governs: governs.clone() });
        assert_eq!(wanted(&index), expected, "{governs:?}");
    }
    let _ = index.delete::<Policy>(&PolicyRef::Cluster("ceiling".into()));
    assert!(!wanted(&index));
    let _ = index.reset([Policy::Namespaced(name("shop/a")), Policy::Namespaced(name("shop/b"))]);
    assert!(wanted(&index));
    let _ = index.reset([Policy::Namespaced(name("shop/b"))]);
    assert!(wanted(&index));
    let _ = index.reset::<Policy>([]);
    assert!(!wanted(&index));
}

#[test]
fn the_originals_way_gates_every_ingress() {
    let mut index = Index::default();
    let _ = index.apply(service("shop/web", [ServicePort::tcp(80)]));
    let _ = index.apply(route(RouteKind::Ingress, "shop/front", "shop.example", "/", &[("shop/web", 80)]));
    let _ = index.apply(route(RouteKind::HttpRoute, "shop/other", "shop.example", "/", &[("shop/web", 80)]));
    assert!(index.targets().is_empty());
    let changes = index.configure(Settings { gate_every_ingress: true, ..Settings::default() });
    assert_eq!((changes.targets.len(), index.targets().len()), (1, 1));
    assert!(index.configure(Settings { gate_every_ingress: true, ..Settings::default() }).is_empty());
}

#[test]
fn other_settings_are_worked_in() {
    let mut index = shop();
    let front = route(RouteKind::Ingress, "shop/front", "docs.example", "/", &[("shop/web", 80)]);
    let object = Object::Route(front.name.clone());
    let _ = index.apply(front);
    assert_eq!(web(&index).origins().len(), 2);
    let settings = Settings {
        reserved_hosts: ["docs.example".to_owned()].into(),
        api_server: ["10.0.0.1".parse().unwrap()].into(),
        ..Settings::default()
    };
    let changes = index.configure(settings);
    assert!(changes.objects.contains(&object) && changes.targets.len() == 1);
    assert_eq!(web(&index).origins().len(), 1);
    assert_eq!(web(&index).refusal().unwrap().reason(), Reason::ApiServer);
    let changes = index.configure(Settings::default());
    assert!(changes.objects.contains(&object) && index.problems(&object).is_empty());
}

#[test]
fn a_target_is_scanned_under_the_names_of_its_routes() {
    let mut index = shop();
    let _ = index.apply(route(RouteKind::Ingress, "shop/b", "b.example", "/cart/", &[("shop/web", 80)]));
    let mut a = route(RouteKind::HttpRoute, "shop/a", "*.A.example", "/", &[]);
    let port = BackendPort::Name("http".into());
    a.rules.push(Rule::new(
        "*.A.example",
        Path::Exact("/x".to_owned()),
        Backend::Service(name("shop/web"), port),
    ));
    let _ = index.apply(a);
    assert_eq!(web(&index).origins().len(), 2, "the port has no such name");
    let mut service = annotated("shop/web", [ServicePort::named("http", 8080)]);
    let _ = index.apply(service.clone());
    let origins: Vec<_> = web(&index).origins().iter().map(ToString::to_string).collect();
    assert_eq!(origins, ["http://web.shop.svc:8080", "http://any.a.example:8080"], "port 80 is gone");
    assert_eq!(web(&index).name(), "shop/web:http");
    service.ports.push(ServicePort::tcp(80));
    let _ = index.apply(service);
    let target = index.target(&TargetId::new(name("shop/web"), 80)).unwrap();
    let places: Vec<_> = target.exposures().iter().map(|e| (e.host.as_str(), e.path.as_str())).collect();
    assert_eq!(places, [("web.shop.svc", "/"), ("b.example", "/cart")]);
    assert_eq!(index.routes_of(&name("shop/web")).count(), 2);
}

#[test]
fn the_backends_of_a_route_stand_as_they_do() {
    let mut index = shop();
    let mut front = route(
        RouteKind::Ingress,
        "shop/front",
        "shop.example",
        "/",
        &[("shop/web", 80), ("shop/web", 81), ("shop/none", 80), ("shop/db", 5432)],
    );
    front.rules[0].backends.push(Backend::Object(ObjectKind::from("StorageBucket"), name("shop/icons")));
    let _ = index.apply(service("shop/db", [ServicePort::tcp(5432), ServicePort::named("x", 9000)]));
    let front_name = front.name.clone();
    let _ = index.apply(front);
    let standings: Vec<_> = index.backends(&front_name).into_iter().map(|(_, standing)| standing).collect();
    let expected = [
        Standing::NotHttp,
        Standing::NoService,
        Standing::Target(web(&index)),
        Standing::NoPort,
        Standing::NotAService,
    ];
    assert_eq!(standings, expected);
    let port = |port| index.standing(&Backend::Service(name("shop/db"), port));
    assert_eq!(port(BackendPort::Number(9000)), Standing::NotJudged);
    assert_eq!(port(BackendPort::First), Standing::NotHttp);
    assert_eq!(index.exposures(&front_name).len(), 4);
    assert!(index.route(&front_name).is_some());
}

#[test]
fn a_route_says_that_a_port_speaks_http() {
    let mut index = Index::default();
    let _ = index
        .apply(service("shop/web", [ServicePort::named("app", 3000), ServicePort::named("debug", 4000)]));
    let mut front = route(RouteKind::Ingress, "shop/front", "shop.example", "/", &[("shop/web", 3000)]);
    front.annotations = ours(&[("high", "0")]);
    let _ = index.apply(front);
    assert_eq!(ports(&index, "shop/web"), [(3000, Scheme::Http, Clue::Route)]);
    assert_eq!(index.problems(&Object::Service(name("shop/web"))), [], "nobody asked for the other");
}

#[test]
fn a_headless_service_is_reached_at_the_ports_of_its_pods() {
    let mut index = Index::default();
    let to = |target| Service {
        kind: ServiceKind::Headless,
        ..annotated("shop/web", [ServicePort { target, ..ServicePort::named("http", 80) }])
    };
    let _ = index.apply(to(TargetPort::Number(8080)));
    assert_eq!(web(&index).origin().port(), 8080);
    let _ = index.apply(to(TargetPort::Name("web".into())));
    assert_eq!(web(&index).origin().port(), 80, "no pod says which");
    let changes = index.apply(slice("shop/web-x1", "web", &["10.0.0.1"]));
    assert_eq!((web(&index).origin().port(), changes.targets.len()), (8080, 1));
    let mut other = slice("shop/web-x2", "web", &["10.0.0.2"]);
    other.ports = vec![EndpointPort::tcp("http", 8081)];
    let _ = index.apply(other);
    assert_eq!(web(&index).origin().port(), 80, "they do not agree");
    let _ = index.delete::<EndpointSlice>(&name("shop/web-x2"));
    assert_eq!(web(&index).origin().port(), 8080);
}

#[test]
fn readiness_and_endpoints_follow_the_slices() {
    let mut index = shop();
    let at =
        |index: &Index| index.endpoints(web(index).id()).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(at(&index), ["10.0.0.1:8080"]);
    let one = web(&index).revision().cloned();
    let _ = index.apply(pod("shop/web-2", "10.0.0.2"));
    let changes = index.apply(slice("shop/web-x2", "web", &["10.0.0.2", "10.0.0.1"]));
    assert!(changes.is_empty(), "more pods of one revision are the same target");
    assert_eq!(at(&index), ["10.0.0.1:8080", "10.0.0.2:8080"]);
    assert_eq!(web(&index).revision().cloned(), one);

    let mut not_ready = slice("shop/web-x1", "web", &[]);
    not_ready.endpoints.push(Endpoint { addresses: vec!["10.0.0.1".into()], ready: false, serving: false });
    assert!(index.apply(not_ready).is_empty(), "the other slice still has it");
    let changes = index.delete::<EndpointSlice>(&name("shop/web-x2"));
    assert_eq!(changes.targets.len(), 1);
    assert!(!web(&index).is_ready() && web(&index).revision().is_none() && at(&index).is_empty());
}

#[test]
fn a_slice_may_change_its_service() {
    let mut index = shop();
    let _ = index.apply(annotated("shop/api", [ServicePort::tcp(80)]));
    let changes = index.apply(slice("shop/web-x1", "api", &["10.0.0.1"]));
    assert_eq!(changes.targets.len(), 2);
    assert!(!web(&index).is_ready() && index.targets_of(&name("shop/api"))[0].is_ready());
}

#[test]
fn an_update_that_says_nothing_new_changes_nothing() {
    let mut index = shop();
    assert!(index.apply(pod("shop/web-1", "10.0.0.1")).is_empty());
    assert!(index.apply(slice("shop/web-x1", "web", &["10.0.0.1"])).is_empty());
    assert!(index.apply(annotated("shop/web", [ServicePort::tcp(80)])).is_empty());
    assert!(index.delete::<Service>(&name("shop/none")).is_empty());
    assert!(index.service(&name("shop/web")).is_some() && index.service(&name("shop/none")).is_none());
}
