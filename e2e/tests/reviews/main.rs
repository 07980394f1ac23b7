//! What a real API server asks a webhook, as it is recorded for the tests of the gate.
//!
//! `cargo test -p dast-e2e --test reviews -- --ignored` compares the recordings with what an API server asks now, and
//! `WRITE_REVIEWS=1` before it records anew.

#![allow(clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

mod recorder;
mod usual;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use dast_e2e::until;
use dast_lab::gateway_api;
use dast_lab::kubernetes::{Cluster, Options};
use serde_json::{Value, json};

use self::recorder::Recorder;
use self::usual::usual;

/// Says that recordings are to be written, and not compared.
const WRITE: &str = "WRITE_REVIEWS";
const NAMESPACE: &str = "shop";
const FRONT: &str = "front";
/// What nobody should be able to say by way of a status.
const CLASS: &str = r#"{"metadata": {"annotations": {"kubernetes.io/ingress.class": "internal"}}}"#;
/// What is done to a route of each kind, in this order.
const DEEDS: [Deed; 10] = [
    Deed {
        name: "dry-run",
        command: &["create", "--dry-run=server", "--filename=-"],
        host: Some("shop.example"),
    },
    Deed {
        name: "create",
        command: &["create", "--save-config", "--filename=-"],
        host: Some("shop.example"),
    },
    Deed { name: "apply", command: &["apply", "--filename=-"], host: Some("other.example") },
    Deed { name: "label", command: &["label", "KIND", FRONT, "team=shop"], host: None },
    Deed {
        name: "status",
        command: &["patch", "KIND", FRONT, "--subresource=status", "--type=merge", "--patch", "STATUS"],
        host: None,
    },
    Deed {
        name: "status-annotation",
        command: &["patch", "KIND", FRONT, "--subresource=status", "--type=merge", "--patch", CLASS],
        host: None,
    },
    Deed { name: "delete", command: &["delete", "KIND", FRONT], host: None },
    // What was never applied otherwise, or `kubectl` would take its books over by writes of their own.
    Deed { name: "server-side-apply-new", command: &SERVER_SIDE, host: Some("shop.example") },
    Deed { name: "server-side-apply", command: &SERVER_SIDE, host: Some("other.example") },
    Deed { name: "generate-name", command: &["create", "--filename=-"], host: Some("shop.example") },
];
const SERVER_SIDE: [&str; 4] = ["apply", "--server-side", "--field-manager=gitops", "--filename=-"];

const KINDS: [Kind; 4] = [
    Kind {
        name: "ingress",
        resource: "ingresses.v1.networking.k8s.io",
        route: ingress,
        status: r#"{"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}}"#,
    },
    Kind {
        name: "httproute-v1",
        resource: "httproutes.v1.gateway.networking.k8s.io",
        route: |host| gateway_route("HTTPRoute", "v1", host),
        status: NO_PARENTS,
    },
    Kind {
        name: "httproute-v1beta1",
        resource: "httproutes.v1beta1.gateway.networking.k8s.io",
        route: |host| gateway_route("HTTPRoute", "v1beta1", host),
        status: NO_PARENTS,
    },
    Kind {
        name: "grpcroute-v1",
        resource: "grpcroutes.v1.gateway.networking.k8s.io",
        route: |host| gateway_route("GRPCRoute", "v1", host),
        status: NO_PARENTS,
    },
];
const NO_PARENTS: &str = r#"{"status": {"parents": []}}"#;

struct Kind {
    name: &'static str,
    /// In the version that it is written in.
    resource: &'static str,
    /// One with a host.
    route: fn(&str) -> Value,
    status: &'static str,
}

struct Deed {
    name: &'static str,
    command: &'static [&'static str],
    /// The host of the route that it is given, if it is given one.
    host: Option<&'static str>,
}

#[test]
#[ignore = "needs a real Kubernetes"]
fn recordings_are_what_an_api_server_asks() -> Result<()> {
    Cluster::down()?;
    let cluster =
        Cluster::up(&Options { control_plane_only: true, audit_log: false }, |step| eprintln!("{step}"))?;
    let recorded = record(&cluster);
    Cluster::down()?;
    let recorded = recorded?;
    if env::var_os(WRITE).is_some() {
        return write(&recorded);
    }
    let names: Vec<String> = recorded.keys().cloned().collect();
    ensure!(names == files()?, "other files are there than {names:?}: `{WRITE}=1` writes them anew");
    for (name, reviews) in recorded {
        let text = fs::read_to_string(folder().join(&name))?;
        let before: Value = serde_json::from_str(&text).with_context(|| format!("`{name}` is no JSON"))?;
        ensure!(before == reviews, "`{name}` is not what is asked, which `{WRITE}=1` writes: {reviews:#}");
    }
    Ok(())
}

/// By the name of its file, what both doors are asked about each deed.
fn record(cluster: &Cluster) -> Result<BTreeMap<String, Value>> {
    run(cluster, &["create", "namespace", NAMESPACE], "")?;
    for file in gateway_api::definitions(|step| eprintln!("{step}"))? {
        run(cluster, &["create", "--filename", file.to_str().context("a path is no text")?], "")?;
    }
    run(cluster, &["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"], "")?;
    let recorder = Recorder::begin()?;
    run(cluster, &["create", "--filename=-"], &recorder.registrations().to_string())?;
    // A registration counts a moment after it was made.
    until("a review", || {
        run(cluster, &["create", "--dry-run=server", "--filename=-"], &ingress("shop.example").to_string())?;
        ensure!(recorder.take().len() == 2, "not both doors were asked");
        Ok(())
    })?;
    let mut recorded = BTreeMap::new();
    for kind in KINDS {
        for deed in DEEDS {
            run(cluster, &kind.command(&deed), &kind.given(&deed).to_string())?;
            let asked = recorder.take();
            let [mutate, validate] = &asked[..] else {
                bail!("{} of {} was asked about {} times", deed.name, kind.name, asked.len());
            };
            let reviews = usual(json!({"mutate": mutate, "validate": validate}));
            recorded.insert(format!("{}-{}.json", kind.name, deed.name), reviews);
        }
        // The next kind may be the same in another version.
        run(cluster, &["delete", kind.resource, "--all", "--namespace", NAMESPACE], "")?;
        recorder.take();
    }
    Ok(recorded)
}

impl Kind {
    fn command<'c>(&'c self, deed: &Deed) -> Vec<&'c str> {
        let words = deed.command.iter().map(|word| match *word {
            "KIND" => self.resource,
            "STATUS" => self.status,
            word => word,
        });
        words.chain(["--namespace", NAMESPACE]).collect()
    }

    /// What `kubectl` reads, if it reads anything.
    fn given(&self, deed: &Deed) -> Value {
        let mut route = deed.host.map(self.route).unwrap_or_default();
        if deed.name == "generate-name" {
            route["metadata"] = json!({"generateName": format!("{FRONT}-"), "namespace": NAMESPACE});
        }
        route
    }
}

fn write(recorded: &BTreeMap<String, Value>) -> Result<()> {
    for name in files()? {
        fs::remove_file(folder().join(name))?;
    }
    for (name, reviews) in recorded {
        fs::write(folder().join(name), format!("{}\n", serde_json::to_string_pretty(reviews)?))?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/dast-kubernetes/tests/admission/recorded")
}

/// The recordings that are there, in order.
fn files() -> Result<Vec<String>> {
    let entries = fs::read_dir(folder())?.collect::<Result<Vec<_>, _>>()?;
    let names = entries.iter().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    Ok(names)
}

fn ingress(host: &str) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
    "metadata": {"name": FRONT, "namespace": NAMESPACE},
    "spec": {"ingressClassName": "public", "rules": [{"host": host, "http": {"paths": [{
        "path": "/", "pathType": "Prefix",
        "backend": {"service": {"name": "web", "port": {"name": "http"}}},
    }]}}]}})
}

fn gateway_route(kind: &str, version: &str, host: &str) -> Value {
    json!({"apiVersion": format!("gateway.networking.k8s.io/{version}"), "kind": kind,
        "metadata": {"name": FRONT, "namespace": NAMESPACE},
        "spec": {"parentRefs": [{"name": "public"}], "hostnames": [host],
            "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}})
}

/// `kubectl`, with something to read.
fn run(cluster: &Cluster, arguments: &[&str], given: &str) -> Result<()> {
    let mut kubectl: Command = cluster.kubectl();
    let kubectl = kubectl.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = kubectl.spawn()?;
    running.stdin.take().context("`kubectl` has no input")?.write_all(given.as_bytes())?;
    let said = running.wait_with_output()?;
    ensure!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr).trim());
    Ok(())
}
