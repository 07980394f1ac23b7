//! The definitions, the rules, the samples and the watches on a real API server, with the rights of root.
//! `cargo test -p dast-kubernetes --test api_server -- --ignored` runs it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "api_server/embedding.rs"]
mod embedding;
#[path = "api_server/server.rs"]
mod server;

mod cases;
mod schema;

use std::pin::pin;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use dast_core::discovery::{Index, ObjectName};
use dast_kubernetes::watch::{News, watch};
use futures_util::StreamExt;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::time::timeout;

use self::cases::{Case, cases};
use self::server::Server;

const OPERATOR: &str = "system:serviceaccount:dast-system:dast-operator";

#[test]
#[ignore = "needs a real Kubernetes"]
fn an_api_server_takes_what_is_deployed_and_holds_to_it() {
    let [operator, discovery] = ["operator_embedding", "discover_targets"].map(embedding::build);
    let server = Server::start();
    server.deploy("crds");
    server.kubectl(&["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
    every_rule_is_evaluated(&server);
    manifests_of_the_original_are_taken(&server);
    people_find_their_way(&server);
    server.deploy("admission");
    server.deploy("roles");
    people_may_what_their_roles_say(&server);
    only_the_operator_writes_results(&server);
    watches_see_what_happens(&server);
    embedding::works_in_another_operator(&server, &operator);
    embedding::discovers(&server, &discovery);
}

fn every_rule_is_evaluated(server: &Server) {
    for case in cases() {
        let bad = case.bad();
        let Case { kinds, message, good, transition, .. } = case;
        for kind in kinds {
            let (good, bad) = (schema::object(kind, good.clone()), schema::object(kind, bad.clone()));
            let refused = if transition {
                server.apply(&good);
                let refused = server.refusal(&["replace", "--filename=-"], &bad);
                server.kubectl(&["delete", &kind.to_lowercase(), "sample"]);
                refused
            } else {
                server.dry_run(&good);
                server.refusal(&["create", "--dry-run=server", "--filename=-"], &bad)
            };
            assert!(refused.contains(message), "{kind}: {message}: {refused}");
        }
    }
}

fn manifests_of_the_original_are_taken(server: &Server) {
    server.kubectl(&["create", "namespace", "test"]);
    for sample in [
        include_str!("samples/scanner.yaml"),
        include_str!("samples/service.yaml"),
        include_str!("samples/ingress.yaml"),
        include_str!("samples/external.yaml"),
        include_str!("samples/settings.yaml"),
    ] {
        server.apply_text(sample);
    }
    let dast = server.json(&["get", "dast", "dast-sample", "--namespace=zaproxy", "--output=json"]);
    assert_eq!(dast.pointer("/spec/zaproxy/apikey"), Some(&json!("abcd1234")));
    assert_eq!(dast.pointer("/spec/zaproxy/mode"), Some(&json!("Shared")), "the default");
}

fn people_find_their_way(server: &Server) {
    let listed = server.kubectl(&["get", "dast-all", "--all-namespaces"]);
    assert!(listed.contains("dast-sample-external"), "{listed}");
    let explained = server.kubectl(&["explain", "scantargets.status.verdict"]);
    assert!(explained.contains("Whether it is good enough"), "{explained}");
    let names = server.kubectl(&["api-resources", "--api-group=security.banzaicloud.io"]);
    for short in ["stgt", "srun", "srep", "thp", "cthp", "exm"] {
        assert!(names.contains(short), "{short}: {names}");
    }
}

/// What Kubernetes' own roles aggregate, asked of whoever has no other.
fn people_may_what_their_roles_say(server: &Server) {
    let roles = ["view", "edit", "admin"];
    for role in roles {
        bind(server, role, role);
    }
    let may = |role: &str, verb: &str, kind: &str| {
        let kind = format!("{kind}.security.banzaicloud.io");
        let asked = ["auth", "can-i", verb, &kind, "--namespace=test", "--as", role];
        server.answer(&asked).trim() == "yes"
    };
    for (verb, kind, allowed) in [
        ("list", "scantargets", [true, true, true]),
        ("get", "scanruns", [true, true, true]),
        ("get", "thresholdpolicies", [true, true, true]),
        // These two may have secrets of the application in them.
        ("get", "scanreports", [false, true, true]),
        ("get", "dasts", [false, true, true]),
        ("create", "scanruns", [false, true, true]),
        ("delete", "scanruns", [false, true, true]),
        ("create", "scantargets", [false, false, false]),
        ("update", "scanreports", [false, false, false]),
        ("create", "dasts", [false, false, false]),
        ("create", "exemptions", [false, false, false]),
        ("create", "thresholdpolicies", [false, false, false]),
    ] {
        for (role, allowed) in roles.into_iter().zip(allowed) {
            if allowed {
                server.until(|| may(role, verb, kind));
            } else {
                assert!(!may(role, verb, kind), "`{role}` may {verb} {kind}");
            }
        }
    }
}

/// Gives a user all that a role allows, in the namespace of the test.
fn bind(server: &Server, user: &str, role: &str) {
    let (role, bound) = (format!("--clusterrole={role}"), format!("--user={user}"));
    server.kubectl(&["create", "rolebinding", user, &role, &bound, "--namespace=test"]);
}

fn only_the_operator_writes_results(server: &Server) {
    let target = schema::object(
        "ScanTarget",
        json!({"service": {"name": "web", "port": 80}, "origin": "http://web.test.svc",
            "scanner": {"namespace": "zaproxy", "name": "dast-sample"}}),
    );
    let create = ["create", "--namespace=test", "--filename=-"];
    // A tenant with every right, and even whoever may do everything.
    bind(server, "tenant", "cluster-admin");
    let try_out = [create.as_slice(), &["--dry-run=server"]].concat();
    server.until(|| server.refusal(&try_out, &target).contains("only the operator writes scan targets"));
    let tenant = [create.as_slice(), &["--as=tenant"]].concat();
    assert!(server.refusal(&tenant, &target).contains("only the operator writes scan targets"));

    server.kubectl(&[
        "create",
        "clusterrolebinding",
        "operator",
        "--clusterrole=cluster-admin",
        &format!("--user={OPERATOR}"),
    ]);
    let operator = format!("--as={OPERATOR}");
    server.until(|| server.try_with(&[create.as_slice(), &[&operator]].concat(), &target).status.success());

    // A verdict of one's own making.
    let verdict = r#"{"status": {"verdict": "Pass"}}"#;
    let patch = [
        "patch",
        "scantarget",
        "sample",
        "--namespace=test",
        "--subresource=status",
        "--type=merge",
        "--patch",
        verdict,
    ];
    let forged = server.refused(&[patch.as_slice(), &["--as=tenant"]].concat());
    assert!(forged.contains("only the operator writes scan targets"), "{forged}");
    server.kubectl(&[patch.as_slice(), &[&operator]].concat());
    assert!(server.kubectl(&["get", "stgt", "sample", "--namespace=test"]).contains("Pass"));
}

fn watches_see_what_happens(server: &Server) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(Duration::from_secs(120), discovers(server)).await.unwrap() });
}

/// Of objects that controllers would have made: there are no nodes here.
async fn discovers(server: &Server) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(server.kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    let index = Arc::new(RwLock::new(Index::default()));
    let mut news = pin!(watch(&Client::try_from(config).unwrap(), index.clone()));
    while !matches!(news.next().await.unwrap(), News::Complete) {}

    let service = ObjectName::new("test", "test-service");
    let state = || {
        let index = index.read().unwrap();
        let [target] = index.targets_of(&service) else { panic!("{:?}", index.targets()) };
        (target.is_ready(), target.refusal().map(|problem| problem.reason().as_str()))
    };
    assert_eq!(state(), (false, None), "the sample's Service, which is annotated");

    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app", "namespace": "test"},
        "spec": {"nodeName": "nowhere", "containers": [{"name": "app", "image": "app"}]}});
    server.apply(&pod);
    let status = status_of_a_ready_pod("10.0.0.7");
    server.kubectl(&[
        "patch",
        "pod",
        "app",
        "--namespace=test",
        "--subresource=status",
        "--patch",
        &status.to_string(),
    ]);
    server.apply(&slice("test", "test-service", "app-1", "10.0.0.7"));
    while state() != (true, None) {
        news.next().await.unwrap();
    }
    // A slice that somebody wrote, with a reference to a pod that has another address.
    server.apply(&slice("test", "test-service", "app-2", "10.0.0.99"));
    while state().1 != Some("NotAPod") {
        news.next().await.unwrap();
    }
    server.kubectl(&["delete", "endpointslice", "app-2", "--namespace=test"]);
    while state() != (true, None) {
        news.next().await.unwrap();
    }
}

/// What a kubelet would say.
fn status_of_a_ready_pod(address: &str) -> Value {
    let digest = "sha256:6784fb0834aa7dbbe12e3d7471e69c290df3e6ba810dc38b34ae33d3c1c05f7d";
    json!({"status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
        "containerStatuses": [{"name": "app", "image": "app", "imageID": digest, "ready": true, "restartCount": 0}]}})
}

fn slice(namespace: &str, service: &str, name: &str, address: &str) -> Value {
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "namespace": namespace, "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"addresses": [address], "targetRef": {"kind": "Pod", "name": "app", "namespace": namespace}}],
        "ports": [{"port": 80, "protocol": "TCP"}]})
}
