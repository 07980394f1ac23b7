//! A tool of one's own that judges what it finds by a policy: `cargo run -p dast-examples --example embed_policy`.
//!
//! It looks at two answers of a shop, collects what is missing in them as findings, and judges these under a policy in
//! YAML. The last lines show that a policy with a mistake in it is refused, with the place of the mistake.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Result;
use dast_policy::{
    AlertRef, Authentication, Collector, Completion, Confidence, Coverage, Engine, Evaluation, Evidence,
    Finding, Knowledge, Layer, Policy, PolicyDocument, Profile, Scan, Scope, Severity, Subject, evaluate,
};

const POLICY: &str = r#"
# Nothing bad, and of the rest not too much.
thresholds:
  alerts:
    high: { fail: 0 }
    medium: { fail: 0 }
  instances:
    low: { fail: 10, warn: 1 }

exemptions:
  - rule: "10038-1"
    path: /legacy/**
    reason: The legacy pages are switched off in autumn.
    owner: team-shop
    expires: 2026-10-01T00:00:00Z

enforcement: { mode: enforce }
"#;

/// An answer, as far as this tool looks at it.
struct Answer {
    url: &'static str,
    headers: &'static [&'static str],
}

const ANSWERS: [Answer; 3] = [
    Answer { url: "https://shop.test/", headers: &["content-security-policy"] },
    Answer { url: "https://shop.test/cart", headers: &["content-security-policy"] },
    Answer { url: "https://shop.test/legacy/orders", headers: &["x-content-type-options"] },
];

fn main() -> Result<()> {
    let policy = Policy::from(Layer::new(Scope::File, "policy.yaml", PolicyDocument::from_yaml(POLICY)?)?);
    let evidence = scan(&ANSWERS)?;

    // The time is an argument: the same policy, evidence and time give the same verdict, anywhere and at any time.
    let knowledge = Knowledge::of(evidence);
    print("in June", &evaluate(&policy, &knowledge, "2026-06-01T12:00:00Z".parse()?));

    // The exemption has an end, and evidence grows old.
    print("in October", &evaluate(&policy, &knowledge, "2026-10-01T12:00:00Z".parse()?));

    // What was never scanned does not pass.
    print("never scanned", &evaluate(&policy, &Knowledge::default(), "2026-06-01T12:00:00Z".parse()?));

    let mistaken = POLICY.replace("fail: 10", "fail: ten");
    if let Err(error) = PolicyDocument::from_yaml(&mistaken) {
        println!("a mistake:\n  {error}");
    }
    Ok(())
}

/// Looks at `answers`, and puts what is missing in them into evidence.
fn scan(answers: &[Answer]) -> Result<Evidence> {
    // The ids and names of ZAP's rules, so that policies are good for other scanners too.
    let rules = [
        (
            "content-security-policy",
            AlertRef::variant("10038", 1)?,
            Severity::Medium,
            "Content Security Policy (CSP) Header Not Set",
        ),
        (
            "x-content-type-options",
            AlertRef::of("10021")?,
            Severity::Low,
            "X-Content-Type-Options Header Missing",
        ),
    ];
    let mut collector = Collector::new();
    for answer in answers {
        for (header, alert, severity, name) in &rules {
            if !answer.headers.contains(header) {
                let finding = Finding::new(alert.clone(), *severity, Confidence::High, "GET", answer.url)?;
                collector.add(&finding.named(*name).with_param(*header));
            }
        }
    }
    Ok(collector.finish(Scan {
        subject: Subject {
            target: "shop".to_owned(),
            origin: "https://shop.test".parse()?,
            covered: Vec::new(),
        },
        revision: None,
        profile: Profile { name: "headers".to_owned(), hash: "1".to_owned() },
        engine: Engine {
            name: "embed-policy".to_owned(),
            version: "1.0.0".to_owned(),
            rule_set: "1".to_owned(),
            passive: true,
        },
        started: "2026-06-01T00:00:00Z".parse()?,
        ended: "2026-06-01T00:01:00Z".parse()?,
        completion: Completion::Complete,
        coverage: Coverage { pages: answers.len() as u64, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    }))
}

/// A verdict with everything that led to it, and what it is about.
fn print(when: &str, evaluation: &Evaluation) {
    println!("{when}: {}, action {:?}", evaluation.verdict(), evaluation.action());
    for layer in evaluation.deciding() {
        for reason in &layer.reasons {
            println!("  {reason}");
            for finding in reason.findings() {
                println!("    {} {} ({})", finding.method(), finding.url(), finding.name());
            }
        }
        if layer.exempted > 0 {
            println!("  {} exempted", layer.exempted);
        }
    }
}
