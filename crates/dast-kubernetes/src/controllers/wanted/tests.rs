use serde_json::{Value, json};

use super::*;
use crate::controllers::samples::{dast, known, label_namespace, serve, settings, web};

const GRANTED: &str = "allowed: {activeNamespaces: [shop]}";

/// What is wanted of a Service with these annotations, besides the one that names the scanner, and a Dast with this spec.
fn annotated(annotations: &[(&str, &str)], spec: Value, yaml: &str) -> Wanted {
    let known = known();
    known.dasts.apply(dast("zaproxy", "zap", spec));
    let named = [("zaproxy", "zap"), ("zaproxy-namespace", "zaproxy")];
    serve(&known, &[&named, annotations].concat());
    Wanted::of(&web(), &known, &settings(yaml)).unwrap()
}

/// The same of a Service in a namespace that somebody labelled.
fn labelled(spec: Value, yaml: &str) -> Wanted {
    let known = known();
    known.dasts.apply(dast("dast-system", "default", spec));
    serve(&known, &[]);
    label_namespace(&known);
    Wanted::of(&web(), &known, &settings(yaml)).unwrap()
}

fn external(spec: Value, yaml: &str) -> Option<Wanted> {
    let known = known();
    known.dasts.apply(dast("external", "scanner", spec));
    Wanted::of(&ObjectName::new("external", "external.site"), &known, &settings(yaml))
}

fn scan(wanted: &Wanted) -> &Scan {
    wanted.scan.as_ref().unwrap()
}

fn refusal(wanted: &Wanted) -> (&str, &str) {
    let remark = wanted.scan.as_ref().unwrap_err();
    (&remark.reason, &remark.message)
}

fn reasons(wanted: &Wanted) -> Vec<&str> {
    wanted.remarks.iter().map(|remark| remark.reason.as_str()).collect()
}

#[test]
fn a_service_is_wanted_as_discovery_found_it() {
    let wanted = annotated(&[], json!({"profile": {"name": "passive"}}), "");
    assert_eq!((wanted.owner.kind.as_str(), wanted.owner.uid.as_str()), ("Service", "s1"));
    assert_eq!(wanted.spec.scanner, ScannerRef { namespace: "zaproxy".to_owned(), name: "zap".to_owned() });
    assert!(wanted.is_ready && wanted.has_workload && wanted.revision.is_some() && wanted.remarks.is_empty());
    assert_eq!(scan(&wanted).profile.name, "passive");
    assert_eq!(scan(&wanted).zap, None, "the built-in engine scans");
    let known = known();
    assert_eq!(Wanted::of(&web(), &known, &settings("")), None, "there is no such Service");
    serve(&known, &[]);
    assert_eq!(Wanted::of(&web(), &known, &settings("")), None, "nobody wants it scanned");
}

#[test]
fn nothing_is_attacked_unless_owner_and_configuration_agree() {
    let attacking = [json!({"profile": {"name": "full"}}), json!({"profile": {"name": "api"}}), json!({})];
    for spec in attacking {
        let asked = spec["profile"]["name"].as_str().unwrap_or("full");
        let agreed = annotated(&[], spec.clone(), GRANTED);
        assert_eq!((scan(&agreed).profile.name.as_str(), reasons(&agreed)), (asked, vec![]));
        for (wanted, who) in [
            (annotated(&[], spec.clone(), ""), "`allowed.activeNamespaces`"),
            (
                annotated(&[], spec.clone(), "allowed: {activeNamespaces: [store]}"),
                "`allowed.activeNamespaces`",
            ),
            (labelled(spec.clone(), GRANTED), "owner has not asked"),
            (labelled(spec.clone(), ""), "owner has not asked"),
        ] {
            assert_eq!(scan(&wanted).profile.name, "baseline");
            assert!(scan(&wanted).zap.is_some());
            assert_eq!(reasons(&wanted), ["ActiveScanNotGranted"]);
            assert!(wanted.remarks[0].message.contains(who), "{:?}", wanted.remarks);
        }
    }
    for passive in ["passive", "baseline"] {
        let wanted = labelled(json!({"profile": {"name": passive}}), "");
        assert_eq!((scan(&wanted).profile.name.as_str(), reasons(&wanted)), (passive, vec![]));
    }
}

#[test]
fn what_only_attacks_have_does_not_change_what_is_passive() {
    let strong = json!({"profile": {"name": "full", "attackStrength": "High", "alertThreshold": "Low"}});
    let refused = annotated(&[], strong, "");
    assert_eq!((scan(&refused).what.attack_strength, scan(&refused).what.alert_threshold), (None, None));
    let plain = annotated(&[], json!({"profile": {"name": "full"}}), "");
    assert_eq!(scan(&refused).profile, scan(&plain).profile);
}

#[test]
fn an_openapi_document_makes_it_a_scan_of_an_api() {
    let api = [("apiscan", "true"), ("openapi-url", "http://web.shop.svc/openapi.json")];
    let agreed = annotated(&api, json!({}), GRANTED);
    assert_eq!(scan(&agreed).profile.name, "api");
    assert_eq!(scan(&agreed).what.openapi_url.as_deref(), Some("http://web.shop.svc/openapi.json"));
    let refused = annotated(&api, json!({}), "");
    assert_eq!(
        (scan(&refused).profile.name.as_str(), scan(&refused).what.openapi_url.as_deref()),
        ("baseline", None)
    );
    let passive = annotated(&api, json!({"profile": {"name": "passive"}}), GRANTED);
    assert_eq!(
        (scan(&passive).profile.name.as_str(), scan(&passive).what.openapi_url.as_deref()),
        ("passive", None)
    );
}

#[test]
fn a_document_of_somebody_else_is_refused_where_it_would_be_read() {
    let read = |url: &str, configuration: &str| {
        let wanted = annotated(&[("apiscan", "true"), ("openapi-url", url)], json!({}), configuration);
        wanted.scan.map(|scan| scan.what.openapi_url).map_err(|remark| remark.reason)
    };
    let domain = format!("{GRANTED}\ndiscovery: {{clusterDomain: cluster.example}}");
    for own in ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.example"] {
        assert_eq!(
            read(&format!("http://{own}/a.json"), &domain),
            Ok(Some("http://web.shop.svc/a.json".to_owned())),
            "{own}"
        );
    }
    let refused = Err("DocumentNotAllowed".to_owned());
    for other in ["http://docs.example/a.json", "http://web.shop.svc:8081/a.json"] {
        assert_eq!(read(other, GRANTED), refused, "{other}");
        assert_eq!(read(other, ""), Ok(None), "{other}: without attacks nothing reads it");
    }
}

/// The Service has one annotation for all of its ports.
#[test]
fn a_port_beside_the_one_with_the_document_is_scanned_without_it() {
    let known = known();
    known.dasts.apply(dast("zaproxy", "zap", json!({})));
    let document = "http://web.shop.svc/openapi.json";
    serve(
        &known,
        &[
            ("zaproxy", "zap"),
            ("zaproxy-namespace", "zaproxy"),
            ("apiscan", "true"),
            ("openapi-url", document),
        ],
    );
    let settings = settings(GRANTED);
    let index = known.shared_index();
    let mut service = index.read().unwrap().service(&ObjectName::new("shop", "web")).unwrap().clone();
    let beside = dast_core::discovery::ServicePort {
        name: "http-beside".into(),
        port: 8081,
        ..service.ports[0].clone()
    };
    service.ports.push(beside);
    let _ = index.write().unwrap().apply(service);
    let of =
        |port: u16| Wanted::of(&ObjectName::new("shop", format!("web-{port}")), &known, &settings).unwrap();
    assert_eq!(scan(&of(80)).what.openapi_url.as_deref(), Some(document));
    let beside = of(8081);
    assert_eq!((scan(&beside).profile.name.as_str(), &scan(&beside).what.openapi_url), ("full", &None));
}

#[test]
fn when_it_is_due_is_said_by_the_scanner_and_else_by_the_configuration() {
    let yaml = "scans: {interval: 24h, schedule: '0 1 * * *', timeZone: Europe/Budapest}";
    let due = |spec: Value| scan(&annotated(&[], spec, yaml)).due.clone();
    let installation = settings(yaml).due_settings();
    assert!(installation.interval.is_some() && installation.schedule.is_some());
    assert_eq!(due(json!({})), installation);
    let own = due(json!({"rescan": {"interval": "168h", "schedule": "0 3 * * 1", "timeZone": "Asia/Tokyo"}}));
    assert_eq!(own.interval, Some("168h".parse().unwrap()));
    assert_eq!(own.schedule, Some(Schedule::new("0 3 * * 1", Some("Asia/Tokyo")).unwrap()));
    assert_eq!(own.minimum_interval, installation.minimum_interval);
    let one = due(json!({"rescan": {"interval": "168h"}}));
    assert_eq!((one.interval, one.schedule), (own.interval, installation.schedule));
    let suspended = annotated(&[], json!({"suspend": true}), yaml);
    assert!(scan(&suspended).suspended && !scan(&annotated(&[], json!({}), yaml)).suspended);
}

#[test]
fn nobody_chooses_an_image_that_is_not_listed() {
    let chosen = annotated(&[("analyzer_image", "evil.example/analyzer:1")], json!({}), "");
    assert_eq!(refusal(&chosen).0, "ImageNotAllowed");
    assert!(refusal(&chosen).1.contains("`analyzer_image`") && refusal(&chosen).1.contains("evil.example"));
    let listed = "allowed: {analyzerImages: ['team.example/*']}";
    let chosen = annotated(&[("analyzer_image", "team.example/analyzer:1")], json!({}), listed);
    assert_eq!(scan(&chosen).analyzer_image, "team.example/analyzer:1");
    let ours = &settings("").analyzer.image;
    let originals = annotated(&[("analyzer_image", "ghcr.io/banzaicloud/dast-analyzer:0.4")], json!({}), "");
    assert_eq!(scan(&originals).analyzer_image, *ours, "the original's stands for ours");

    let zap = |image: &str| json!({"zaproxy": {"name": "zap", "mode": "PerScan", "image": image}});
    let foreign = annotated(&[], zap("evil.example/zap:1"), "");
    assert_eq!(refusal(&foreign).0, "ImageNotAllowed");
    assert!(refusal(&foreign).1.contains("spec.zaproxy.image"));
    let official = annotated(&[], zap("ghcr.io/zaproxy/zaproxy:2.17.0"), "");
    assert_eq!(scan(&official).zap.as_ref().unwrap().image, "ghcr.io/zaproxy/zaproxy:2.17.0");
}

#[test]
fn options_that_are_not_listed_are_left_out_and_told() {
    let config = json!({"zaproxy": {"name": "zap", "mode": "PerScan",
        "config": ["spider.maxDepth=3", "api.key=stolen"]}});
    let wanted = annotated(&[], config, "");
    assert_eq!(scan(&wanted).zap.as_ref().unwrap().options, ["spider.maxDepth=3"]);
    assert_eq!(reasons(&wanted), ["ActiveScanNotGranted", "OptionNotAllowed"]);
}

#[test]
fn who_has_no_scanner_is_refused() {
    let known = known();
    serve(&known, &[("zaproxy", "zap")]);
    let wanted = Wanted::of(&web(), &known, &settings("")).unwrap();
    assert_eq!(refusal(&wanted).0, "NoScanner");
    let barred = annotated(&[], json!({"allowedNamespaces": ["store"]}), GRANTED);
    assert_eq!(refusal(&barred).0, "ScannerNotAllowed");
}

#[test]
fn an_annotation_that_does_not_parse_refuses_the_target() {
    let wanted = annotated(&[("apiscan", "yes")], json!({}), GRANTED);
    assert_eq!(refusal(&wanted).0, "InvalidValue");
    assert!(refusal(&wanted).1.contains("`yes`"), "{:?}", wanted.scan);
    let odd = annotated(&[], json!({"rescan": {"schedule": "0 99 * * *"}}), "");
    assert_eq!(refusal(&odd).0, "InvalidValue");
    assert!(refusal(&odd).1.contains("spec.rescan"), "{:?}", odd.scan);
}

#[test]
fn an_external_target_needs_a_host_that_is_listed() {
    let spec = |target: &str| {
        let analyzer =
            json!({"name": "site", "image": "ghcr.io/banzaicloud/dast-analyzer:latest", "target": target});
        json!({"analyzer": analyzer, "profile": {"name": "passive"}})
    };
    let listed = "allowed: {externalHosts: ['*.example.org', 10.0.0.9]}";
    let wanted = external(spec("https://shop.example.org/start"), listed).unwrap();
    assert_eq!(wanted.spec.origin, "https://shop.example.org");
    assert_eq!(wanted.spec.url.as_deref(), Some("https://shop.example.org/start"));
    assert!(wanted.is_ready && !wanted.has_workload && wanted.revision.is_none());
    assert_eq!((wanted.owner.kind.as_str(), scan(&wanted).profile.name.as_str()), ("Dast", "passive"));
    for (url, why) in [
        ("https://shop.example.com/", "allowed.externalHosts"),
        ("http://10.0.0.9/", "public address"),
        ("ftp://shop.example.org/", "ftp"),
    ] {
        let wanted = external(spec(url), listed).unwrap();
        assert_eq!(refusal(&wanted).0, "HostNotAllowed", "{url}");
        assert!(refusal(&wanted).1.contains(why), "{url}: {:?}", wanted.scan);
    }
    let mut foreign = spec("https://shop.example.org/");
    foreign["analyzer"]["image"] = json!("evil.example/analyzer");
    assert_eq!(refusal(&external(foreign, listed).unwrap()).0, "ImageNotAllowed");
    let mut unnamed = spec("https://shop.example.org/");
    unnamed["analyzer"].as_object_mut().unwrap().remove("target");
    assert_eq!(external(unnamed, listed), None, "there is nothing to scan");
}

#[test]
fn what_is_outside_is_not_looked_up_by_a_shared_zap() {
    let listed = "allowed: {externalHosts: [shop.example.org]}";
    let shared = json!({"name": "zap"});
    let analyzer = json!({"name": "site", "image": "", "target": "https://shop.example.org/"});
    let outside = external(json!({"zaproxy": shared, "analyzer": analyzer}), listed).unwrap();
    assert!(!scan(&outside).zap.as_ref().unwrap().is_shared);
    let inside = annotated(&[], json!({"zaproxy": shared}), "");
    assert!(scan(&inside).zap.as_ref().unwrap().is_shared);
}

#[test]
fn a_name_of_two_that_are_outside_is_nobodys() {
    let known = known();
    let spec =
        |host: &str| json!({"analyzer": {"name": "site", "image": "", "target": format!("https://{host}/")}});
    known.dasts.apply(dast("external", "first", spec("shop.example.org")));
    known.dasts.apply(dast("external", "second", spec("store.example.org")));
    known.dasts.apply(dast("elsewhere", "third", spec("shop.example.org")));
    let settings = settings("allowed: {externalHosts: ['*.example.org']}");
    let name = ObjectName::new("external", "external.site");
    let wanted = Wanted::of(&name, &known, &settings).unwrap();
    let (reason, why) = refusal(&wanted);
    assert_eq!(reason, "NoScanner");
    assert!(why.contains("`first` and `second`") && why.contains("`site`"), "{why}");
    known.dasts.delete(&ObjectName::new("external", "first"));
    let wanted = Wanted::of(&name, &known, &settings).unwrap();
    assert_eq!(
        (wanted.spec.origin.as_str(), scan(&wanted).scanner.to_string().as_str()),
        ("https://store.example.org", "external/second")
    );
}

#[test]
fn an_external_target_is_attacked_only_where_the_configuration_grants_it() {
    let analyzer = json!({"name": "site", "image": "", "target": "https://shop.example.org/"});
    let listed = "allowed: {externalHosts: [shop.example.org], activeNamespaces: [external]}";
    let granted = external(json!({"analyzer": analyzer}), listed).unwrap();
    assert_eq!(scan(&granted).profile.name, "full");
    let other =
        external(json!({"analyzer": analyzer}), "allowed: {externalHosts: [shop.example.org]}").unwrap();
    assert_eq!(
        (scan(&other).profile.name.as_str(), reasons(&other)),
        ("baseline", vec!["ActiveScanNotGranted"])
    );
}

#[test]
fn the_hash_is_of_what_changes_the_findings() {
    let hash = |annotations: &[(&str, &str)], spec: Value, yaml: &str| {
        scan(&annotated(annotations, spec, yaml)).profile.hash.clone()
    };
    let zap = |more: Value| {
        let mut zaproxy = json!({"name": "zap", "mode": "PerScan"});
        more.as_object().unwrap().iter().for_each(|(key, value)| zaproxy[key] = value.clone());
        json!({"zaproxy": zaproxy})
    };
    let plain = hash(&[], json!({}), GRANTED);
    assert_eq!(plain.len(), 16);
    let login = json!({"kind": "Basic", "loggedIn": "Log out", "secretName": "login"});
    let others = [
        hash(&[], zap(json!({"config": ["spider.maxDepth=3"]})), GRANTED),
        hash(&[], zap(json!({"image": "ghcr.io/zaproxy/zaproxy:2.17.0"})), GRANTED),
        hash(&[], json!({"profile": {"name": "full", "timeout": "5m"}}), GRANTED),
        hash(&[], json!({}), ""),
        hash(&[], json!({"login": login}), GRANTED),
    ];
    for (index, other) in others.iter().enumerate() {
        assert!(*other != plain && !others[index + 1..].contains(other), "{index}: {others:?}");
    }
    let listed = "allowed: {activeNamespaces: [shop], analyzerImages: ['team.example/*']}";
    for same in [
        hash(&[("analyzer_image", "team.example/analyzer:1")], json!({}), listed),
        hash(
            &[],
            json!({}),
            "allowed: {activeNamespaces: [shop]}\nanalyzer: {image: 'mirror.example/analyzer:9'}",
        ),
        hash(&[], zap(json!({"config": ["api.key=stolen"]})), GRANTED),
        hash(&[], json!({"rescan": {"interval": "24h"}, "suspend": true}), GRANTED),
    ] {
        assert_eq!(same, plain);
    }
}
