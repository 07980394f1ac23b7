//! How the time grows with the number of findings.

use anyhow::Result;
use dast_policy::Finding;

use crate::counting::{bound_and_judge, policy};
use crate::options::Options;
use crate::sample::{self, Findings};
use crate::table::{Goal, Row, Table};
use crate::timing::{interleave, slope};

const SIZES: [usize; 5] = [1_000, 3_000, 10_000, 30_000, 100_000];

/// The slope of time over findings, both as logarithms: 1 is linear.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("growth: {SIZES:?} findings");
    let [.., most] = SIZES;
    let findings = Findings::new()?.take(most).collect::<Result<Vec<_>>>()?;
    let thresholds = sample::thresholds(10, 5)?;
    let policy =
        policy(sample::document(thresholds, sample::levels(50)?, sample::exemptions_of_many_rules(100)?))?;
    let turn = |size: usize| {
        let first: Vec<Finding> = findings.iter().take(size).cloned().collect();
        let policy = &policy;
        move || Ok(bound_and_judge(&first, policy)?.0)
    };
    let [mut a, mut b, mut c, mut d, mut e] = SIZES.map(turn);
    let samples = interleave(options.rounds(15), [&mut a, &mut b, &mut c, &mut d, &mut e])?;
    let mut points = Vec::new();
    for (size, samples) in SIZES.iter().zip(&samples) {
        points.push(((*size as f64).ln(), samples.median()?.as_secs_f64().ln()));
    }
    let [first, .., last] = &samples;
    table.push(Row {
        what: format!("growth from 1000 to {most} findings: slope of log time over log findings"),
        ours: last.to_string(),
        peer: first.to_string(),
        ratio: Some(slope(&points)),
        goal: Goal::AtMost(1.1),
    });
    Ok(())
}
