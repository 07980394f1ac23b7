//! What discovery is told of objects as API servers send them.

#![allow(clippy::unwrap_used, reason = "tests")]

use dast_core::admission::is_within;
use dast_core::discovery::*;
use dast_kubernetes::facts::{self, GrpcRoute, HttpRoute};
use dast_policy::Exposure;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::discovery::v1 as discovery;
use k8s_openapi::api::networking::v1 as networking;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<K: DeserializeOwned>(json: Value) -> K {
    serde_json::from_value(json).unwrap()
}

fn named(rest: Value) -> Value {
    let mut object = json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u"}});
    let fields = rest.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(fields);
    object
}

#[test]
fn a_service_has_its_ports_and_the_kind_of_its_address() {
    let service = |spec: Value| facts::service(&read::<core::Service>(named(json!({"spec": spec})))).unwrap();
    let fact = service(json!({
        "clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7", "fd00::7"], "selector": {"app": "web"},
        "ports": [
            {"name": "http", "port": 80, "targetPort": "web", "appProtocol": "http"},
            {"name": "quic", "port": 443, "protocol": "UDP", "targetPort": 8443},
            {"name": "old", "port": 81, "targetPort": 0},
        ],
    }));
    assert_eq!((fact.name.to_string().as_str(), &*fact.uid), ("shop/web", "u"));
    assert_eq!(fact.kind, ServiceKind::Virtual);
    assert_eq!(
        fact.cluster_ips.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.96.0.7", "fd00::7"]
    );
    assert_eq!(fact.selector["app"], "web");
    let http = ServicePort {
        app_protocol: Some("http".to_owned()),
        target: TargetPort::Name("web".into()),
        ..ServicePort::named("http", 80)
    };
    let quic = ServicePort {
        protocol: Protocol::Udp,
        target: TargetPort::Number(8443),
        ..ServicePort::named("quic", 443)
    };
    assert_eq!(fact.ports, [http, quic, ServicePort::named("old", 81)]);

    assert_eq!(service(json!({"clusterIP": "None"})).kind, ServiceKind::Headless);
    assert_eq!(service(json!({"clusterIP": "10.96.0.8"})).cluster_ips.len(), 1);
    let elsewhere = service(json!({"type": "ExternalName", "externalName": "example.com"}));
    assert_eq!(elsewhere.kind, ServiceKind::ExternalName("example.com".to_owned()));
}

#[test]
fn annotations_and_labels_that_matter_are_taken() {
    let mut object = named(json!({}));
    object["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/zaproxy": "z", "other": "x"});
    let fact = facts::service(&read::<core::Service>(object)).unwrap();
    assert_eq!(fact.annotations.iter().collect::<Vec<_>>(), [("dast.security.banzaicloud.io/zaproxy", "z")]);

    let labels =
        json!({"metadata": {"name": "shop", "labels": {"dast.security.banzaicloud.io/scan": "true"}}});
    let fact = facts::namespace(&read::<core::Namespace>(labels)).unwrap();
    assert_eq!((&*fact.name, fact.scan.as_deref()), ("shop", Some("true")));
}

#[test]
fn a_slice_has_its_addresses_whoever_it_says_they_are() {
    let mut object = named(json!({
        "addressType": "IPv4",
        "endpoints": [
            {"addresses": ["10.0.0.7"], "targetRef": {"kind": "Pod", "name": "somebody"}},
            {"addresses": ["169.254.169.254"], "conditions": {"ready": false, "serving": true}},
        ],
        "ports": [{"name": "http", "port": 8080}, {"name": "every"}],
    }));
    assert!(
        facts::endpoint_slice(&read::<discovery::EndpointSlice>(object.clone())).is_none(),
        "no Service's"
    );
    object["metadata"]["labels"] = json!({"kubernetes.io/service-name": "web"});
    let fact = facts::endpoint_slice(&read::<discovery::EndpointSlice>(object)).unwrap();
    assert_eq!(&*fact.service, "web");
    assert_eq!(fact.endpoints[0], Endpoint::ready("10.0.0.7".into()));
    let metadata = Endpoint { addresses: vec!["169.254.169.254".into()], ready: false, serving: true };
    assert_eq!(fact.endpoints[1], metadata);
    assert_eq!(fact.ports, [EndpointPort::tcp("http", 8080), EndpointPort::tcp("every", 0)]);
}

fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "nodeName": "node", "hostNetwork": false,
            "initContainers": [{"name": "setup", "image": "setup"}],
            "containers": [{
                "name": "web", "image": "web:1", "command": ["web"], "args": ["--port", "80"],
                "envFrom": [{"prefix": "DB_", "secretRef": {"name": "db"}}],
                "env": [
                    {"name": "MODE", "value": "shop"},
                    {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                ],
                "volumeMounts": [
                    {"name": "data", "mountPath": "/data", "subPath": "web"},
                    {"name": format!("kube-api-access-{name}"), "mountPath": "/token"},
                ],
            }],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "shop-data"}},
                {"name": format!("kube-api-access-{name}"), "projected": {"sources": [{"configMap": {"name": "ca"}}]}},
            ],
        },
        "status": {
            "phase": "Running", "podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}, {"ip": "fd00::7"}],
            "containerStatuses": [{
                "name": "web", "image": "web:1", "imageID": "sha256:1", "ready": true, "restartCount": 0,
            }],
            "initContainerStatuses": [{
                "name": "setup", "image": "setup", "imageID": "sha256:2", "ready": true, "restartCount": 0,
            }],
        },
    })
}

fn fact_of(pod: Value) -> Pod {
    facts::pod(&read::<core::Pod>(pod)).unwrap()
}

#[test]
fn a_pod_has_its_addresses_and_all_that_makes_its_revision() {
    let fact = fact_of(pod("web-1"));
    assert!(fact.live && !fact.host_network);
    assert_eq!(fact.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.7", "fd00::7"]);
    let [setup, web] = &fact.containers[..] else { panic!("{:?}", fact.containers) };
    assert_eq!((setup.kind, setup.image_id.as_str()), (ContainerKind::Init, "sha256:2"));
    assert_eq!((web.kind, web.image_id.as_str()), (ContainerKind::Main, "sha256:1"));
    assert_eq!(
        (&web.command[..], &web.args[..]),
        (&["web".to_owned()][..], &["--port".into(), "80".into()][..])
    );
    assert_eq!(web.env[1], Env::new("MODE", "shop"));
    assert!(
        matches!(&web.env[0], Env { name, value: EnvValue::AllOf(of) } if name == "DB_" && of.contains("db"))
    );
    assert!(matches!(&web.env[2].value, EnvValue::From(from) if from.contains("status.podIP")));
    let data = Volume { mount: "/data:web".to_owned(), source: VolumeSource::Claim("shop-data".to_owned()) };
    assert_eq!(web.volumes[0], data);
    assert_eq!(
        fact_of(pod("web-2")).containers,
        fact.containers,
        "names of pods are in the names of volumes"
    );
}

#[test]
fn what_has_ended_or_has_no_node_is_not_live() {
    for phase in ["Succeeded", "Failed"] {
        let mut ended = pod("web-1");
        ended["status"]["phase"] = phase.into();
        assert!(!fact_of(ended).live, "{phase}");
    }
    let mut waiting = pod("web-1");
    waiting["spec"]["nodeName"] = Value::Null;
    assert!(!fact_of(waiting).live);
    let mut host = pod("web-1");
    host["spec"]["hostNetwork"] = true.into();
    assert!(fact_of(host).host_network);
}

#[test]
fn an_ingress_leads_where_its_rules_and_its_default_say() {
    let service = |port: Value| json!({"service": {"name": "web", "port": port}});
    let fact = facts::ingress(&read::<networking::Ingress>(named(json!({"spec": {
        "defaultBackend": {"resource": {"apiGroup": "x", "kind": "Bucket", "name": "files"}},
        "rules": [
            {"host": "shop.example", "http": {"paths": [
                {"path": "/cart", "pathType": "Prefix", "backend": service(json!({"name": "http"}))},
                {"path": "/exact", "pathType": "Exact", "backend": service(json!({"number": 80}))},
                {"pathType": "ImplementationSpecific", "backend": service(json!({"number": 80}))},
                {"path": "/a.*", "pathType": "ImplementationSpecific", "backend": service(json!({"number": 80}))},
            ]}},
            {"host": "*.example"},
        ],
    }}))))
    .unwrap();
    let web = ObjectName::new("shop", "web");
    let by_name = Backend::Service(web.clone(), BackendPort::Name("http".into()));
    let (by_number, bucket) = (
        Backend::service(web, 80),
        Backend::Object(ObjectKind::new("x", "Bucket"), ObjectName::new("shop", "files")),
    );
    let rule = |hosts: &[&str], paths: Vec<Path>, backend: &Backend| Rule {
        hosts: hosts.iter().map(ToString::to_string).collect(),
        matches: paths.into_iter().map(Into::into).collect(),
        rewrite: Rewrite::default(),
        filters: String::new(),
        backends: vec![backend.clone()],
    };
    let shop = &["shop.example"][..];
    assert_eq!(
        fact.rules,
        [
            rule(shop, vec![Path::Prefix("/cart".into())], &by_name),
            rule(shop, vec![Path::Exact("/exact".into())], &by_number),
            rule(shop, vec![], &by_number),
            rule(shop, vec![Path::Pattern("/a.*".into())], &by_number),
            rule(&["*.example"], vec![], &bucket),
            rule(&[], vec![], &bucket),
        ]
    );
}

#[test]
fn an_http_route_has_its_backends_mirrors_and_rewrites() {
    let fact = facts::http_route(&read::<HttpRoute>(named(json!({"spec": {
        "hostnames": ["shop.example"],
        "rules": [{
            "matches": [{"path": {"type": "PathPrefix", "value": "/cart"}}, {"path": {"type": "Exact", "value": "/"}}],
            "filters": [
                {"type": "URLRewrite", "urlRewrite": {"hostname": "inner", "path": {
                    "type": "ReplacePrefixMatch", "replacePrefixMatch": "/",
                }}},
                {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "mirror", "port": 82}}},
            ],
            "backendRefs": [
                {"name": "web", "port": 80, "weight": 0},
                {"name": "other", "namespace": "b", "port": 81},
                {"group": "x", "kind": "Bucket", "name": "files"},
                {"name": "special", "port": 83, "filters": [
                    {"type": "URLRewrite", "urlRewrite": {"hostname": "special"}},
                ]},
            ],
        }, {
            "matches": [{"headers": [{"name": "a", "value": "b"}]}, {"path": {"value": "/x"}}],
            "backendRefs": [{"name": "web", "port": 80}],
        }, {
            "filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}],
        }],
    }}))))
    .unwrap();
    let at = |namespace: &str, name: &str, port| Backend::service(ObjectName::new(namespace, name), port);
    let [main, mirrored, special, every] = &fact.rules[..] else { panic!("{:#?}", fact.rules) };
    assert_eq!(main.hosts, ["shop.example"]);
    assert_eq!(paths(main), [Some(&Path::Prefix("/cart".into())), Some(&Path::Exact("/".into()))]);
    let rewrite = Rewrite { host: Some("inner".into()), path: Some(PathRewrite::Prefix("/".into())) };
    assert_eq!(main.rewrite, rewrite);
    let bucket = Backend::Object(ObjectKind::new("x", "Bucket"), ObjectName::new("shop", "files"));
    assert_eq!(main.backends, [at("shop", "web", 80), at("b", "other", 81), bucket]);
    assert_eq!((&mirrored.backends[..], &mirrored.rewrite), (&[at("shop", "mirror", 82)][..], &rewrite));
    assert_eq!(special.backends, [at("shop", "special", 83)]);
    assert_eq!(special.rewrite, Rewrite { host: Some("special".into()), ..rewrite });
    assert_eq!(paths(every), [None, Some(&Path::Prefix("/x".into()))], "a header alone");
    assert_eq!(every.backends, [at("shop", "web", 80)]);
}

#[test]
fn whoever_is_asked_about_requests_gets_them_too() {
    let asked = |name: &str, http: Value| {
        json!({"type": "ExternalAuth", "externalAuth": {
            "protocol": "HTTP", "backendRef": {"name": name, "port": 80}, "http": http,
        }})
    };
    let fact = facts::http_route(&read::<HttpRoute>(named(json!({"spec": {"rules": [{
        "matches": [{"path": {"value": "/cart"}}],
        "filters": [
            {"type": "URLRewrite", "urlRewrite": {"hostname": "inner"}},
            asked("guard", json!({"path": "/check"})),
        ],
        "backendRefs": [
            {"name": "web", "port": 80},
            {"name": "special", "port": 80, "filters": [asked("other", json!({}))]},
        ],
    }]}}))))
    .unwrap();
    let exposes = |name: &str| {
        let uses = fact.uses(&Settings::default());
        let used = uses.services.into_iter().find(|used| &*used.service.name == name).unwrap();
        used.exposures
    };
    assert_eq!(exposes("web"), [Exposure::new("inner", "/cart")]);
    assert_eq!(exposes("guard"), [Exposure::new("guard.shop.svc", "/check")], "before anything is rewritten");
    assert_eq!(exposes("other"), [Exposure::new("other.shop.svc", "/cart")]);
}

#[test]
fn whoever_serves_is_not_whoever_was_asked_or_mirrored_to() {
    let of = |name: &str| json!({"backendRef": {"name": name, "port": 80}});
    let beside = json!([
        {"type": "ExternalAuth", "externalAuth": of("guard")},
        {"type": "RequestMirror", "requestMirror": of("copy")},
    ]);
    let route = |name: &str, in_rule: &Value, own: &Value| {
        let backends = json!([{"name": name, "port": 80, "filters": own}]);
        let spec = json!({"parentRefs": [{"name": "public"}],
            "rules": [{"filters": in_rule, "backendRefs": backends}]});
        facts::http_route(&read::<HttpRoute>(named(json!({"spec": spec})))).unwrap()
    };
    let none = json!([]);
    for (in_rule, own) in [(&beside, &none), (&none, &beside)] {
        let before = route("web", in_rule, own);
        assert!(is_within(&before, &before));
        for name in ["guard", "copy"] {
            assert!(!is_within(&route(name, in_rule, own), &before), "{name} serves, and did not before");
        }
    }
}

/// The paths of a rule's matches.
fn paths(rule: &Rule) -> Vec<Option<&Path>> {
    rule.matches.iter().map(|asked| asked.path.as_ref()).collect()
}

#[test]
fn what_else_a_route_says_makes_it_another_one() {
    let read = |spec: Value| facts::http_route(&read::<HttpRoute>(named(json!({"spec": spec})))).unwrap();
    let route = |rule: Value| read(json!({"rules": [rule]})).rules.remove(0);
    let backends = json!([{"name": "web", "port": 80}]);
    let plain = route(json!({"backendRefs": backends, "matches": [{"path": {"value": "/a"}}]}));
    for other in [
        json!({"backendRefs": backends, "matches": [{"path": {"value": "/a"}, "method": "GET"}]}),
        json!({"backendRefs": backends, "matches": [{"path": {"value": "/a"}}],
               "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}}]}),
        json!({"backendRefs": [{"name": "web", "port": 80, "filters": [{"type": "CORS"}]}],
               "matches": [{"path": {"value": "/a"}}]}),
    ] {
        assert_ne!(route(other.clone()), plain, "{other}");
    }
    let spelt = json!({"matches": [{"path": {"value": "/a"}}], "backendRefs": backends, "name": "a rule"});
    assert_eq!(route(spelt), plain);

    let parents = json!([{"name": "public"}, {"name": "public", "namespace": "shop"},
        {"kind": "Service", "group": "", "name": "mesh", "port": 80, "sectionName": "http"}]);
    let served_by: Vec<_> = read(json!({"parentRefs": parents})).served_by.into_iter().collect();
    assert_eq!(served_by, ["Gateway `shop/public`", "Service. `shop/mesh` section `http` port 80"]);
    assert!(read(json!({})).served_by.is_empty(), "it has no parents");
}

#[test]
fn an_ingress_is_served_by_its_class_however_it_is_spelt() {
    let served_by =
        |object: Value| facts::ingress(&read::<networking::Ingress>(named(object))).unwrap().served_by;
    let annotation = json!({"name": "front", "namespace": "shop",
        "annotations": {"kubernetes.io/ingress.class": "a"}});
    let field = json!({"ingressClassName": "a"});
    assert_eq!(served_by(json!({"spec": field})), ["class `a`".to_owned()].into());
    assert_eq!(served_by(json!({"metadata": annotation})), served_by(json!({"spec": field})));
    let both = served_by(json!({"metadata": annotation, "spec": {"ingressClassName": "b"}}));
    assert_eq!(both, ["class `a`".to_owned(), "class `b`".to_owned()].into());
    assert_eq!(served_by(json!({})), ["the default class".to_owned()].into());
}

#[test]
fn a_grpc_route_has_paths_of_services_and_methods() {
    let fact = facts::grpc_route(&read::<GrpcRoute>(named(json!({"spec": {"rules": [
        {"matches": [
            {"method": {"service": "shop.Cart", "method": "Add"}},
            {"method": {"service": "shop.Cart"}},
            {"method": {"type": "RegularExpression", "service": "shop\\..*"}},
        ], "backendRefs": [{"name": "web", "port": 80}]},
        {"matches": [{"headers": []}], "backendRefs": [{"name": "web", "port": 80}]},
    ]}}))))
    .unwrap();
    assert_eq!(fact.name.kind, RouteKind::GrpcRoute);
    let expected = [
        Path::Exact("/shop.Cart/Add".into()),
        Path::Prefix("/shop.Cart".into()),
        Path::Pattern("/shop\\..*/[^/]+".into()),
    ];
    assert_eq!(paths(&fact.rules[0]), expected.each_ref().map(Some));
    assert_eq!(paths(&fact.rules[1]), [None]);
}
