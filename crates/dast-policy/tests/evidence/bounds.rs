//! Evidence never grows too large, whatever was found, and what is left out is counted.

use super::*;

#[test]
fn rows_beyond_the_bound_are_refused() {
    let mut many = json();
    let row = |number: u32| {
        let rule = (100_000 + number).to_string();
        json!({"pluginId": rule, "alertRef": rule, "severity": "Low", "confidence": "Low", "instances": 1})
    };
    many["counts"].as_array_mut().unwrap().extend((0..100_000).map(row));
    let error = refused(&many).to_string();
    assert!(error.contains("over the bound"), "{error}");
}

#[test]
fn whatever_was_found_evidence_fits_into_a_status() {
    let mut scan = scan();
    let nasty = "\u{1}\"\\\u{7f}é\n".repeat(2000);
    let worst = "\u{1}".repeat(128);
    scan.subject.target = nasty.clone();
    scan.revision = Some(Revision::new(worst.as_str()));
    scan.profile = Profile { name: worst.clone(), hash: worst.clone() };
    scan.engine =
        Engine { name: worst.clone(), version: worst.clone(), rule_set: nasty.clone(), passive: false };
    scan.coverage = Coverage { pages: u64::MAX, failed: u64::MAX, skipped: u64::MAX };
    scan.completion = Completion::Incomplete { cause: Cause::EngineError, detail: nasty.clone() };
    scan.subject.covered =
        (0..5000).map(|n| Exposure::new("shop.test", format!("/{n}/{}", "é".repeat(40)))).collect();
    let mut collector = Collector::new();
    for rule in 0..500 {
        for (place, severity) in Severity::ALL.into_iter().enumerate() {
            for confidence in Confidence::ALL {
                let name = format!("{rule:a>40}");
                let alert = AlertRef::of(&name).unwrap();
                let url = format!("http://shop.test/{}/{place}", "x".repeat(900));
                let finding = Finding::new(alert, severity, confidence, "GET", &url).unwrap();
                collector
                    .add(&finding.named(&nasty).with_evidence(&nasty).with_other(&nasty).with_attack(&nasty));
            }
        }
    }
    let evidence = collector.finish(scan);
    assert_eq!(evidence.counts().iter().map(|count| count.instances).sum::<u64>(), 10_000);
    let compact = serde_json::from_str::<Value>(&evidence.to_json()).unwrap().to_string();
    // A status says more than what was found: room is left for it.
    assert!(compact.len() < 55 * 1024, "{}", compact.len());
    assert!(!evidence.findings().is_empty());
    assert_eq!(Evidence::from_json(&evidence.to_json()), Ok(evidence));
}

#[test]
fn the_worst_are_listed() {
    let mut collector = Collector::new();
    for page in 0..500 {
        let low = AlertRef::of("10021").unwrap();
        let url = format!("http://shop.test/{page}");
        collector.add(&Finding::new(low, Severity::Low, Confidence::Confirmed, "GET", &url).unwrap());
    }
    collector.add(&finding("/late"));
    let fake = Finding::new(
        AlertRef::of("1").unwrap(),
        Severity::High,
        Confidence::FalsePositive,
        "GET",
        "http://a/",
    );
    collector.add(&fake.unwrap());
    let evidence = collector.finish(scan());
    assert_eq!(evidence.findings()[0].path(), "/late");
    assert!((50..80).contains(&evidence.findings().len()));
    assert!(evidence.findings().iter().all(|finding| finding.confidence() != Confidence::FalsePositive));
    assert_eq!(evidence.instances(), 501);
}

#[test]
fn a_weakness_on_every_page_does_not_hide_the_others() {
    let mut collector = Collector::new();
    for page in 0..500 {
        collector.add(&finding(&format!("/{page}")));
    }
    let rules: Vec<String> = (0..20).map(|rule| format!("9{rule:02}")).collect();
    for rule in &rules {
        for page in 0..3 {
            let alert = AlertRef::of(rule).unwrap();
            let url = format!("http://shop.test/{page}");
            collector.add(&Finding::new(alert, Severity::Low, Confidence::Low, "GET", &url).unwrap());
        }
    }
    let evidence = collector.finish(scan());
    for rule in &rules {
        let mut listed = evidence.findings();
        listed.retain(|one| one.alert_ref().as_str() == rule);
        assert_eq!(listed.len(), 1, "{rule}");
        assert_eq!(listed[0].path(), "/0", "{rule}");
    }
    let severities: Vec<_> = evidence.findings().iter().map(Finding::severity).collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "the worst come first");
    assert!(severities.iter().filter(|one| **one == Severity::Medium).count() > 20);
}

#[test]
fn an_instance_without_an_exact_place_is_counted_but_not_listed() {
    let evidence = model::evidence(&scan(), &[finding(&format!("/{}", "x".repeat(2000)))]);
    assert_eq!((evidence.instances(), evidence.findings().len()), (1, 0));
}

#[test]
fn visited_places_have_room_to_the_last_byte() {
    // 24 bytes of names and punctuation, 1 of host, 103 of path: 64 such places are 8 KiB.
    let place = |number: usize| Exposure::new("a", format!("/{number:02}{}", "x".repeat(100)));
    let covered = |places: Vec<Exposure>| {
        let mut scan = scan();
        scan.subject.covered = places;
        Collector::new().finish(scan).scan().subject.covered.len()
    };
    assert_eq!(covered((0..64).map(place).collect()), 64);
    assert_eq!(covered((0..80).map(place).collect()), 64);
    let mut longer: Vec<Exposure> = (0..64).map(place).collect();
    longer[63].path.push('x');
    longer.push(Exposure::new("a", "/"));
    assert_eq!(covered(longer), 63, "what comes after one that does not fit is not visited either");
}

#[test]
fn what_is_compared_is_never_cut() {
    let long = |end: &str| format!("{}{end}", "x".repeat(100_000));
    let mut scan = scan();
    scan.revision = Some(Revision::new(long("a")));
    scan.profile.hash = long("a");
    let evidence = Collector::new().finish(scan.clone());
    assert!(evidence.to_json().len() < 4096);
    assert_eq!(Evidence::from_json(&evidence.to_json()).as_ref(), Ok(&evidence));
    assert_eq!(
        serde_json::from_value::<Evidence>(serde_json::to_value(&evidence).unwrap()).unwrap(),
        evidence
    );
    let policy = Policy::from(Layer::new(Scope::File, "policy", PolicyDocument::standard()).unwrap());
    let judged = |end: &str| {
        let profile = Profile { name: scan.profile.name.clone(), hash: long(end) };
        let expected = Expected {
            revision: Some(Revision::new(long(end))),
            profile: Some(profile),
            ..Expected::default()
        };
        let knowledge =
            Knowledge { expected, evidence: Some(evidence.clone().into()), ..Knowledge::default() };
        evaluate(&policy, &knowledge, "2026-06-01T12:00:00Z".parse().unwrap()).verdict()
    };
    assert_eq!((judged("a"), judged("b")), (Verdict::Pass, Verdict::Unknown(UnknownReason::Stale)));
}
