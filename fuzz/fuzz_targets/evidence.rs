//! Evidence is read from disk and from the cluster. What reads must be something that a scan could have written.

#![no_main]

use dast_policy::{
    AlertRef, Authentication, Collector, Completion, Confidence, Evidence, Finding, Scan, Severity,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(evidence) = Evidence::from_json(text) {
        holds(&evidence);
        let findings = lines(text).chain(evidence.findings()).collect();
        collects(findings, &evidence.scan());
    } else {
        let scan = Evidence::from_json(include_str!("../seeds/evidence/complete.json"))
            .map(|evidence| evidence.scan())
            .expect("the seed is evidence");
        collects(lines(text).collect(), &scan);
    }
});

/// What holds for all evidence, wherever it comes from.
fn holds(evidence: &Evidence) {
    let json = evidence.to_json();
    let again = Evidence::from_json(&json).expect("what was written reads back");
    assert_eq!(&again, evidence);
    assert_eq!(again.to_json(), json);

    let compact: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(compact.to_string().len() < 64 * 1024, "too large for the status of a resource");

    let scan = evidence.scan();
    assert!(
        scan.completion != Completion::Complete || scan.coverage.pages > 0,
        "complete, but nothing was seen"
    );
    assert!(scan.started <= scan.ended);
    let findings = evidence.findings();
    let real = findings.iter().filter(|finding| finding.confidence() != Confidence::FalsePositive);
    assert!(real.count() as u64 <= evidence.instances(), "more are listed than counted");
}

/// Counts are exact, the order of arrival does not matter, and whatever is collected can be read, also where a scanner
/// says that a scan is complete though its login did not hold.
fn collects(findings: Vec<Finding>, scan: &Scan) {
    let authentication =
        [Authentication::Held, Authentication::NotUsed, Authentication::Lost][findings.len() % 3];
    let scan = Scan { authentication, ..scan.clone() };
    let finish = |findings: &mut dyn Iterator<Item = &Finding>| {
        let mut collector = Collector::new();
        findings.for_each(|finding| collector.add(finding));
        collector.finish(scan.clone())
    };
    let evidence = finish(&mut findings.iter());
    assert_eq!(evidence, finish(&mut findings.iter().rev()), "the order of arrival matters");
    let counted: u64 = evidence.counts().iter().map(|row| row.instances).sum();
    assert_eq!(counted, findings.len() as u64);
    holds(&evidence);
}

/// Reads one finding from each line: two digits for severity and confidence, then rule, method, URL, parameter and
/// evidence with a tab between them.
fn lines(text: &str) -> impl Iterator<Item = Finding> {
    text.split('\n').filter_map(|line| {
        let mut fields = line.split('\t');
        let digits = fields.next()?.as_bytes();
        let severity = Severity::ALL[usize::from(*digits.first()?) % Severity::ALL.len()];
        let confidence = Confidence::ALL[usize::from(*digits.get(1)?) % Confidence::ALL.len()];
        let rule = AlertRef::of(fields.next()?).ok()?;
        let finding = Finding::new(rule, severity, confidence, fields.next()?, fields.next()?).ok()?;
        Some(finding.with_param(fields.next()?).with_evidence(fields.next()?))
    })
}
