//! A real API server without nodes, while a test lasts.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dast_lab::kubernetes::{Cluster, Options};
use serde_json::Value;

pub(crate) struct Server(Cluster);

impl Server {
    pub(crate) fn start() -> Self {
        let options = Options { control_plane_only: true, audit_log: false };
        Self(Cluster::up(&options, |step| eprintln!("{step}")).unwrap())
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.0.kubeconfig()
    }

    /// Applies a folder of what is deployed, as an upgrade would.
    pub(crate) fn deploy(&self, folder: &str) {
        let folder = format!("{}/../../deploy/{folder}", env!("CARGO_MANIFEST_DIR"));
        self.kubectl(&["apply", "--server-side", "--filename", &folder]);
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        told(&self.try_kubectl(arguments))
    }

    /// What it says, whether that is good or not.
    pub(crate) fn answer(&self, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.try_kubectl(arguments).stdout).into_owned()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.kubectl(arguments)).unwrap()
    }

    pub(crate) fn apply(&self, object: &Value) {
        self.apply_text(&object.to_string());
    }

    /// Fields that nobody knows are errors.
    pub(crate) fn apply_text(&self, text: &str) {
        told(&self.with_text(&["apply", "--validate=strict", "--filename=-"], text));
    }

    pub(crate) fn dry_run(&self, object: &Value) {
        told(&self.try_with(&["create", "--dry-run=server", "--validate=strict", "--filename=-"], object));
    }

    /// Why it does not do that with an object; nothing if it does.
    pub(crate) fn refusal(&self, arguments: &[&str], object: &Value) -> String {
        why(&self.try_with(arguments, object))
    }

    /// Why it does not do that; nothing if it does.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        why(&self.try_kubectl(arguments))
    }

    pub(crate) fn try_with(&self, arguments: &[&str], object: &Value) -> Output {
        self.with_text(arguments, &object.to_string())
    }

    /// Policies of admission and rights take a while to take effect.
    #[track_caller]
    pub(crate) fn until(&self, mut so: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(180);
        while !so() {
            assert!(Instant::now() < end, "it does not take effect");
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn try_kubectl(&self, arguments: &[&str]) -> Output {
        self.0.kubectl().args(arguments).output().unwrap()
    }

    fn with_text(&self, arguments: &[&str], text: &str) -> Output {
        let mut kubectl = self.0.kubectl();
        kubectl.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut kubectl = kubectl.spawn().unwrap();
        kubectl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        kubectl.wait_with_output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let down = Cluster::down();
        assert!(thread::panicking() || down.unwrap());
    }
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn why(output: &Output) -> String {
    let why = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { String::new() } else { why.into_owned() }
}
