//! Every shape of a backend, however it stands, in every mode: what the documentation says happens.

use dast_core::discovery::{Backend, BackendPort, ObjectName, Path, Route, RouteKind, Rule, ServiceKind};
use dast_policy::*;
use jiff::SignedDuration;

use super::cluster::*;

const GUIDE: &str = include_str!("../../../../docs/admission.md");
/// The row of what leads to no Service, by shapes of its own.
const NO_SERVICE: &str = "it is no Service";

/// How a backend stands, by the name that the documentation has for it.
fn standing(name: &str) -> Option<Known> {
    let mut known = Known::of("shop", "web");
    let mut scan = known.scan();
    match name {
        "nothing was found" => {}
        "over a warn limit" => known.scanned(&[Severity::Medium]),
        "over a fail limit" => known.scanned(&[Severity::High]),
        "over a fail limit, and the scan was cut short" => {
            scan.completion = cut_short();
            known.scanned_as(&[Severity::High], scan);
        }
        "never scanned" => known.target.evidence = Ok(None),
        "never scanned, but a scan is queued" => {
            known.target.evidence = Ok(None);
            known.target.under_way = Some(UnderWay::Queued);
        }
        "another revision runs" => known.target.revision = Some(Revision::new("2")),
        "another revision runs, and is being scanned" => {
            known.target.revision = Some(Revision::new("2"));
            known.target.under_way = Some(UnderWay::Running);
        }
        "it is to be scanned with other settings" => {
            known.target.profile.as_mut().unwrap().hash = "2".to_owned()
        }
        "the evidence is too old" => {
            scan.ended = now() - SignedDuration::from_hours(8 * 24);
            scan.started = scan.ended;
            known.scanned_as(&[], scan);
        }
        "the scan ended tomorrow: clocks differ, or were set back" => {
            scan.ended = now() + SignedDuration::from_hours(24);
            known.scanned_as(&[], scan);
        }
        "the scan was cut short" => {
            scan.completion = cut_short();
            known.scanned_as(&[], scan);
        }
        "its scanner is not trusted" => known.target.scanner = ObjectName::new("shop", "own"),
        "the evidence cannot be read" => known.target.evidence = Err("`scan`: a number".to_owned()),
        "the scan did not visit the host" => {
            scan.subject.covered = vec![Exposure::new("other.example", "/")];
            known.scanned_as(&[], scan);
        }
        "the Service does not exist" => return None,
        "the Service has no such port" => {
            known.service.ports[0].port = 81;
            known.service.ports[0].name = "other".into();
            let udp = known.service.ports[0].clone();
            known.service.ports.insert(0, dast_core::discovery::ServicePort { port: 53, ..udp });
        }
        "the Service leads out of the cluster" => {
            known.service.kind = ServiceKind::ExternalName("other.example".to_owned());
        }
        "the Service was changed after the scan" => {
            known.service.selector.insert("app".to_owned(), "other".to_owned());
        }
        "another Service of the same name" => known.service.uid = "uid-2".into(),
        "it is refused" => known.target.refusal = Some("a pod uses the network of its node".to_owned()),
        "it is not known what runs" => known.target.revision = None,
        NO_SERVICE => {}
        _ => panic!("the documentation names `{name}`, of which there is no test"),
    }
    Some(known)
}

/// A cluster with what the documentation has by this name, and with something good beside it.
fn cluster(name: &str, document: PolicyDocument) -> Cluster {
    let mut cluster = Cluster::usual();
    cluster.govern(document);
    cluster.put(Known::of("shop", "good"));
    match standing(name) {
        Some(known) => cluster.put(known),
        None => cluster.catalog.remove_service(&ObjectName::new("shop", "web")),
    }
    cluster
}

fn cut_short() -> Completion {
    Completion::Incomplete { cause: Cause::DeadlineExceeded, detail: String::new() }
}

/// Every way in which a route leads to what the documentation has by this name.
fn shapes(name: &str) -> Vec<(&'static str, Route)> {
    if name == NO_SERVICE { shapes_of_no_service() } else { shapes_of_a_service() }
}

/// Every way in which a route leads somewhere that nothing can scan.
fn shapes_of_no_service() -> Vec<(&'static str, Route)> {
    let annotation = |key, value| annotated(front(), [(key, value)]);
    vec![
        ("another kind of object", route("shop", bucket())),
        (
            "raw configuration of a proxy",
            annotation("nginx.ingress.kubernetes.io/server-snippet", "proxy_pass http://x;"),
        ),
        (
            "a mirror elsewhere",
            annotation("nginx.ingress.kubernetes.io/mirror-target", "https://elsewhere.example"),
        ),
        ("an action that cannot be read", annotation("alb.ingress.kubernetes.io/actions.x", "{")),
    ]
}

/// Every way in which a route leads to a Service. `First` is left out where there is another port before.
fn shapes_of_a_service() -> Vec<(&'static str, Route)> {
    let by = |port| Backend::Service(ObjectName::new("shop", "web"), port);
    let good = || Backend::service(ObjectName::new("shop", "good"), 80);
    let rule = |hosts: &[&str], backends: Vec<Backend>| Rule {
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        backends,
        ..Rule::new("", Path::Prefix("/".to_owned()), good())
    };
    let with = |rules: Vec<Rule>| Route { rules, ..front() };
    let annotation = |key: &str, value: &str| {
        let rules = vec![rule(&["shop.example"], vec![good()])];
        annotated(with(rules), [(key, value)])
    };
    let split = r#"{"type":"forward","forwardConfig":{"targetGroups":[
        {"serviceName":"good","servicePort":80,"weight":100},{"serviceName":"web","servicePort":"http","weight":0}]}}"#;
    let of = |kind: RouteKind| {
        let mut route = front();
        route.name.kind = kind;
        route
    };
    vec![
        ("a number", front()),
        ("an HTTPRoute", of(RouteKind::HttpRoute)),
        ("a GRPCRoute", of(RouteKind::GrpcRoute)),
        ("a default backend", with(vec![Rule { matches: Vec::new(), ..rule(&[], vec![web()]) }])),
        ("a name", with(vec![rule(&["shop.example"], vec![by(BackendPort::Name("http".into()))])])),
        ("any host", with(vec![rule(&[], vec![web()])])),
        ("one of several backends", with(vec![rule(&["shop.example"], vec![good(), web()])])),
        (
            "one of several rules",
            with(vec![rule(&["shop.example"], vec![good()]), rule(&["shop.example"], vec![web()])]),
        ),
        ("from another namespace", Route { rules: front().rules, ..route("edge", web()) }),
        (
            "a mirror in an annotation",
            annotation(
                "nginx.ingress.kubernetes.io/mirror-target",
                "http://web.shop.svc.cluster.local$request_uri",
            ),
        ),
        ("an action in an annotation", annotation("alb.ingress.kubernetes.io/actions.split", split)),
    ]
}

/// The rows of the table in the documentation: how a backend stands, the verdict, and the action of each mode.
fn rows() -> Vec<Vec<&'static str>> {
    let heading = "| the backend | verdict |";
    let rows = GUIDE.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |row: &'static str| {
        row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()
    };
    rows.map(cells).collect()
}

#[test]
fn what_happens_is_what_is_documented() {
    let rows = rows();
    assert!(rows.len() > 15, "the table is there: {rows:?}");
    let mut judged = 0;
    for row in &rows {
        let [name, verdict, actions @ ..] = &row[..] else { panic!("{row:?}") };
        let [audit, warn, enforce, hold, held] = actions else { panic!("five modes: {row:?}") };
        for (mode, expected, is_exposed) in [
            ("audit", audit, false),
            ("warn", warn, false),
            ("enforce", enforce, false),
            ("hold", hold, false),
            ("audit", audit, true),
            ("warn", warn, true),
            ("enforce", enforce, true),
            ("hold", held, true),
        ] {
            for (shape, route) in shapes(name) {
                let mut document = usual();
                document.enforcement.mode = mode.parse().unwrap();
                let cluster = cluster(name, document);
                let mut before = route.clone();
                before.rules = vec![Rule::new("old.example", Path::Exact("/".to_owned()), web())];
                let decision =
                    if is_exposed { cluster.update(&before, &route) } else { cluster.create(&route) };
                let about = format!("{name}, {mode}, {shape}, exposed before: {is_exposed}\n{decision}");
                assert_eq!(format!("{:?}", decision.action()), **expected, "{about}");
                let told = decision.verdict().map(|verdict| verdict.to_string());
                assert_eq!(told.as_deref(), Some(*verdict), "{about}");
                assert_eq!(decision.warnings().is_empty(), !["Warn", "Hold"].contains(expected), "{about}");
                judged += 1;
            }
        }
    }
    let [of_services, others] = [shapes_of_a_service().len(), shapes_of_no_service().len()];
    assert_eq!(judged, 8 * ((rows.len() - 1) * of_services + others));
}

/// What is unknown for a reason that has a mode of its own acts as it does everywhere in that mode.
#[test]
fn a_reason_acts_in_its_own_mode() {
    let modes = [Mode::Audit, Mode::Warn, Mode::Enforce, Mode::Hold];
    let mut reasons = Vec::new();
    for row in rows() {
        let [name, verdict, actions @ ..] = &row[..] else { panic!("{row:?}") };
        let reason =
            UnknownReason::ALL.into_iter().find(|reason| Verdict::Unknown(*reason).to_string() == **verdict);
        let Some(reason) = reason else { continue };
        reasons.push(reason);
        for other in modes {
            for (mode, expected) in modes.into_iter().zip(actions) {
                let mut document = usual();
                document.enforcement.mode = other;
                *document.enforcement.unknown_reasons.get_mut(reason) = Some(mode);
                let cluster = cluster(name, document);
                for (shape, route) in shapes(name) {
                    let action = cluster.create(&route).action();
                    assert_eq!(format!("{action:?}"), **expected, "{name}, {shape}: {mode:?} in {other:?}");
                }
            }
        }
    }
    assert!(UnknownReason::ALL.iter().all(|reason| reasons.contains(reason)), "{reasons:?}");
}

#[test]
fn what_acts_like_a_warning_never_denies() {
    for row in rows() {
        let mut document = usual();
        document.enforcement.unknown = UnknownActs::Warn;
        let cluster = cluster(row[0], document);
        let expected = match row[1] {
            "Pass" => Action::Admit,
            "Fail" => Action::Deny,
            _ => Action::Warn,
        };
        for (shape, route) in shapes(row[0]) {
            assert_eq!(cluster.create(&route).action(), expected, "{row:?}, {shape}");
        }
    }
}
