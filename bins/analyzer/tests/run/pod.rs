//! A run's pod: the program, with an order in its environment.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt as _;
use dast_kubernetes::crd::{ProfileName, ScanProfile, TimeSpan};
use dast_kubernetes::order::{Delivery, Order, OrderedEngine, RunId};
use dast_policy::{Exposure, Profile, Report, Revision};
use tempfile::TempDir;

use crate::operator::{Authority, write_token};

pub const TOKEN: &str = "a-token-of-this-pod";

/// A pod that has not begun. The order is the test's to change.
pub struct Pod {
    pub folder: TempDir,
    pub order: Order,
}

impl Pod {
    /// One that scans `origins` by the built-in engine.
    pub fn new(operator: &str, authority: &Authority, origins: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_token(folder.path(), TOKEN);
        let delivery = Delivery {
            url: operator.to_owned(),
            token_file: folder.path().join("token"),
            authorities: authority.pem.clone(),
        };
        let origins: Vec<_> = origins.iter().map(|origin| origin.parse().unwrap()).collect();
        let order = Order {
            run: RunId { namespace: "shop".into(), name: "web-1".into(), uid: "run-uid".into() },
            attempt: 2,
            target: "shop/web:http".to_owned(),
            exposures: origins
                .iter()
                .map(|origin: &dast_policy::Origin| Exposure::new(origin.host(), "/"))
                .collect(),
            origins,
            revision: Some(Revision::new("r1")),
            profile: Profile { name: "passive".to_owned(), hash: "as-ordered".to_owned() },
            settings: ScanProfile {
                name: Some(ProfileName::Passive),
                timeout: Some(TimeSpan::new("1m")),
                ..ScanProfile::default()
            },
            engine: OrderedEngine::Builtin,
            login: None,
            delivery,
        };
        Self { folder, order }
    }

    pub fn start(&self) -> Running {
        self.start_with(&serde_json::to_string(&self.order).unwrap())
    }

    pub fn start_with(&self, order: &str) -> Running {
        let log = self.folder.path().join("log");
        let mut program = Command::cargo_bin("dast-analyzer").unwrap();
        program.arg("run").env(Order::VARIABLE, order).current_dir(self.folder.path());
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        Running { program: program.spawn().unwrap(), log: log.to_str().unwrap().to_owned() }
    }

    /// Exit code and log of a run to its end.
    pub fn run(&self) -> (i32, String) {
        self.start().outcome()
    }
}

/// A pod that runs. It ends with its handle.
pub struct Running {
    program: Child,
    log: String,
}

impl Running {
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log has those words.
    #[track_caller]
    pub fn says(&mut self, words: &str) {
        wait(|| self.log().contains(words) || self.program.try_wait().unwrap().is_some());
        assert!(self.log().contains(words), "{}", self.log());
    }

    pub fn signal(&self, signal: &str) {
        let id = self.program.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    #[track_caller]
    pub fn outcome(mut self) -> (i32, String) {
        wait(|| self.program.try_wait().unwrap().is_some());
        (self.program.wait().unwrap().code().unwrap_or(-1), self.log())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Waits for something that happens sooner or later.
#[track_caller]
pub fn wait(mut until: impl FnMut() -> bool) {
    let began = Instant::now();
    while !until() {
        assert!(began.elapsed() < Duration::from_secs(120), "it does not happen");
        sleep(Duration::from_millis(20));
    }
}

pub fn report(body: &[u8]) -> Report {
    serde_json::from_slice(body).unwrap()
}

pub fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}
