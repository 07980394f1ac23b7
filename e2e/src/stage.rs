//! A cluster with our images, on which a test plays.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use dast_lab::gateway_api;
use dast_lab::image::Archive;
use dast_lab::kubernetes::{Cluster, Options};
use dast_lab::program::{Profile, Program};
use dast_lab::zap::Installation;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::process::output;
use crate::remains;
use crate::until::until;

/// The name of the release, and the namespace of the operator.
pub const RELEASE: &str = "dast";
/// The namespace of the operator.
pub const SYSTEM: &str = "dast-system";
/// The operator, as the API server knows it.
pub const OPERATOR: &str = "system:serviceaccount:dast-system:dast-operator";
/// The namespace of scans.
pub const SCANS: &str = "dast-scans";

/// There is one cluster a machine, so tests of one program wait for each other. Images are built by the first.
static TURN: Mutex<Vec<Archive>> = Mutex::new(Vec::new());

/// A cluster with our images, on which a test plays. It begins empty, and is gone in the end; if the test failed, what was
/// there is kept in `target/e2e`.
#[derive(Debug)]
pub struct Stage {
    name: String,
    cluster: Cluster,
    has_ended: bool,
    _turn: MutexGuard<'static, Vec<Archive>>,
}

impl Stage {
    /// Builds the images and starts a cluster that has them, instead of any that is up.
    ///
    /// # Errors
    /// When something cannot be built or started.
    pub fn begin(name: &str) -> Result<Self> {
        let mut turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        if turn.is_empty() {
            *turn = Program::build_images(&Program::ALL, Profile::Story, say)?;
        }
        let images = turn.clone();
        Cluster::down()?;
        let cluster = Cluster::up(&Options { control_plane_only: false, audit_log: true }, say)?;
        let stage = Self { name: name.to_owned(), cluster, has_ended: false, _turn: turn };
        for image in images {
            stage.cluster.load_image(image.path())?;
        }
        Ok(stage)
    }

    /// Gives the node the lab's ZAP, and returns what the configuration says of it as `zap`.
    ///
    /// # Errors
    /// When it cannot be assembled or loaded.
    pub fn load_zap(&self) -> Result<Value> {
        let image = Installation::ensure(say)?.image(say)?;
        self.cluster.load_image(image.path())?;
        // As small as it can be, since the node is a machine with other things to do.
        let resources =
            json!({"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1536Mi"}});
        Ok(json!({"image": image.name(), "imagePullPolicy": "Never", "resources": resources}))
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Installs the chart, or upgrades it, and waits until the operator is ready.
    ///
    /// # Errors
    /// When `helm` says so.
    pub fn install(&self, values: &Value) -> Result<()> {
        self.release(RELEASE, &chart(), SYSTEM, values).context("could not install the chart")
    }

    /// Installs any chart, or upgrades it, and waits until what is in it is ready.
    ///
    /// # Errors
    /// When `helm` says so.
    pub fn release(&self, name: &str, chart: &Path, namespace: &str, values: &Value) -> Result<()> {
        let mut file = NamedTempFile::new()?;
        file.write_all(values.to_string().as_bytes())?;
        let mut helm = self.cluster.helm();
        helm.args(["upgrade", "--install", name]).arg(chart).args(["--values"]).arg(file.path());
        helm.args(["--namespace", namespace, "--create-namespace", "--wait", "--timeout=5m"]);
        output(&mut helm).map(drop)
    }

    /// What `helm` says.
    ///
    /// # Errors
    /// When it fails.
    pub fn helm(&self, arguments: &[&str]) -> Result<String> {
        output(self.cluster.helm().args(arguments).args(["--namespace", SYSTEM]))
    }

    /// What `kubectl` says, as somebody who may do everything.
    ///
    /// # Errors
    /// When it fails.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        output(self.cluster.kubectl().args(arguments))
    }

    /// What `kubectl` gets.
    ///
    /// # Errors
    /// When it fails, also since what is asked for is not there.
    pub fn get(&self, arguments: &[&str]) -> Result<Value> {
        let mut kubectl: Command = self.cluster.kubectl();
        let text = output(kubectl.arg("get").args(arguments).arg("--output=json"))?;
        serde_json::from_str(&text).context("`kubectl` printed something other than JSON")
    }

    /// Applies manifests. Fields that nobody knows are errors.
    ///
    /// # Errors
    /// When the API server does not take them.
    pub fn apply(&self, manifests: &str) -> Result<()> {
        applied(self.cluster.kubectl(), manifests)
    }

    /// From now on, pods of a Deployment of the installation may stand still for ten minutes before a kubelet begins them anew.
    ///
    /// # Errors
    /// When the Deployment cannot be written, or its new pods do not get ready.
    pub fn bear_with(&self, deployment: &str) -> Result<()> {
        let patch = r#"[{"op": "add", "path": "/spec/template/spec/containers/0/livenessProbe/failureThreshold", "value": 30}]"#;
        let system = ["--namespace", SYSTEM];
        let patch = ["patch", "deployment", deployment, "--type=json", "--patch", patch];
        self.kubectl(&[&patch[..], &system].concat())?;
        let wait = ["rollout", "status", "deployment", deployment, "--timeout=180s"];
        self.kubectl(&[&wait[..], &system].concat()).map(drop)
    }

    /// Takes all pods of a Deployment of the installation away, and waits until they are gone.
    ///
    /// # Errors
    /// When they stay.
    pub fn scale_to_nothing(&self, deployment: &str) -> Result<()> {
        let system = ["--namespace", SYSTEM];
        self.kubectl(&[&["scale", "deployment", deployment, "--replicas=0"][..], &system].concat())?;
        let deployed = self.get(&[&["deployment", deployment][..], &system].concat())?;
        let labels = deployed.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
        let labels = labels.context("it selects nothing")?.iter();
        let labels: Vec<String> =
            labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
        let selector = format!("--selector={}", labels.join(","));
        until("the end of all replicas", || {
            let pods = self.get(&[&["pods", &selector][..], &system].concat())?;
            let left = pods.get("items").and_then(Value::as_array).context("no list")?;
            ensure!(left.is_empty(), "{} pods of `{deployment}` are left", left.len());
            Ok(())
        })
    }

    /// Has the cluster know the kinds of the Gateway API.
    ///
    /// # Errors
    /// When it does not take them.
    pub fn define_gateway_api(&self) -> Result<()> {
        for file in gateway_api::definitions(|step| eprintln!("{step}"))? {
            self.kubectl(&["create", "--filename", file.to_str().context("a path is no text")?])?;
        }
        for kind in ["httproutes", "grpcroutes"] {
            let definition = format!("customresourcedefinition/{kind}.gateway.networking.k8s.io");
            self.kubectl(&["wait", "--for=condition=Established", &definition, "--timeout=60s"])?;
        }
        Ok(())
    }

    /// Applies manifests as a user.
    ///
    /// # Errors
    /// When the API server does not take them.
    pub fn apply_as(&self, user: &str, manifests: &str) -> Result<()> {
        let mut kubectl = self.cluster.kubectl();
        kubectl.args(["--as", user]);
        applied(kubectl, manifests)
    }

    /// Tries to make objects as a user: they are checked as any, and not made.
    ///
    /// # Errors
    /// When the API server does not take them.
    pub fn try_as(&self, user: &str, manifests: &str) -> Result<()> {
        let mut kubectl = self.cluster.kubectl();
        kubectl.args(["--as", user, "create", "--dry-run=server"]);
        piped(kubectl, manifests)
    }

    /// Where a program of the test's own writes what it says: beside the folder of what is kept of this test.
    pub fn log_of(&self, program: &str) -> PathBuf {
        target().join(format!("{}.{program}.log", self.name))
    }

    /// Ends the cluster of a test that passed.
    ///
    /// # Errors
    /// When something of it does not go away.
    pub fn end(mut self) -> Result<()> {
        self.has_ended = true;
        Cluster::down().map(drop)
    }
}

impl Drop for Stage {
    /// A test that failed leaves no cluster either, but all that tells why.
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let folder = target().join(&self.name);
        match remains::keep(&self.cluster, &folder) {
            Ok(()) => eprintln!("objects and logs are in {}", folder.display()),
            Err(error) => eprintln!("objects and logs could not be kept: {error:#}"),
        }
        if let Err(error) = Cluster::down() {
            eprintln!("the cluster did not go away: {error:#}");
        }
    }
}

pub(crate) fn say(step: &str) {
    eprintln!("{step}");
}

fn applied(mut kubectl: Command, manifests: &str) -> Result<()> {
    kubectl.args(["apply", "--validate=strict"]);
    piped(kubectl, manifests)
}

/// Gives manifests to a command that takes them.
fn piped(mut kubectl: Command, manifests: &str) -> Result<()> {
    kubectl.arg("--filename=-").stdin(Stdio::piped());
    let mut taking = kubectl.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    // Dropped at once, or the end of the manifests would never come.
    taking.stdin.take().context("`kubectl` has no input")?.write_all(manifests.as_bytes())?;
    let said = taking.wait_with_output()?;
    ensure!(said.status.success(), "not taken: {}", String::from_utf8_lossy(&said.stderr).trim());
    Ok(())
}

/// The folder of this repository.
pub(crate) fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

fn chart() -> PathBuf {
    workspace().join("deploy").join("chart")
}

/// Where what is left of failed tests is kept.
pub(crate) fn target() -> PathBuf {
    let folder = workspace().join("target").join("e2e");
    // Whoever writes there says what is wrong with it.
    let _ = fs::create_dir_all(&folder);
    folder
}
