//! A cluster in which the operator is installed, and the operator as a process on this machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use dast_lab::kubernetes::{Cluster, Options};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::zap::process::most_resident_kib_of;

/// The namespace of the operator, and that of scans.
pub(super) const SYSTEM: &str = "dast-system";
pub(super) const SCANS: &str = "dast-scans";
/// The operator, as the API server knows it.
pub(super) const OPERATOR: &str = "system:serviceaccount:dast-system:dast-operator";
/// Where results are brought, under a name that the operator's certificate has.
const RESULTS: (&str, &str) = ("127.0.0.1:18443", "https://localhost:18443");
const ADMIN: &str = "127.0.0.1:18080";
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

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
        let log = log()?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let begun = Instant::now();
        Ok(Operator { process: command.spawn().context("the operator does not start")?, begun, log })
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

/// The operator, which ends when this is dropped.
pub(super) struct Operator {
    process: Child,
    begun: Instant,
    log: PathBuf,
}

impl Operator {
    /// Waits until it knows the whole cluster, and says how long that took since it was started. Before it has the lease it
    /// calls itself ready, too: others wait for their turn for long.
    pub(super) async fn ready(&mut self) -> Result<Duration> {
        let client = reqwest::Client::new();
        let mut listed = false;
        loop {
            if let Some(status) = self.process.try_wait()? {
                bail!("the operator ended with {status}: {}", fs::read_to_string(&self.log)?);
            }
            ensure!(self.begun.elapsed() < PATIENCE, "not ready: {}", fs::read_to_string(&self.log)?);
            if let Ok(answer) = client.get(format!("http://{ADMIN}/readyz")).send().await {
                let is_ready = answer.status().is_success();
                listed |= !is_ready;
                let leads = fs::read_to_string(&self.log)?.contains("turn to act");
                if is_ready && leads && (listed || self.begun.elapsed() > Duration::from_secs(5)) {
                    return Ok(self.begun.elapsed());
                }
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// KiB of it that were in memory at the same time, at most.
    pub(super) fn most_resident_kib(&self) -> Result<u64> {
        most_resident_kib_of(self.process.id())
    }

    /// Asks it to end, so that it gives its lease back.
    pub(super) fn end(mut self) -> Result<()> {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("the id of no process")?, Signal::TERM)?;
        let status = self.process.wait()?;
        ensure!(status.success(), "the operator ended with {status}");
        Ok(())
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // It may have ended, and there is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the operator tells is kept, since it may tell why something was not measured.
fn log() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/benches");
    fs::create_dir_all(&folder)?;
    Ok(folder.join("operator.log"))
}

/// Runs a program, and returns what it printed.
fn said(command: &mut Command) -> Result<String> {
    let said = command.stdin(Stdio::null()).output().context("a program does not start")?;
    ensure!(said.status.success(), "{:?}: {}", command, String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8(said.stdout)?)
}

/// Two threads: what plays the cluster must not be slower than what is measured.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
