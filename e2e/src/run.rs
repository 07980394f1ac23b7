//! Runs of the shop: asked for, under way, over, and none of them twice.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shop::SHOP;
use crate::stage::{OPERATOR, SCANS, Stage};
use crate::until::until;

/// How long the analyzer is at work before it has seen some pages.
const SOME_PAGES: Duration = Duration::from_secs(3);
/// The target of the shop.
const TARGET: &str = "shop-80";

impl Stage {
    /// Asks for a scan of the shop, and waits until it is in the middle of it, if scans are slow.
    ///
    /// # Errors
    /// When it never is.
    pub fn ask_and_be_in_the_middle(&self) -> Result<String> {
        let run = self.ask(SHOP, TARGET)?;
        self.be_in_the_middle_of(&run)?;
        Ok(run)
    }

    /// Waits until a run is in the middle of its scan, if scans are slow.
    ///
    /// # Errors
    /// When it never is.
    pub fn be_in_the_middle_of(&self, run: &str) -> Result<()> {
        until("a scan that is under way", || self.is_under_way(run))?;
        thread::sleep(SOME_PAGES);
        Ok(())
    }

    /// The name of a run of a target beside or of the shop, if there is one that is not over.
    ///
    /// # Errors
    /// When there is none.
    pub fn open_run(&self, target: &str) -> Result<String> {
        let runs = self.get(&["scanruns", "--namespace", SHOP])?;
        let mut runs = runs.get("items").and_then(Value::as_array).into_iter().flatten();
        let is_it = |run: &&Value| {
            let of = run.pointer("/spec/target").and_then(Value::as_str);
            of == Some(target) && !matches!(phase(run), "Succeeded" | "Failed")
        };
        let run = runs.find(is_it).with_context(|| format!("there is no run of `{target}`"))?;
        let name = run.pointer("/metadata/name").and_then(Value::as_str);
        name.map(str::to_owned).context("it has no name")
    }

    /// A run, if its analyzer is at work.
    ///
    /// # Errors
    /// When it has not begun, or has ended.
    pub fn is_under_way(&self, run: &str) -> Result<Value> {
        let run = self.get(&["scanrun", run, "--namespace", SHOP])?;
        ensure!(phase(&run) == "Running", "its status is {}", status(&run));
        Ok(run)
    }

    /// A run, if it is over.
    ///
    /// # Errors
    /// When it is not.
    pub fn ended(&self, run: &str) -> Result<Value> {
        let run = self.get(&["scanrun", run, "--namespace", SHOP])?;
        ensure!(matches!(phase(&run), "Succeeded" | "Failed"), "its status is {}", status(&run));
        Ok(run)
    }

    /// Waits until a run is over that goes through to its end, in so many attempts, and until the verdict `Fail` rests on it.
    ///
    /// # Errors
    /// When it ends in another way.
    pub fn fails_by(&self, run: &str, attempts: u64) -> Result<Value> {
        let seen = until("the end of the run", || self.ended(run))?;
        ensure!(phase(&seen) == "Succeeded", "{run} ended as {}", status(&seen));
        let made = seen.pointer("/status/attempt").and_then(Value::as_u64);
        ensure!(made == Some(attempts), "{run} took other attempts than {attempts}: {}", status(&seen));
        let of = |object: &Value, field: &str| object.pointer(field).cloned().unwrap_or_default();
        let name = of(&seen, "/spec/target");
        let name = name.as_str().context("it is a run of nothing")?;
        until("the verdict on that run", || {
            let target = self.judged(SHOP, name, "Fail")?;
            let is_of = of(&target, "/status/run");
            ensure!(is_of == *run, "it is of {is_of}");
            let scanned = (of(&target, "/status/lastScanTime"), of(&seen, "/status/ended"));
            ensure!(scanned.0 == scanned.1, "it is of another scan: {scanned:?}");
            Ok(())
        })?;
        Ok(seen)
    }

    /// How many runs the operator has made in a namespace.
    ///
    /// # Errors
    /// When what was written down cannot be read.
    pub fn runs_made(&self, namespace: &str) -> Result<usize> {
        let requests = self.requests_of(OPERATOR)?.into_iter().filter(|request| request.status == 201);
        let made = requests.map(|request| request.right).filter(|right| {
            right.resource == "scanruns"
                && right.verb == "create"
                && right.namespace.as_deref() == Some(namespace)
        });
        Ok(made.count())
    }

    /// The names of all Jobs that the operator has made. One that was there already is not made.
    ///
    /// # Errors
    /// When what was written down cannot be read.
    pub fn jobs_made(&self) -> Result<Vec<String>> {
        let requests = self.requests_of(OPERATOR)?.into_iter().filter(|request| request.status == 201);
        let made = requests.map(|request| request.right).filter(|right| {
            right.resource == "jobs" && right.verb == "create" && right.namespace.as_deref() == Some(SCANS)
        });
        made.map(|right| right.name.context("a Job was made without a name")).collect()
    }

    /// Whether no Job was made twice, no attempt of a run has two Jobs, and no Job had two pods.
    ///
    /// # Errors
    /// When something was done twice.
    pub fn nothing_was_done_twice(&self) -> Result<()> {
        let made = self.jobs_made()?;
        ensure!(made.iter().collect::<BTreeSet<_>>().len() == made.len(), "a Job was made twice: {made:?}");
        let jobs = self.get(&["jobs", "--namespace", SCANS])?;
        let mut attempts = BTreeSet::new();
        for job in jobs.get("items").and_then(Value::as_array).into_iter().flatten() {
            let label = |name: &str| {
                let path = format!("/metadata/labels/dast.security.banzaicloud.io~1{name}");
                job.pointer(&path).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let attempt = (label("run-uid"), label("attempt"));
            ensure!(attempts.insert(attempt.clone()), "attempt {attempt:?} has two Jobs");
            let pods =
                |end: &str| job.pointer(&format!("/status/{end}")).and_then(Value::as_u64).unwrap_or(0);
            ensure!(pods("succeeded") + pods("failed") + pods("active") <= 1, "two pods of {}", status(job));
        }
        Ok(())
    }
}

fn status(object: &Value) -> &Value {
    object.get("status").unwrap_or(&Value::Null)
}

fn phase(run: &Value) -> &str {
    run.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default()
}
