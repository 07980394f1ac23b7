//! The gate without a cluster: `admit` reads what `kubectl get` prints and what charts render, and says what would happen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs::{create_dir, write};
use std::path::Path;

use dast_core::admission::{Change, Gate};
use dast_core::discovery::{ServicePort, Settings};
use dast_core::rulebook::Defaults;
use dast_kubernetes::facts;
use dast_kubernetes::manifests::Manifests;
use dast_policy::*;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1 as core;
use serde_json::{Value, json};
use support::{analyzer, parts, run};
use tempfile::TempDir;

fn ceiling() -> Value {
    json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ClusterThresholdPolicy",
        "metadata": {"name": "ceiling"}, "spec": {"thresholds": {"alerts": {"high": {"fail": 0}}}}})
}

fn service(uid: Option<&str>) -> Value {
    let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}});
    if let Some(uid) = uid {
        service["metadata"]["uid"] = json!(uid);
    }
    service
}

fn ingress(host: &str, class: &str) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "front", "namespace": "shop"},
    "spec": {"ingressClassName": class, "rules": [{"host": host, "http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"name": "http"}}}},
    ]}}]}})
}

/// The shop's target as the operator writes it: scanned a minute ago at `shop.example`.
fn target(found: &[Severity]) -> Value {
    let object: core::Service = serde_json::from_value(service(Some("uid-1"))).unwrap();
    let fact = facts::service(&object).unwrap();
    let port: &ServicePort = &fact.ports[0];
    let ended = Timestamp::now() - SignedDuration::from_mins(1);
    let mut collector = Collector::new();
    for severity in found {
        let alert = AlertRef::parse("40012", "40012").unwrap();
        let finding =
            Finding::new(alert, *severity, Confidence::High, "GET", "http://web.shop.svc/search").unwrap();
        collector.add(&finding.named("Cross Site Scripting (Reflected)").with_param("q"));
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
        "status": {"phase": "Idle", "revision": "1", "serviceHash": fact.hash_of(port),
            "profile": {"name": "full", "hash": "1"}, "evidence": evidence}})
}

fn file(folder: &Path, name: &str, objects: &[Value]) {
    let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
    write(folder.join(name), documents.join("\n---\n")).unwrap();
}

fn admit(objects: &[Value], more: &[&str]) -> (i32, String, String) {
    let folder = TempDir::new().unwrap();
    file(folder.path(), "all.yaml", objects);
    run(folder.path(), &[&["admit", "-f", "all.yaml"][..], more].concat())
}

#[test]
fn the_exit_code_says_what_would_happen() {
    let front = || ingress("shop.example", "public");
    let (code, stdout, stderr) = admit(&[ceiling(), service(None), target(&[]), front()], &[]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert_eq!(stdout, "Ingress shop/front: admitted: what it leads to has passed\n");

    let (code, stdout, _) = admit(&[ceiling(), service(None), target(&[Severity::High]), front()], &[]);
    assert_eq!(code, 1);
    assert_eq!(
        stdout,
        "\
Ingress shop/front: denied: 1 of 1 backend is not good enough
  Service shop/web port `http`: Fail
    1 alert of severity High, 0 accepted [cluster policy `ceiling`]
      40012 Cross Site Scripting (Reflected): GET http://web.shop.svc/search (q)
    next: kubectl describe scantarget -n shop web-80
"
    );

    let (code, stdout, _) = admit(&[ceiling(), front()], &[]);
    assert_eq!(code, 3);
    assert!(stdout.contains("Unknown (NotScanned)\n    there is no Service `shop/web`"), "{stdout}");

    let (code, stdout, _) = admit(&[service(None), front()], &[]);
    assert_eq!((code, stdout.as_str()), (0, "Ingress shop/front: admitted: no policy gates it\n"));
}

/// The webhook answers as the gate decides, too (`dast-kubernetes`, `tests/admission/agreement.rs`), so that both agree.
#[test]
fn it_answers_as_the_gate_decides() {
    let mut seen = [0; 5];
    for mode in ["audit", "warn", "enforce", "hold"] {
        let mut ceiling = ceiling();
        ceiling["spec"]["enforcement"] = json!({"mode": mode});
        let standings: [&[Value]; 4] = [
            &[],
            &[service(Some("uid-1"))],
            &[service(Some("uid-1")), target(&[])],
            &[service(Some("uid-1")), target(&[Severity::High])],
        ];
        for standing in standings {
            for host in ["shop.example", "other.example"] {
                for before in [None, Some(ingress("before.example", "public"))] {
                    let known = [std::slice::from_ref(&ceiling), standing].concat();
                    let route = ingress(host, "public");
                    let (action, verdict) = decided(&known, before.as_ref(), &route);
                    seen[action as usize] += 1;
                    let folder = TempDir::new().unwrap();
                    file(folder.path(), "cluster.yaml", &[known.as_slice(), before.as_slice()].concat());
                    file(folder.path(), "route.yaml", &[route]);
                    let arguments = ["admit", "-f", "route.yaml", "--current", "cluster.yaml"];
                    let (code, stdout, _) = run(folder.path(), &arguments);
                    let expected = match (action, verdict) {
                        (Action::Admit | Action::Audit | Action::Warn, _) => 0,
                        (_, Some(Verdict::Fail)) => 1,
                        (_, Some(Verdict::Unknown(_))) => 3,
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(code, expected, "{mode} {host} {before:?}: {stdout}");
                }
            }
        }
    }
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

fn decided(known: &[Value], before: Option<&Value>, after: &Value) -> (Action, Option<Verdict>) {
    let read = |objects: &[Value]| {
        let mut manifests = Manifests::new("shop");
        objects.iter().for_each(|object| manifests.read(&object.to_string()).unwrap());
        manifests
    };
    let (known, after) = (read(known), read(std::slice::from_ref(after)));
    let before = before.map(|before| read(std::slice::from_ref(before)));
    let (catalog, rulebook) = (known.catalog(), known.rulebook(Defaults::new("dast-system")));
    let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &Settings::default() };
    let before = before.as_ref().map(|before| &before.routes()[0]);
    let change = Change { before, after: &after.routes()[0], by: "jane", held_since: None };
    let decision = gate.decide(&change, Timestamp::now());
    (decision.action(), decision.verdict())
}

#[test]
fn what_is_there_already_is_not_judged_again() {
    let folder = TempDir::new().unwrap();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        ceiling(), service(Some("uid-1")), target(&[Severity::High]), ingress("shop.example", "public"),
    ]});
    file(folder.path(), "cluster.json", &[list]);
    create_dir(folder.path().join("chart")).unwrap();
    create_dir(folder.path().join("chart/templates")).unwrap();
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
    file(folder.path(), "chart/templates/a.yml", &[deployment, service(None)]);
    write(folder.path().join("chart/notes.txt"), "not: [yaml").unwrap();
    let admit = |host: &str, class: &str| {
        file(folder.path(), "chart/templates/b.yaml", &[ingress(host, class)]);
        run(folder.path(), &["admit", "-f", "chart", "--current", "cluster.json"])
    };
    let (code, stdout, stderr) = admit("shop.example", "public");
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("it exposes nothing besides what it exposed before"), "{stdout}");
    for (host, class) in [("pay.example", "public"), ("shop.example", "other")] {
        let (code, stdout, _) = admit(host, class);
        assert_eq!(code, 1, "{stdout}");
        assert!(
            stdout.starts_with("Ingress shop/front: the change is denied: 1 of 1 backend is"),
            "{stdout}"
        );
    }
}

#[test]
fn standard_input_and_a_namespace() {
    let mut front = ingress("shop.example", "public");
    front["metadata"] = json!({"name": "front"});
    let folder = TempDir::new().unwrap();
    file(folder.path(), "cluster.yaml", &[ceiling(), service(Some("uid-1")), target(&[])]);
    let arguments = ["admit", "-f", "-", "--current", "cluster.yaml", "--namespace", "shop"];
    let said = analyzer(folder.path()).args(arguments).write_stdin(front.to_string()).output().unwrap();
    let admitted = "Ingress shop/front: admitted: what it leads to has passed\n".to_owned();
    assert_eq!(parts(said), (0, admitted, String::new()));
}

#[test]
fn what_cannot_be_read_is_never_let_in() {
    let front = ingress("shop.example", "public");
    let with = |change: fn(&mut Value)| {
        let mut route = front.clone();
        change(&mut route);
        admit(&[ceiling(), service(None), target(&[]), route], &[])
    };
    let (code, _, stderr) = with(|route| route["spec"]["rules"] = json!("all"));
    assert_eq!(code, 2);
    assert!(stderr.contains("`all.yaml`: Ingress front cannot be read: invalid type: string"), "{stderr}");
    let (code, _, stderr) = with(|route| route["apiVersion"] = json!("extensions/v1beta1"));
    assert_eq!(code, 2);
    assert!(
        stderr.contains("version `extensions/v1beta1` is not accepted: expected `networking.k8s.io/v1`"),
        "{stderr}"
    );
    let (code, stdout, _) = with(|route| {
        route["metadata"]["annotations"] = json!({"dast.security.banzaicloud.io/high": "few"});
    });
    assert_eq!(code, 2);
    assert!(
        stdout.contains("denied: `dast.security.banzaicloud.io/high`: `few` is not accepted"),
        "{stdout}"
    );
    let mut wrong = ceiling();
    wrong["spec"]["maxAge"] = json!("soon");
    let (code, stdout, _) = admit(&[wrong, service(None), target(&[]), front.clone()], &[]);
    assert_eq!(code, 2);
    assert!(stdout.contains("cluster policy `ceiling` cannot be read: `maxAge`: `soon`"), "{stdout}");
    for (text, message) in
        [("{", "not YAML"), ("a: 1", "no object"), ("[1]", "no object"), ("", "nothing to judge")]
    {
        let folder = TempDir::new().unwrap();
        write(folder.path().join("all.yaml"), text).unwrap();
        let (code, stdout, stderr) = run(folder.path(), &["admit", "-f", "all.yaml"]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{text}");
        assert!(stderr.contains(message), "{text}: {stderr}");
    }
}

#[test]
fn the_configuration_says_whom_it_trusts() {
    let mut target = target(&[]);
    target["spec"]["scanner"] = json!({"namespace": "scanners", "name": "default"});
    let objects = [ceiling(), service(None), target, ingress("shop.example", "public")];
    let (code, stdout, _) = admit(&objects, &[]);
    assert_eq!(code, 3);
    assert!(stdout.contains("scanner `scanners/default` does not count here"), "{stdout}");
    let folder = TempDir::new().unwrap();
    file(folder.path(), "all.yaml", &objects);
    write(folder.path().join("dast.yaml"), "trustedNamespaces: [scanners]\n").unwrap();
    let (code, ..) = run(folder.path(), &["admit", "-f", "all.yaml", "--configuration", "dast.yaml"]);
    assert_eq!(code, 0);
}
