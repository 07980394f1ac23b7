//! The operator ends without a word at any moment of a run's life, and another one goes on.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use dast_e2e::{SHOP, Shop, Stage, Verdicts, quick, until};
use serde_json::json;

/// How often it is killed, unless [`ROUNDS`] says so.
const FEW: usize = 10;
/// The variable that says how often.
const ROUNDS: &str = "DAST_E2E_KILLS";

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_killed_operator_loses_no_run_and_doubles_none() -> Result<()> {
    let rounds = rounds()?;
    let stage = Stage::begin("interruptions")?;
    stage.install(&json!({"configuration": {"scans": quick()}, "defaultScanner": {"profile": "passive"}}))?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    let verdicts = Verdicts::follow(&stage)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    // As long as a run lives when nobody disturbs it.
    let began = Instant::now();
    let run = stage.ask(SHOP, "shop-80")?;
    until("the end of a run", || stage.ended(&run))?;
    let life = began.elapsed();
    let before = stage.jobs_made()?.len();

    for round in 1..=rounds {
        let run = stage.ask(SHOP, "shop-80")?;
        let moment = some_moment(life)?;
        eprintln!("round {round}: it is killed {} ms after {run} was asked for", moment.as_millis());
        thread::sleep(moment);
        let operators = stage.operators()?;
        stage.kill_operator(operators.first().context("there is no operator")?)?;
        stage.fails_by(&run, 1)?;
    }

    verdicts.never_passed(&stage)?;
    stage.nothing_was_done_twice()?;
    let made = stage.jobs_made()?;
    ensure!(made.len() == before + rounds, "{before} Jobs were made before, and now {made:?}");
    stage.end()
}

fn rounds() -> Result<usize> {
    match env::var(ROUNDS) {
        Err(_) => Ok(FEW),
        Ok(text) => text.parse().with_context(|| format!("{ROUNDS}: `{text}` is no number")),
    }
}

fn some_moment(within: Duration) -> Result<Duration> {
    let share =
        f64::from(getrandom::u32().context("the system gives no random numbers")?) / f64::from(u32::MAX);
    Ok(within.mul_f64(share))
}
