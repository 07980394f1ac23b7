//! The gate as a part of another server: one that has webhooks of its own mounts it under a path of its choice. Here it knows what is
//! in some manifests, is asked over the wire about a route as an API server would ask, and says what it would be told.
//!
//! In a cluster, `Admission::run` keeps what it knows as the cluster is, and the server has TLS.

#![allow(clippy::print_stdout, reason = "an example talks to people")]

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::routing::get;
use dast_kubernetes::admission::{Admission, router};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::manifests::Manifests;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const KNOWN: &str = "
apiVersion: security.banzaicloud.io/v1alpha1
kind: ClusterThresholdPolicy
metadata: {name: ceiling}
spec: {thresholds: {alerts: {high: {fail: 0}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, uid: '1'}
spec: {ports: [{name: http, port: 80}]}
";

#[tokio::main]
async fn main() -> Result<()> {
    let mut manifests = Manifests::new("shop");
    manifests.read(KNOWN)?;
    let (_sender, configuration) = watch::channel(Arc::new(Configuration::default()));
    let gate = Arc::new(Admission::new("platform", configuration).knowing(&manifests));

    // The server of whoever embeds it, with a route of its own.
    let server = Router::new().route("/hello", get(async || "hello")).nest("/dast", router(gate));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, server).await });

    let answer = post(&address.to_string(), "/dast/validate", &review().to_string()).await?;
    let answer: Value = serde_json::from_str(&answer)?;
    let response = answer.get("response").context("there is no response")?;
    let message = response.pointer("/status/message").and_then(Value::as_str).context("nothing is said")?;
    println!("{message}");
    ensure!(response.get("allowed") == Some(&json!(false)), "nothing was scanned, and it is let in");
    ensure!(message.contains("Unknown (NotScanned)"), "it says something else");
    Ok(())
}

/// What an API server asks when somebody makes an Ingress.
fn review() -> Value {
    let kind = json!({"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"});
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "1", "kind": kind, "operation": "CREATE", "name": "front", "namespace": "shop", "userInfo": {"username": "jane"},
        "resource": {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
        "object": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "front", "namespace": "shop"},
            "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}},
    }})
}

async fn post(address: &str, path: &str, body: &str) -> Result<String> {
    let mut server = TcpStream::connect(address).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    server.write_all(format!("{head}{body}").as_bytes()).await?;
    let mut answer = String::new();
    server.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("that is no answer")?;
    Ok(body.to_owned())
}
