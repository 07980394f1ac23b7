//! What many exemptions cost where the same evidence is judged again and again, as in admission.

use anyhow::Result;
use dast_policy::{Collector, Evidence, Exemption, Knowledge, Policy, evaluate};

use crate::counting::policy;
use crate::options::Options;
use crate::sample::{self, Findings};
use crate::table::{Goal, Row, Table};
use crate::timing::{interleave, time};

const FINDINGS: usize = 10_000;
const EXEMPTIONS: u64 = 500;

/// 500 exemptions beside none, of many rules, of few, and of the one rule that most findings have.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("exempting: {EXEMPTIONS} exemptions beside none");
    let usual = Knowledge::of(evidence(Findings::new()?)?);
    let uniform = Knowledge::of(evidence(Findings::mostly_of_one_rule()?)?);
    for (what, knowledge, exemptions) in [
        ("of 500 rules", &usual, sample::exemptions_of_many_rules(EXEMPTIONS)?),
        ("of 5 rules", &usual, sample::exemptions_of_few_rules(EXEMPTIONS)?),
        (
            "of the one rule that most findings have",
            &uniform,
            sample::exemptions_of_the_dominant_rule(EXEMPTIONS)?,
        ),
    ] {
        table.push(row(options, what, knowledge, exemptions)?);
    }
    Ok(())
}

fn row(options: &Options, what: &str, knowledge: &Knowledge, exemptions: Vec<Exemption>) -> Result<Row> {
    let thresholds = sample::thresholds(10, 5)?;
    // Loading compiles the patterns; it is done once, when a policy changes, and is not part of judging.
    let without = policy(sample::document(thresholds, Vec::new(), Vec::new()))?;
    let with = policy(sample::document(thresholds, Vec::new(), exemptions))?;
    let now = sample::now()?;
    let judge = |policy: &Policy| Ok(time(50, || evaluate(policy, knowledge, now)));
    let [ours, none] = interleave(options.rounds(101), [&mut || judge(&with), &mut || judge(&without)])?;
    Ok(Row {
        what: format!("judge with {EXEMPTIONS} exemptions {what}, beside none"),
        ours: ours.to_string(),
        peer: none.to_string(),
        ratio: Some(ours.ratio_to(&none)?),
        goal: Goal::AtMost(3.0),
    })
}

fn evidence(findings: Findings) -> Result<Evidence> {
    let mut collector = Collector::new();
    for finding in findings.take(FINDINGS) {
        collector.add(&finding?);
    }
    Ok(collector.finish(sample::scan()?))
}
