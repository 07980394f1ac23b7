//! Findings become evidence and are judged, beside two policy languages that count the same findings.

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_policy::{
    Collector, Evaluation, Finding, Knowledge, Layer, Policy, PolicyDocument, Scope, Thresholds, evaluate,
};

use crate::options::Options;
use crate::peers::{Cel, Interpreter, Machine};
use crate::sample::{self, Findings};
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, Stopwatch, interleave, time};

const FINDINGS: usize = 10_000;

/// Bounding and judging, with all that a policy may have and with thresholds alone.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    agree()?;
    eprintln!("counting: {FINDINGS} findings, ours, regorus and cel");
    let findings = Findings::new()?.take(FINDINGS).collect::<Result<Vec<_>>>()?;
    let thresholds = sample::thresholds(10, 5)?;
    let counting = policy(sample::document(thresholds, Vec::new(), Vec::new()))?;
    let everything =
        policy(sample::document(thresholds, sample::levels(50)?, sample::exemptions_of_many_rules(100)?))?;

    let mut interpreter = Interpreter::new(&findings, &thresholds)?;
    let mut machine = Machine::new(&findings, &thresholds)?;
    let cel = Cel::new(&findings, &thresholds)?;
    let [all, ours, interpreted, compiled, common] = interleave(
        options.rounds(51),
        [
            &mut || Ok(bound_and_judge(&findings, &everything)?.0),
            &mut || Ok(bound_and_judge(&findings, &counting)?.0),
            &mut || Ok(time(1, || interpreter.verdict())),
            &mut || Ok(time(1, || machine.verdict())),
            &mut || Ok(time(1, || cel.verdict())),
        ],
    )?;
    table.push(Row {
        what: format!("bound {FINDINGS} findings, judge them under thresholds, 50 levels, 100 exemptions"),
        ours: all.to_string(),
        peer: format!("thresholds alone: {ours}"),
        ratio: Some(all.ratio_to(&ours)?),
        goal: Goal::None,
    });
    for (name, peer) in
        [("regorus, compiled", compiled), ("regorus, interpreted", interpreted), ("cel", common)]
    {
        table.push(row(name, &ours, &peer)?);
    }
    Ok(())
}

fn row(name: &str, ours: &Samples, peer: &Samples) -> Result<Row> {
    Ok(Row {
        what: format!("the same under thresholds alone, beside {name}"),
        ours: ours.to_string(),
        peer: peer.to_string(),
        ratio: Some(peer.ratio_to(ours)?),
        goal: Goal::AtLeast(10.0),
    })
}

/// How long it takes from findings to a judgement, and the judgement.
pub(crate) fn bound_and_judge(findings: &[Finding], policy: &Policy) -> Result<(Duration, Evaluation)> {
    let (scan, now) = (sample::scan()?, sample::now()?);
    let start = Stopwatch::start();
    let mut collector = Collector::new();
    for finding in findings {
        collector.add(finding);
    }
    let evaluation = evaluate(policy, &Knowledge::of(collector.finish(scan)), now);
    Ok((start.elapsed(), evaluation))
}

/// A policy of one layer.
pub(crate) fn policy(document: PolicyDocument) -> Result<Policy> {
    Ok(Policy::from(Layer::new(Scope::File, "policy", document)?))
}

/// What is compared must mean the same: all four give one verdict, on inputs of every outcome.
fn agree() -> Result<()> {
    let mut outcomes = std::collections::BTreeSet::new();
    for count in [0, 1, 20, 300, 3_000, FINDINGS] {
        let findings = Findings::new()?.take(count).collect::<Result<Vec<_>>>()?;
        for (fail, warn) in [(1, 0), (2, 1), (6, 5), (30, 10), (3_000, 2_000)] {
            let thresholds = sample::thresholds(fail, warn)?;
            let ours = judged(&findings, thresholds)?;
            let theirs = [
                Interpreter::new(&findings, &thresholds)?.verdict()?,
                Machine::new(&findings, &thresholds)?.verdict()?,
                Cel::new(&findings, &thresholds)?.verdict()?,
            ];
            ensure!(
                theirs.iter().all(|verdict| *verdict == ours),
                "{count} findings, fail {fail}, warn {warn}: {ours}, but {theirs:?}"
            );
            outcomes.insert(ours);
        }
    }
    ensure!(outcomes.len() == 3, "the inputs do not tell policies apart: {outcomes:?}");
    Ok(())
}

fn judged(findings: &[Finding], thresholds: Thresholds) -> Result<String> {
    let policy = policy(PolicyDocument::new(thresholds))?;
    let (_, evaluation) = bound_and_judge(findings, &policy)?;
    Ok(evaluation.verdict().to_string())
}
