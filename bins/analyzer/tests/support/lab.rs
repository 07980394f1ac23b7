//! Scans by a ZAP, real or not, as people run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::cargo::CommandCargoExt as _;
use dast_lab::zap::{Daemon, Installation, Options};
use serde_json::Value;
use tempfile::TempDir;

use super::parts;

/// A ZAP that waits for pages for longer than they are held.
pub fn patient() -> Options {
    let config = vec![("network.connection.timeoutInSecs".to_owned(), "300".to_owned())];
    Options { config, ..Options::default() }
}

/// A real ZAP, its key in a file, and a folder for evidence.
pub struct Lab {
    pub zap: Daemon,
    pub folder: TempDir,
}

impl Lab {
    pub fn start() -> Self {
        Self::start_as(Options::default())
    }

    pub fn start_as(options: Options) -> Self {
        let zap = Installation::ensure(|_| ()).unwrap().start(options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key"), zap.api_key()).unwrap();
        Self { zap, folder }
    }

    pub fn evidence(&self) -> Value {
        evidence(self.folder.path())
    }

    pub fn scan(&self, target: &str, profile: &str, key: &Path) -> Command {
        let mut command = Command::cargo_bin("dast-analyzer").unwrap();
        command.args(["scan", target, "--engine", "zap", "--profile", profile, "--zap-url", &self.zap.url()]);
        command.arg("--zap-api-key-file").arg(key);
        command.arg("--report").arg(format!("json={}", self.folder.path().join("evidence.json").display()));
        command
    }

    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }
}

/// A scan by the ZAP at an address, with a folder of its own.
pub struct Scan {
    folder: TempDir,
    arguments: Vec<String>,
}

/// A scan under way.
pub struct Running {
    folder: TempDir,
    program: Child,
}

/// How a scan ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub evidence: Value,
    pub said: String,
}

impl Scan {
    /// Begins one with little patience.
    pub fn new(zap: &str, target: &str, profile: &str) -> Self {
        Self::by(zap, target).with(&["--profile", profile])
    }

    /// Begins one with the profile that ZAP has by default.
    pub fn by(zap: &str, target: &str) -> Self {
        let arguments = ["scan", target, "--engine", "zap", "--zap-url", zap];
        let folder = tempfile::tempdir().unwrap();
        let scan = Self { folder, arguments: arguments.map(str::to_owned).into() };
        scan.with(&["--report", "json=evidence.json"])
    }

    /// Where it runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn key(self, key: &str) -> Self {
        fs::write(self.folder.path().join("key"), key).unwrap();
        self.with(&["--zap-api-key-file", "key"])
    }

    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    pub fn start(self) -> Running {
        let mut program = Process::cargo_bin("dast-analyzer").unwrap();
        program.args(self.arguments).current_dir(self.folder.path());
        let program = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running { program: program.spawn().unwrap(), folder: self.folder }
    }

    pub fn run(self) -> Outcome {
        self.start().outcome()
    }
}

impl Running {
    /// Ends it without a chance to tidy up.
    pub fn kill(mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }

    pub fn outcome(self) -> Outcome {
        let (code, out, error) = parts(self.program.wait_with_output().unwrap());
        Outcome { code, evidence: evidence(self.folder.path()), said: out + &error }
    }

    /// The outcome, and the most memory in MiB that was seen resident on the way.
    pub fn measured(mut self) -> (Outcome, u64) {
        let status = format!("/proc/{}/status", self.program.id());
        let mut peak = 0;
        while self.program.try_wait().unwrap().is_none() {
            let status = fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            peak = kibibytes.unwrap_or(0_u64).max(peak);
            std::thread::sleep(Duration::from_millis(2));
        }
        (self.outcome(), peak / 1024)
    }
}

impl Outcome {
    /// It is not complete, for that cause and with these words, and the program ended with `code`.
    #[track_caller]
    pub fn is_incomplete(&self, what: &str, code: i32, cause: &str, words: &str) {
        let completion = &self.evidence["scan"]["completion"];
        assert_eq!(self.code, code, "{what}: {completion}\n{}", self.said);
        assert_eq!(
            (&completion["complete"], &completion["cause"]),
            (&false.into(), &cause.into()),
            "{what}: {completion}"
        );
        assert!(completion["detail"].as_str().unwrap().contains(words), "{what}: {completion}");
    }

    /// How many instances there are of an alert.
    pub fn instances(&self, reference: &str) -> u64 {
        let rows = self.evidence["counts"].as_array().unwrap().iter();
        rows.filter(|row| row["alertRef"] == reference).map(|row| row["instances"].as_u64().unwrap()).sum()
    }
}

fn evidence(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("evidence.json")).unwrap()).unwrap()
}
