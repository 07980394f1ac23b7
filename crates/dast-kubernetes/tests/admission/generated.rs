//! Clusters and routes of all sorts, as manifests. Tests of the controllers, which are in the crate, read this file, too.

use dast_policy::*;
use jiff::{SignedDuration, Timestamp};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// What stands in a cluster, and a route that somebody writes.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Policies, exemptions and Services.
    pub(crate) objects: Vec<Value>,
    /// What a scan of the Service `web` has found, if there was one.
    pub(crate) found: Option<usize>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Value,
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let policies =
        (option::weighted(0.9, ceiling()), option::of(policy()), option::weighted(0.2, exemption()));
    let standing = (subsequence(services(), 1..=3), select(vec![None, Some(0), Some(0), Some(3)]));
    let routes = prop_oneof![
        (option::weighted(0.3, ingress()), ingress()),
        (option::weighted(0.3, http_route("HTTPRoute")), http_route("HTTPRoute")),
        (option::weighted(0.3, http_route("GRPCRoute")), http_route("GRPCRoute")),
    ];
    (policies, standing, routes).prop_map(
        |((ceiling, policy, exemption), (services, found), (before, after))| Case {
            objects: [ceiling, policy, exemption].into_iter().flatten().chain(services).collect(),
            found,
            before,
            after,
        },
    )
}

fn ceiling() -> impl Strategy<Value = Value> {
    let more = option::weighted(
        0.2,
        select(vec![
            ("exemptCreators", json!(["jane"])),
            ("acceptedBackends", json!(["StorageBucket.storage.example.com"])),
            ("exemptionNamespaces", json!(["shop"])),
            ("namespaces", json!({"exclude": ["shop"]})),
        ]),
    );
    (spec(), more).prop_map(|(mut spec, more)| {
        more.into_iter().for_each(|(field, value)| spec[field] = value);
        ours("ClusterThresholdPolicy", "ceiling", spec)
    })
}

fn policy() -> impl Strategy<Value = Value> {
    spec().prop_map(|spec| ours("ThresholdPolicy", "own", spec))
}

/// Limits, and what follows from them; seldom something that cannot be read.
fn spec() -> impl Strategy<Value = Value> {
    prop_oneof![19 => readable(), 1 => Just(json!({"thresholds": {"alerts": {"high": {"fail": "none"}}}}))]
}

fn readable() -> impl Strategy<Value = Value> {
    let mode = select(vec!["audit", "warn", "enforce", "hold"]);
    let reasons = option::of((select(vec!["NotScanned", "NotCovered", "Stale"]), mode.clone()));
    let grace = option::weighted(0.2, Just("2h"));
    (select(vec![0, 2, 5]), mode, reasons, grace).prop_map(|(fail, mode, reasons, grace)| {
        let mut spec =
            json!({"thresholds": {"alerts": {"high": {"fail": fail}}}, "enforcement": {"mode": mode}});
        if let Some((reason, mode)) = reasons {
            spec["enforcement"]["unknownReasons"] = json!({reason: mode});
        }
        if let Some(grace) = grace {
            spec["grace"] = json!(grace);
        }
        spec
    })
}

fn exemption() -> impl Strategy<Value = Value> {
    select(vec!["2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]).prop_map(|expires| {
        let spec = json!({"rule": "40012", "reason": "r", "owner": "o", "expires": expires});
        ours("Exemption", "known", spec)
    })
}

fn ours(kind: &str, name: &str, spec: Value) -> Value {
    let mut metadata = json!({"name": name, "uid": name, "resourceVersion": "1"});
    if !kind.starts_with("Cluster") {
        metadata["namespace"] = json!("shop");
    }
    json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
}

/// One that may be scanned, one of which nothing is known, one that is another name, one of somebody else.
fn services() -> Vec<Value> {
    let service = |namespace: &str, name: &str, spec: Value| {
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": namespace, "uid": format!("uid-{name}")}, "spec": spec})
    };
    let port = json!([{"name": "http", "port": 80, "targetPort": 8080}]);
    vec![
        web(),
        service("shop", "api", json!({"selector": {"app": "api"}, "ports": port})),
        service(
            "shop",
            "alias",
            json!({"type": "ExternalName", "externalName": "web.shop.svc.cluster.local", "ports": port}),
        ),
        service("bank", "ledger", json!({"selector": {"app": "ledger"}, "ports": port})),
    ]
}

/// The Service that is scanned.
pub(crate) fn web() -> Value {
    json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-1"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}})
}

fn ingress() -> impl Strategy<Value = Value> {
    let backend = select(vec![
        json!({"service": {"name": "web", "port": {"name": "http"}}}),
        json!({"service": {"name": "web", "port": {"number": 80}}}),
        json!({"service": {"name": "web", "port": {"number": 81}}}),
        json!({"service": {"name": "api", "port": {"number": 80}}}),
        json!({"service": {"name": "alias", "port": {"number": 80}}}),
        json!({"service": {"name": "gone", "port": {"number": 80}}}),
        json!({"resource": {"apiGroup": "storage.example.com", "kind": "StorageBucket", "name": "assets"}}),
    ]);
    let path = (select(vec!["/", "/api"]), backend.clone())
        .prop_map(|(path, backend)| json!({"path": path, "pathType": "Prefix", "backend": backend}));
    let rule = (host(), proptest::collection::vec(path, 0..3))
        .prop_map(|(host, paths)| json!({"host": host, "http": {"paths": paths}}));
    let class = select(vec![Some("public"), Some("public"), Some("public"), Some("dast-parked"), None]);
    (class, option::weighted(0.2, backend), proptest::collection::vec(rule, 1..3), annotations()).prop_map(
        |(class, default, rules, annotations)| {
            let mut spec = json!({"rules": rules});
            if let Some(class) = class {
                spec["ingressClassName"] = json!(class);
            }
            if let Some(default) = default {
                spec["defaultBackend"] = default;
            }
            route("networking.k8s.io/v1", "Ingress", annotations, spec)
        },
    )
}

fn http_route(kind: &'static str) -> impl Strategy<Value = Value> {
    let backend = select(vec![
        json!({"name": "web", "port": 80}),
        json!({"name": "web", "port": 80, "weight": 0}),
        json!({"name": "api", "port": 80}),
        json!({"name": "gone", "port": 80}),
        json!({"name": "ledger", "namespace": "bank", "port": 80}),
        json!({"group": "storage.example.com", "kind": "StorageBucket", "name": "assets"}),
    ]);
    let rule = proptest::collection::vec(backend, 1..3).prop_map(|backends| json!({"backendRefs": backends}));
    let parents = select(vec![json!([{"name": "public"}]), json!([{"name": "public"}]), json!([])]);
    (host(), proptest::collection::vec(rule, 1..3), parents, annotations()).prop_map(
        move |(host, rules, parents, annotations)| {
            let spec = json!({"parentRefs": parents, "hostnames": [host], "rules": rules});
            route("gateway.networking.k8s.io/v1", kind, annotations, spec)
        },
    )
}

fn host() -> impl Strategy<Value = &'static str> {
    select(vec!["shop.example", "shop.example", "other.example"])
}

fn annotations() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({}),
        json!({"dast.security.banzaicloud.io/high": "0"}),
        json!({"dast.security.banzaicloud.io/high": "nine"}),
        json!({"nginx.ingress.kubernetes.io/server-snippet": "location / {}"}),
        json!({"nginx.ingress.kubernetes.io/default-backend": "api"}),
        json!({"kubernetes.io/ingress.class": "public"}),
    ])
}

fn route(version: &str, kind: &str, annotations: Value, spec: Value) -> Value {
    let metadata =
        json!({"name": "front", "namespace": "shop", "uid": "uid-front", "annotations": annotations});
    json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
}

/// The target of [`web`] as the operator writes it: scanned a minute ago at `shop.example`, with so many findings, when the Service
/// was as this hash says.
pub(crate) fn target(found: usize, service_hash: &str) -> Value {
    let ended = Timestamp::now() - SignedDuration::from_mins(1);
    let mut collector = Collector::new();
    for page in 0..found {
        let alert = AlertRef::parse("40012", "40012").unwrap();
        let url = format!("http://web.shop.svc/{page}");
        collector.add(&Finding::new(alert, Severity::High, Confidence::High, "GET", &url).unwrap());
    }
    let evidence = collector.finish(Scan {
        subject: Subject {
            target: "shop/web:http".to_owned(),
            origin: "http://web.shop.svc".parse().unwrap(),
            covered: vec![Exposure::new("shop.example", "/")],
        },
        revision: Some(Revision::new("1")),
        profile: Profile { name: "full".to_owned(), hash: "1".to_owned() },
        engine: Engine {
            name: "zap".to_owned(),
            version: "2".to_owned(),
            rule_set: "1".to_owned(),
            passive: false,
        },
        started: ended - SignedDuration::from_mins(5),
        ended,
        completion: Completion::Complete,
        coverage: Coverage { pages: 20, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    });
    json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ScanTarget",
        "metadata": {"name": "web-80", "namespace": "shop"},
        "spec": {"service": {"name": "web", "port": 80, "portName": "http", "uid": "uid-1"},
            "origin": "http://web.shop.svc", "scanner": {"namespace": "dast-system", "name": "default"}},
        "status": {"phase": "Idle", "revision": "1", "serviceHash": service_hash,
            "profile": {"name": "full", "hash": "1"}, "evidence": evidence}})
}
