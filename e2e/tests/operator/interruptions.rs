//! The operator ends without a word, while several runs are each at another moment of their lives, and another operator goes on.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dast_e2e::{SHOP, Shop, Stage, Verdicts, quick, until};
use serde_json::{Value, json};

/// How often it is killed, unless [`KILLS`] says so.
const FEW: usize = 4;
/// The variable that says how often.
const KILLS: &str = "DAST_E2E_KILLS";
/// Services that lead to the shop, and so many runs at once.
const SERVICES: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_killed_operator_loses_no_run_and_doubles_none() -> Result<()> {
    let kills = kills()?;
    let stage = Stage::begin("interruptions")?;
    let queue = json!({"total": "Unlimited", "perNamespace": "Unlimited"});
    let configuration = json!({"scans": quick(), "queue": queue});
    stage.install(&json!({"configuration": configuration, "defaultScanner": {"profile": "passive"}}))?;
    stage.serve(Shop::Careless)?;
    let verdicts = Verdicts::follow(&stage)?;
    stage.apply(&json!({"apiVersion": "v1", "kind": "List", "items": SERVICES.map(service)}).to_string())?;
    for target in targets() {
        until("the verdict Fail", || stage.judged(SHOP, &target, "Fail"))?;
    }
    let life = life(&stage)?;
    let before = stage.jobs_made()?.len();

    for kill in 1..=kills {
        let runs = runs_of_ages(&stage, life)?;
        let operators = stage.operators()?;
        stage.kill_operator(operators.first().context("there is no operator")?)?;
        for (run, asked) in &runs {
            eprintln!("kill {kill}: {run} had been asked for {} ms before", asked.as_millis());
            stage.fails_by(run, 1)?;
        }
    }

    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    let made = stage.jobs_made()?.len() - before;
    ensure!(made == kills * SERVICES.len(), "{made} Jobs were made for {kills} times {}", SERVICES.len());
    stage.end()
}

/// A Service that leads to the shop, and is scanned.
fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": name, "namespace": SHOP, "annotations": {"dast.security.banzaicloud.io/scan": "true"},
        },
        "spec": {
            "selector": {"app": SHOP}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        },
    })
}

fn targets() -> [String; SERVICES.len()] {
    SERVICES.map(|service| format!("{service}-80"))
}

/// As long as runs live that are asked for together, and that nobody disturbs.
fn life(stage: &Stage) -> Result<Duration> {
    let began = Instant::now();
    let runs: Result<Vec<String>> = targets().iter().map(|target| stage.ask(SHOP, target)).collect();
    for run in runs? {
        until("the end of a run", || stage.ended(&run))?;
    }
    Ok(began.elapsed())
}

/// A run of every target, and how long ago it was asked for: at some moment of as much time as a run lives.
fn runs_of_ages(stage: &Stage, life: Duration) -> Result<Vec<(String, Duration)>> {
    let moments: Result<Vec<_>> =
        targets().map(|target| Ok((some_moment(life)?, target))).into_iter().collect();
    let mut moments = moments?;
    moments.sort_unstable();
    let began = Instant::now();
    let mut asked = Vec::new();
    for (moment, target) in moments {
        thread::sleep(moment.saturating_sub(began.elapsed()));
        asked.push((stage.ask(SHOP, &target)?, Instant::now()));
    }
    thread::sleep(life.saturating_sub(began.elapsed()));
    Ok(asked.into_iter().map(|(run, at)| (run, at.elapsed())).collect())
}

fn kills() -> Result<usize> {
    match env::var(KILLS) {
        Err(_) => Ok(FEW),
        Ok(text) => text.parse().with_context(|| format!("{KILLS}: `{text}` is no number")),
    }
}

fn some_moment(within: Duration) -> Result<Duration> {
    let share =
        f64::from(getrandom::u32().context("the system gives no random numbers")?) / f64::from(u32::MAX);
    Ok(within.mul_f64(share))
}
