//! What the lab promises of Kubernetes, against the real thing, with the rights of root.
//! `cargo test -p dast-lab --test kubernetes -- --ignored` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

#[path = "kubernetes/machine.rs"]
mod machine;
#[path = "kubernetes/session.rs"]
mod session;

use std::fs;

use dast_lab::kubernetes::{Cluster, Component, Options};
use serde_json::{Value, json};

use self::session::Session;

const CONTROL_PLANE: Options = Options { control_plane_only: true, audit_log: true };

#[test]
#[ignore = "needs a real Kubernetes"]
fn pods_run_find_services_by_name_and_end() {
    let session = Session::begin(&Options::default());
    let image = session.load_probe();
    session.apply(include_str!("kubernetes/web.yaml"), &image);
    session.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"]);
    let ready = ["get", "deployment", "web", "--output", "jsonpath={.status.readyReplicas}"];
    assert_eq!(session.kubectl(&ready), "2");

    // By the name that search domains complete, and by the whole one. What it prints comes by way of the kubelet.
    session.apply(include_str!("kubernetes/ask.yaml"), &image);
    let said = session.completed("ask");
    assert_eq!(said.matches("hello from web-").count(), 2, "{said}");

    // No other name exists, and it does not take long to hear so.
    session.kubectl(&["wait", "--for=condition=Failed", "job/ask-in-vain", "--timeout=120s"]);
    let said = session.kubectl(&["logs", "job/ask-in-vain"]);
    assert!(said.contains("shop.example.test:80: failed to lookup address information"), "{said}");

    // On the node's own side, too.
    let status = session.status();
    assert!(status.is_well() && status.components().len() == 8, "{status}");
    session.end();
}

#[test]
#[ignore = "needs a real Kubernetes"]
fn an_api_server_alone_checks_rules_tokens_and_rights() {
    let session = Session::begin(&CONTROL_PLANE);
    assert!(
        session.cluster().load_image("no-such-file".as_ref()).unwrap_err().to_string().contains("no node")
    );
    checks_rules(&session);
    checks_tokens(&session);
    for who in [
        ["--as=system:serviceaccount:default:default"].as_slice(),
        &["--as=system:node:lab", "--as-group=system:nodes"],
    ] {
        let question = [&["auth", "can-i", "list", "secrets", "--all-namespaces"], who].concat();
        assert!(!session.try_kubectl(&question).status.success(), "{who:?}");
    }
    let helm = session.cluster().helm().args(["list", "--all-namespaces", "--output=json"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&helm.stdout).trim(), "[]");
    let version: Value = serde_json::from_str(&session.kubectl(&["version", "--output=json"])).unwrap();
    let ours = format!("v{}", session.cluster().version());
    assert_eq!(
        (&version["clientVersion"]["gitVersion"], &version["serverVersion"]["gitVersion"]),
        (&json!(ours), &json!(ours))
    );

    // Who asked for what is written down, but for Kubernetes' own parts.
    let log = fs::read_to_string(session.cluster().audit_log().unwrap()).unwrap();
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reviews = events
        .iter()
        .filter(|event| event["objectRef"]["resource"] == "tokenreviews" && event["verb"] == "create");
    assert_eq!(reviews.filter(|event| event["user"]["username"] == "lab-admin").count(), 2);
    assert!(!log.contains(r#""username":"system:kube-controller-manager""#));
    session.end();
}

fn checks_rules(session: &Session) {
    session.apply(include_str!("kubernetes/limits.yaml"), "");
    session.kubectl(&["wait", "--for=condition=Established", "crd/limits.lab.test", "--timeout=60s"]);
    let limit = |low: u32, high: u32| {
        json!({ "apiVersion": "lab.test/v1", "kind": "Limit", "metadata": { "name": format!("from-{low}-to-{high}") },
                "spec": { "low": low, "high": high } })
        .to_string()
    };
    session.apply(&limit(1, 2), "");
    let refused = session.try_apply(&limit(2, 1), "");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("low is at most high"), "{said}");
}

fn checks_tokens(session: &Session) {
    let token = session.kubectl(&["create", "token", "default", "--audience=dast.test"]);
    for (audience, good) in [("dast.test", true), ("https://kubernetes.default.svc.cluster.local", false)] {
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                             "spec": { "token": token, "audiences": [audience] } });
        let review: Value = serde_json::from_str(&session.create(&review.to_string())).unwrap();
        assert_eq!(review["status"]["authenticated"].as_bool().unwrap_or(false), good, "{review}");
        if good {
            assert_eq!(review["status"]["user"]["username"], "system:serviceaccount:default:default");
            assert_eq!(review["status"]["audiences"], json!([audience]));
        }
    }
}

#[test]
#[ignore = "needs a real Kubernetes"]
fn up_twice_is_one_cluster_and_objects_survive_a_restart() {
    let session = Session::begin(&CONTROL_PLANE);
    let again =
        Cluster::up(&CONTROL_PLANE, |step| panic!("there is nothing to do, and yet: {step}")).unwrap();
    let pids = |cluster: &Cluster| {
        cluster.status().unwrap().components().iter().map(|one| one.pid()).collect::<Vec<_>>()
    };
    assert_eq!(pids(&again), pids(session.cluster()));
    let error = Cluster::up(&Options::default(), |_| {}).unwrap_err().to_string();
    assert!(error.contains("in another way") && error.contains("cluster down"), "{error}");

    session.kubectl(&["create", "configmap", "kept"]);
    for component in [Component::Etcd, Component::ApiServer] {
        session.cluster().kill(component).unwrap();
        assert!(!session.status().is_well());
        assert!(session.cluster().start_again(Component::Kubelet).is_err(), "it has none");
        session.cluster().start_again(component).unwrap();
        assert!(session.cluster().start_again(component).is_err(), "it runs");
    }
    session.kubectl(&["get", "configmap", "kept"]);

    // What is paused runs, and answers nobody.
    session.cluster().pause(Component::Etcd).unwrap();
    let write = ["create", "configmap", "late", "--request-timeout=3s"];
    assert!(!session.try_kubectl(&write).status.success());
    session.cluster().resume(Component::Etcd).unwrap();
    session.kubectl(&["get", "configmap", "kept"]);
    assert!(session.status().is_well());
    let error = session.cluster().pause(Component::Kubelet).unwrap_err().to_string();
    assert!(error.contains("does not run"), "{error}");
    session.end();
}

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_crash_is_cleaned_up_by_the_next_up() {
    let session = Session::begin(&Options::default());
    let image = session.load_probe();
    session.apply(include_str!("kubernetes/web.yaml"), &image);
    session.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"]);
    for component in [Component::Containerd, Component::Kubelet, Component::ApiServer] {
        session.cluster().kill(component).unwrap();
    }
    // Its containers go on, and so do their shims.
    let mut steps = Vec::new();
    Cluster::up(&Options::default(), |step| steps.push(step.to_owned())).unwrap();
    assert!(steps.iter().any(|step| step.contains("earlier cluster")), "{steps:?}");
    assert!(session.status().is_well());
    assert!(!session.try_kubectl(&["get", "deployment", "web"]).status.success(), "it is another cluster");
    session.end();
}
