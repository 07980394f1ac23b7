//! A cluster in which the operator is installed, and the operator as a process on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dast_lab::kubernetes::{Cluster, Options};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::Running;

/// The namespace of the operator, and that of scans.
pub(crate) const SYSTEM: &str = "dast-system";
pub(super) const SCANS: &str = "dast-scans";
/// The operator, as the API server knows it.
pub(super) const OPERATOR: &str = "system:serviceaccount:dast-system:dast-operator";
/// Where results are brought, under a name that the operator's certificate has.
const RESULTS: (&str, &str) = ("127.0.0.1:18443", "https://localhost:18443");
const ADMIN: &str = "127.0.0.1:18080";

/// A control plane without nodes in which the chart is installed, but for the operator's own pod. It is gone when this is
/// dropped.
pub(crate) struct Stage {
    cluster: Cluster,
    program: PathBuf,
    folder: TempDir,
}

impl Stage {
    /// Starts a cluster, instead of any that is up, and installs what the operator needs there.
    pub(crate) fn begin(program: &Path, audit_log: bool) -> Result<Self> {
        Cluster::down()?;
        let options = Options { control_plane_only: true, audit_log };
        let cluster = Cluster::up(&options, |line| eprintln!("operator: {line}"))?;
        let stage = Self { cluster, program: program.to_owned(), folder: tempfile::tempdir()? };
        let admin = stage.cluster.kubeconfig();
        said(Command::new(program).arg("apply-crds").env("KUBECONFIG", &admin))?;
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/chart");
        let mut helm = stage.cluster.helm();
        helm.args(["install", "dast"]).arg(chart).args(["--namespace", SYSTEM, "--create-namespace"]);
        // Nothing that runs in a pod: neither the operator nor what is run before it.
        helm.args(["--no-hooks", "--set", "replicaCount=0,podDisruptionBudget.enabled=false"]);
        said(&mut helm)?;
        let token = ["create", "token", "dast-operator", "--namespace", SYSTEM, "--duration", "4h"];
        let token = said(stage.cluster.kubectl().args(token))?;
        let mut user: Value = serde_json::to_value(Kubeconfig::read_from(&admin)?)?;
        let auth = user.pointer_mut("/users/0/user").context("a kubeconfig has a user")?;
        *auth = serde_json::json!({"token": token.trim()});
        fs::write(stage.folder.path().join("kubeconfig"), user.to_string())?;
        Ok(stage)
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// A client of somebody who may do everything.
    pub(crate) async fn client(&self) -> Result<Client> {
        client(&self.cluster.kubeconfig()).await
    }

    /// A client with the operator's own rights.
    pub(crate) async fn operator_client(&self) -> Result<Client> {
        client(&self.folder.path().join("kubeconfig")).await
    }

    /// Starts the operator, with its own rights.
    pub(super) fn start(&self, configuration: &Value) -> Result<Operator> {
        let path = |name: &str| self.folder.path().join(name);
        fs::write(path("configuration.yaml"), configuration.to_string())?;
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", path("kubeconfig")).args(["--namespace", SYSTEM, "--identity", "bench"]);
        command.arg("--configuration").arg(path("configuration.yaml"));
        command.args(["--results-addr", RESULTS.0, "--results-url", RESULTS.1, "--metrics-addr", ADMIN]);
        Running::start(command, "operator").map(Operator)
    }
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(Client::try_from(config)?)
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = Cluster::down() {
            eprintln!("operator: the cluster did not go away: {error:#}");
        }
    }
}

/// The operator.
pub(super) struct Operator(Running);

impl Operator {
    /// Waits until it knows the whole cluster, and says how long that took since it was started. Before it has the lease it
    /// calls itself ready, too: others wait for their turn for long.
    pub(super) async fn ready(&mut self) -> Result<Duration> {
        let mut listed = false;
        let enough = move |is_ready: bool, since: Duration, told: &str| {
            listed |= !is_ready;
            told.contains("turn to act") && (listed || since > Duration::from_secs(5))
        };
        self.0.ready(ADMIN, enough).await
    }

    /// KiB of it that were in memory at the same time, at most.
    pub(super) fn most_resident_kib(&self) -> Result<u64> {
        self.0.most_resident_kib()
    }

    /// Asks it to end, so that it gives its lease back.
    pub(super) fn end(self) -> Result<()> {
        self.0.end()
    }
}

/// Runs a program, and returns what it printed.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let said = command.stdin(Stdio::null()).output().context("a program does not start")?;
    ensure!(said.status.success(), "{:?}: {}", command, String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8(said.stdout)?)
}

/// Two threads: what plays the cluster must not be slower than what is measured.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
