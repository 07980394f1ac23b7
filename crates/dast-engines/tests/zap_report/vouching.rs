//! What somebody has to stand up for before a report counts.

use dast_engines::zap::report::{Site, Vouch};
use dast_policy::{Authentication, Cause, Completion, UnknownReason, Verdict};
use serde_json::{Value, json};

use crate::report::{LENIENT, SAMPLES, VOUCHED, alert, changed, evidence, judge, parse, report, site, with};

#[test]
fn no_import_passes_until_it_is_vouched_for() {
    for sample in SAMPLES {
        for site in parse(sample).sites() {
            let evaluation = judge(&evidence(site, &Vouch::default()), LENIENT);
            assert_eq!(
                evaluation.verdict(),
                Verdict::Unknown(UnknownReason::Inconclusive),
                "{}",
                site.origin()
            );
            let expected =
                if site.astray() > 0 { Verdict::Unknown(UnknownReason::Inconclusive) } else { Verdict::Pass };
            assert_eq!(judge(&evidence(site, &VOUCHED), LENIENT).verdict(), expected, "{}", site.origin());
        }
    }
}

#[test]
fn each_thing_has_to_be_vouched_for() {
    let incomplete = |site: &Site, vouch: &Vouch| match evidence(site, vouch).scan().completion.clone() {
        Completion::Complete => None,
        Completion::Incomplete { cause, detail } => Some((cause, detail)),
    };
    let complete = Vouch { complete: true, ..Vouch::default() };
    let plain = site(&report(json!([alert()])).to_string());
    let told = "a report does not say that its scan came to its end; vouch for it";
    assert_eq!(incomplete(&plain, &Vouch::default()), Some((Cause::Interrupted, told.into())));
    assert_eq!(incomplete(&plain, &complete), None);

    let systemic = site(&with("systemic", true.into()));
    let told = "systemic alerts, listed in part only: 1; vouch for them";
    assert_eq!(incomplete(&systemic, &complete), Some((Cause::EngineError, told.into())));
    assert_eq!(incomplete(&systemic, &Vouch { systemic_as_listed: true, ..complete }), None);

    // Nobody saw a page, as far as the report tells.
    let nothing = site(&report(json!([])).to_string());
    assert_eq!(incomplete(&nothing, &Vouch::default()).unwrap().0, Cause::NothingCrawled);
    assert_eq!(incomplete(&nothing, &complete).unwrap().0, Cause::NothingCrawled);
    let pages = Vouch { pages: Some(12), ..complete };
    assert_eq!(incomplete(&nothing, &pages), None);
    assert_eq!(evidence(&nothing, &pages).scan().coverage.pages, 12);
    assert_eq!(incomplete(&plain, &Vouch { pages: Some(0), ..complete }).unwrap().0, Cause::NothingCrawled);

    let lost = Vouch { authentication: Authentication::Lost, ..complete };
    assert_eq!(incomplete(&plain, &lost).unwrap().0, Cause::AuthenticationFailed);
}

#[test]
fn a_report_that_says_it_failed_is_believed() {
    let mut stopped = report(json!([alert()]));
    stopped["stoppingInsight"] = json!({"key": "insight.auth.failure", "statistic": "75"});
    let mut failed = report(json!([alert()]));
    failed["afPlanErrors"] = json!(["Job spider failed to access URL"]);
    for (report, expected) in [(stopped, Cause::Interrupted), (failed, Cause::EngineError)] {
        let evidence = evidence(&site(&report.to_string()), &VOUCHED);
        let Completion::Incomplete { cause, .. } = evidence.scan().completion else { panic!("complete") };
        assert_eq!(cause, expected);
    }
    let mut fine = report(json!([alert()]));
    fine["afPlanErrors"] = json!([]);
    fine["stoppingInsight"] = Value::Null;
    assert_eq!(evidence(&site(&fine.to_string()), &VOUCHED).scan().completion, Completion::Complete);
}

#[test]
fn a_time_that_cannot_be_read_is_never_now() {
    let mut timeless = report(json!([alert()]));
    timeless["@generated"] = "Do., 4 Juli 2024 10:11:12".into();
    timeless["created"] = Value::Null;
    let timeless = parse(&timeless.to_string());
    assert_eq!(timeless.generated(), None);
    let error = timeless.sites()[0].report(&VOUCHED).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`@generated`: `Do., 4 Juli 2024 10:11:12` is not accepted: expected a time such as `2024-07-04T10:11:12Z` \
         or `Thu, 4 Jul 2024 10:11:12`"
    );
    let ended = "2024-07-04T08:11:12Z".parse().unwrap();
    let vouched = Vouch { ended: Some(ended), ..VOUCHED };
    assert_eq!(evidence(&timeless.sites()[0], &vouched).scan().ended, ended);
    // The newer field is not passed over for the older one.
    let broken = parse(&changed("/created", "yesterday".into()));
    assert!(
        broken.sites()[0].report(&VOUCHED).unwrap_err().to_string().starts_with("`created`: `yesterday`")
    );
}

#[test]
fn the_profile_is_the_report() {
    let hash = |text: &str| evidence(&site(text), &VOUCHED).scan().profile.hash.clone();
    let report = with("count", json!(1));
    assert_eq!(hash(&report), hash(&report));
    assert_ne!(hash(&report), hash(&with("count", json!(2))));
}
