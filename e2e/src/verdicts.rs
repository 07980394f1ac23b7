//! Every verdict that is ever to be read.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_lab::kubernetes::Cluster;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::shop::SHOP;
use crate::stage::Stage;

const PAUSE: Duration = Duration::from_millis(100);

/// Every verdict on the shop that is ever to be read. The watch is taken up again when the API server ends it.
#[derive(Debug)]
pub struct Verdicts {
    file: NamedTempFile,
    watch: Arc<Watch>,
    thread: Option<JoinHandle<Result<()>>>,
}

#[derive(Debug, Default)]
struct Watch {
    is_over: AtomicBool,
    process: Mutex<Option<Child>>,
}

impl Verdicts {
    /// Begins to watch.
    ///
    /// # Errors
    /// When there is no room to write them down.
    pub fn follow(stage: &Stage) -> Result<Self> {
        let (file, watch) = (NamedTempFile::new()?, Arc::new(Watch::default()));
        let (cluster, log, followed) = (stage.cluster().clone(), file.reopen()?, Arc::clone(&watch));
        let thread = thread::spawn(move || followed.follow(&cluster, &log));
        Ok(Self { file, watch, thread: Some(thread) })
    }

    /// Whether there were verdicts, and none of them was `Pass`. An event tells even of one that nobody could watch.
    ///
    /// # Errors
    /// When something has passed, or nobody watched.
    pub fn never_passed(mut self, stage: &Stage) -> Result<()> {
        let watched = self.end();
        watched.context("nobody watched")?;
        let seen = fs::read_to_string(&self.file)?;
        ensure!(seen.lines().any(|verdict| verdict == "Fail"), "nothing was seen: {seen}");
        ensure!(seen.lines().all(|verdict| verdict != "Pass"), "it has passed: {seen}");
        let passed = ["events.v1.events.k8s.io", "--namespace", SHOP, "--field-selector=reason=ScanPassed"];
        let passed = stage.get(&passed)?;
        ensure!(passed.get("items") == Some(&json!([])), "it is told that it passed: {passed}");
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        self.watch.end();
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().map_err(|_| anyhow::anyhow!("the thread that watched has ended"))?
    }
}

impl Drop for Verdicts {
    fn drop(&mut self) {
        // A test that fails says something else.
        let _ = self.end();
    }
}

impl Watch {
    fn follow(&self, cluster: &Cluster, log: &File) -> Result<()> {
        while !self.is_over.load(Ordering::SeqCst) {
            self.start(cluster.kubectl(), log)?;
            while self.runs()? {
                thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    fn start(&self, mut kubectl: Command, log: &File) -> Result<()> {
        kubectl.args(["get", "scantargets", "--namespace", SHOP, "--watch"]);
        kubectl.arg(r#"--output=jsonpath={.status.verdict}{"\n"}"#).stdin(Stdio::null());
        let process = kubectl.stdout(log.try_clone()?).stderr(Stdio::null()).spawn()?;
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
        Ok(())
    }

    fn runs(&self) -> Result<bool> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_over.load(Ordering::SeqCst) {
            kill(&mut process);
        }
        Ok(match process.as_mut() {
            Some(process) => process.try_wait()?.is_none(),
            None => false,
        })
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        kill(&mut self.process.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// It may be gone already.
fn kill(process: &mut Option<Child>) {
    if let Some(mut process) = process.take() {
        let _ = process.kill();
        let _ = process.wait();
    }
}
