//! The examples for clusters, as programs of their own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::{env, fs};

use serde_json::{Value, json};

use super::{OPERATOR, server::Server, slice, status_of_a_ready_pod};

/// Builds an example, and says where it is.
pub(crate) fn build(example: &str) -> PathBuf {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap());
    cargo.args(["build", "--package", "dast-examples", "--example", example, "--message-format=json"]);
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ours = messages.filter(|message| message["target"]["name"] == example);
    ours.find_map(|message| message["executable"].as_str().map(PathBuf::from)).unwrap()
}

/// Discovery alone says what would be scanned, what would not, and why.
pub(crate) fn discovers(server: &Server, program: &Path) {
    server.apply(&json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "misspelt", "namespace": "shop",
            "annotations": {"dast.security.banzaicloud.io/sacn": "true"}},
        "spec": {"ports": [{"port": 80}]},
    }));
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    fs::write(&kubeconfig, as_the_operator(server).to_string()).unwrap();
    let said = Command::new(program).env("KUBECONFIG", &kubeconfig).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
    assert!(text.contains("shop/web:80: "), "{text}");
    let problem = "Service shop/misspelt: NoEffect: annotations `dast.security.banzaicloud.io/…`: `sacn` is not accepted";
    assert!(text.contains(problem), "{text}");
}

/// Whoever it is embedded in sees what it writes, and writes something of its own.
pub(crate) fn works_in_another_operator(server: &Server, program: &Path) {
    for namespace in ["platform", "dast-scans", "shop"] {
        server.kubectl(&["create", "namespace", namespace]);
    }
    server.apply(&json!({
        "apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "Dast",
        "metadata": {"name": "default", "namespace": "platform"},
        "spec": {"zaproxy": {"name": "default", "mode": "PerScan"}, "profile": {"name": "passive"}},
    }));
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    fs::write(&kubeconfig, as_the_operator(server).to_string()).unwrap();
    let mut running = Running(Command::new(program).env("KUBECONFIG", &kubeconfig).spawn().unwrap());

    server.apply(&json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop",
            "annotations": {"dast.security.banzaicloud.io/scan": "true"}},
        "spec": {"ports": [{"port": 80}]},
    }));
    server.apply(&json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app", "namespace": "shop"},
        "spec": {"nodeName": "nowhere", "containers": [{"name": "app", "image": "app"}]},
    }));
    let status = status_of_a_ready_pod("10.0.0.8").to_string();
    server.kubectl(&["patch", "pod", "app", "--namespace=shop", "--subresource=status", "--patch", &status]);
    server.apply(&slice("shop", "web", "web-1", "10.0.0.8"));

    // Its own reconciler, of what ours wrote.
    let get = |what: &[&str]| server.json(&[&["get", "--output=json"], what].concat());
    server.until(|| {
        assert!(running.0.try_wait().unwrap().is_none(), "it has ended");
        get(&["service", "web", "--namespace=shop"])["metadata"]["labels"]["platform.example/dast-80"]
            == "Unknown"
    });
    let dast = get(&["dast", "default", "--namespace=platform"]);
    assert_eq!(dast.pointer("/status/conditions/1/reason"), Some(&json!("BuiltIn")), "{dast}");
    // Ours goes on to a Job, which is guarded before it begins.
    let of_shop = |kind: &str| {
        let selector = "--selector=dast.security.banzaicloud.io/run-namespace=shop";
        get(&[kind, "--namespace=dast-scans", selector])["items"].as_array().unwrap().clone()
    };
    server.until(|| of_shop("jobs").first().is_some_and(|job| job["spec"]["suspend"] == false));
    let (job, policy) = (&of_shop("jobs")[0]["metadata"], &of_shop("networkpolicies")[0]["metadata"]);
    assert_eq!(policy["ownerReferences"][0]["uid"], job["uid"], "{policy}");
    let runs = get(&["scanruns", "--namespace=shop"]);
    assert_eq!(runs.pointer("/items/0/spec/target"), Some(&json!("web-80")), "{runs}");
    // Who takes away the run stops the Job, which goes by itself, and with it what guards it.
    let run = runs["items"][0]["metadata"]["name"].as_str().unwrap();
    server.kubectl(&["delete", "scanrun", run, "--namespace=shop"]);
    let is_left = |kind: &str| of_shop(kind).iter().any(|one| one["metadata"]["name"] == job["name"]);
    server.until(|| !is_left("jobs") && !is_left("networkpolicies"));
    assert!(running.0.try_wait().unwrap().is_none(), "it has ended");
}

/// How it gets there as the only one that may write results.
fn as_the_operator(server: &Server) -> Value {
    let mut config = server.json(&["config", "view", "--raw", "--flatten", "--output=json"]);
    config["users"][0]["user"]["as"] = json!(OPERATOR);
    config
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
