//! A cluster for one test, which must leave the machine as it was.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use dast_lab::image::{Image, Layer};
use dast_lab::kubernetes::{Cluster, Options, Status};
use tempfile::TempDir;

use crate::machine::Machine;

/// There is one cluster a machine, so tests wait for each other.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) struct Session {
    cluster: Cluster,
    before: Machine,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Session {
    pub(crate) fn begin(options: &Options) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Cluster::down().unwrap();
        let before = Machine::look();
        let cluster = Cluster::up(options, |step| eprintln!("{step}")).unwrap();
        Self { cluster, before, folder: tempfile::tempdir().unwrap(), _turn: turn }
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) fn status(&self) -> Status {
        self.cluster.status().unwrap()
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        said(self.try_kubectl(arguments))
    }

    pub(crate) fn try_kubectl(&self, arguments: &[&str]) -> Output {
        self.cluster.kubectl().args(arguments).output().unwrap()
    }

    /// Waits until a Job is complete and returns what it said last, which is why it failed, otherwise.
    pub(crate) fn completed(&self, job: &str) -> String {
        let job = format!("job/{job}");
        let deadline = Instant::now() + Duration::from_secs(300);
        let mut said = String::new();
        loop {
            let conditions = self.kubectl(&["get", &job, "--output=jsonpath={.status.conditions[*].type}"]);
            // The pod of a Job that has failed may be gone with its log.
            let logs = self.try_kubectl(&["logs", &job]).stdout;
            if !logs.is_empty() {
                said = String::from_utf8_lossy(&logs).into_owned();
            }
            if conditions.contains("Complete") {
                return said;
            }
            if conditions.contains("Failed") || Instant::now() > deadline {
                panic!("{job} is {conditions:?}: {}\n{said}", self.kubectl(&["describe", "pods"]));
            }
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// Applies a manifest, in which `IMAGE` stands for an image.
    pub(crate) fn apply(&self, manifest: &str, image: &str) {
        said(self.try_apply(manifest, image));
    }

    pub(crate) fn try_apply(&self, manifest: &str, image: &str) -> Output {
        self.send(&["apply"], &manifest.replace("IMAGE", image))
    }

    /// Creates an object that only answers, and returns the answer.
    pub(crate) fn create(&self, manifest: &str) -> String {
        said(self.send(&["create", "--output=json"], manifest))
    }

    fn send(&self, verb: &[&str], manifest: &str) -> Output {
        let file = self.folder.path().join("manifest");
        fs::write(&file, manifest).unwrap();
        self.cluster.kubectl().args(verb).arg("--filename").arg(file).output().unwrap()
    }

    /// Makes an image of a small program that serves and asks, in an otherwise empty file system, and gives it to the node.
    pub(crate) fn load_probe(&self) -> String {
        let program = self.folder.path().join("probe");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes/probe.rs");
        let mut rustc = Command::new("rustc");
        rustc.args([
            "--edition=2024",
            "-Ctarget-feature=+crt-static",
            "-Copt-level=s",
            "-Cstrip=symbols",
            "-o",
        ]);
        said(rustc.arg(&program).arg(source).output().unwrap());
        let archive = self.folder.path().join("probe.tar");
        let layer = Layer::new().program("probe", fs::read(program).unwrap());
        Image::new("lab.invalid/probe:1", &["/probe"]).layer(layer).write(&archive).unwrap();
        let [name] = self.cluster.load_image(&archive).unwrap().try_into().unwrap();
        assert_eq!(name, "lab.invalid/probe:1");
        name
    }

    /// Ends the cluster, twice, and finds the machine as it was.
    pub(crate) fn end(self) {
        assert!(Cluster::down().unwrap());
        assert!(!Cluster::down().unwrap(), "the second time there is nothing to do");
        assert_eq!(Machine::look(), self.before);
        assert!(Cluster::find().unwrap().is_none());
    }
}

impl Drop for Session {
    /// A test that failed leaves nothing, either.
    fn drop(&mut self) {
        if let Err(error) = Cluster::down() {
            eprintln!("{error:#}");
        }
    }
}

fn said(output: Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", output.status);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
