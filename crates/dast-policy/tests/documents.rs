//! Policy documents that people get wrong: each says which field, what stands there, and what is accepted.

#![cfg(feature = "yaml")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use dast_policy::{Exemption, Layer, PolicyDocument, PolicyError, RuleId, Scope};

/// The problems of a YAML document, a line each.
#[track_caller]
fn problems(yaml: &str) -> String {
    let error = PolicyDocument::from_yaml(yaml).expect_err("it must be refused");
    let lines: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    if lines.is_empty() { error.to_string() } else { lines.join("\n") }
}

const LIMIT: &str = "thresholds: {alerts: {high: {fail: 0}}}\n";

#[test]
fn everything_wrong_is_told_at_once() {
    let yaml = r#"
thresholds:
  alerts:
    high: { fail: -1 }
    medium: { fail: 2.5 }
    low: { fail: three, warm: 1 }
    critical: { fail: 0 }
minimumConfidence: Sure
rules:
  - rule: "10038"
    level: MAYBE
  - level: FAIL
maxAge: 0h
treshholds: {}
"#;
    assert_eq!(
        problems(yaml),
        "\
`treshholds`: `treshholds` is not accepted: expected one of the fields thresholds, minimumConfidence, rules, exemptions, maxAge, grace, engines, profiles, coverage, authenticationRequired, enforcement
`thresholds.alerts.critical`: `critical` is not accepted: expected one of the fields high, medium, low, informational
`thresholds.alerts.high.fail`: `-1` is not accepted: expected a whole number from 0 to 4294967295
`thresholds.alerts.medium.fail`: `2.5` is not accepted: expected a whole number from 0 to 4294967295
`thresholds.alerts.low.warm`: `warm` is not accepted: expected one of the fields fail, warn
`thresholds.alerts.low.fail`: `three` is not accepted: expected a whole number from 0 to 4294967295
`minimumConfidence`: `Sure` is not accepted: expected Confirmed, High, Medium or Low
`rules[0].level`: `MAYBE` is not accepted: expected IGNORE, INFO, WARN or FAIL
`rules[1].rule`: expected a rule such as `10038`
`maxAge`: `0h` is not accepted: expected a time span such as `168h` or `7d`, at most ten years"
    );
}

#[test]
fn a_policy_needs_a_limit() {
    for yaml in
        ["{}", "thresholds: {}", "thresholds: {alerts: {}}", "rules: [{rule: 1, level: INFO}]", "maxAge: 1h"]
    {
        let text = problems(yaml);
        assert!(text.starts_with("`thresholds`: expected at least one limit"), "{yaml}: {text}");
    }
    assert!(PolicyDocument::from_yaml("rules: [{rule: 40018, level: FAIL}]").is_ok(), "that is a limit");
    assert!(problems("thresholds: {alerts: {high: {}}}").contains("`fail`, `warn` or both"));
    assert!(problems("").contains("expected a map"), "{}", problems(""));
    assert!(problems("high: 0").contains("`high`"));
}

#[test]
fn a_limit_is_a_whole_number() {
    for value in ["-1", "1.5", "three", "\"3\"", "4294967296", "1e3", "true", "[1]", "{a: 1}", "0x10x"] {
        let yaml = format!("thresholds: {{alerts: {{high: {{fail: {value}}}}}}}");
        assert!(
            problems(&yaml).contains("a whole number from 0 to 4294967295"),
            "{value}: {}",
            problems(&yaml)
        );
    }
}

#[test]
fn a_warning_lies_below_the_failure() {
    assert!(problems("thresholds: {alerts: {high: {fail: 2, warn: 2}}}").contains("it could never warn"));
}

#[test]
fn nothing_is_not_a_value() {
    for yaml in [
        "rules: [{rule: 10038, level: IGNORE, path: }]",
        "maxAge:",
        "grace:",
        "engines: ",
        "authenticationRequired: null",
        "coverage: {pages: }",
    ] {
        let text = problems(&format!("{LIMIT}{yaml}\n"));
        assert!(
            text.contains("`null` is not accepted: expected a value; or leave the field out"),
            "{yaml}: {text}"
        );
    }
    assert!(problems("thresholds: {alerts: {high: {fail: , warn: 5}}}").contains("leave the field out"));
    assert!(problems(&format!("{LIMIT}engines: []")).contains("at least one name"));
}

#[test]
fn problems_are_told_up_to_a_number() {
    let many: String = (0..100_000).map(|key| format!("\"{key}\":0,")).collect();
    let error = PolicyDocument::from_json(&format!("{{{many}\"maxAge\":\"1h\"}}")).unwrap_err();
    assert_eq!(error.problems().len(), 50);
}

#[test]
fn what_reading_refuses_a_layer_refuses_too() {
    let good = PolicyDocument::standard();
    let coverage = dast_policy::CoverageMinimum { pages: None, percent: Some(101) };
    let unsure = Some(dast_policy::Confidence::FalsePositive);
    for (bad, field) in [
        (PolicyDocument { max_age: Some(jiff::SignedDuration::MAX), ..good.clone() }, "maxAge"),
        (PolicyDocument { max_age: Some(jiff::SignedDuration::ZERO), ..good.clone() }, "maxAge"),
        (PolicyDocument { minimum_confidence: unsure, ..good.clone() }, "minimumConfidence"),
        (PolicyDocument { coverage, ..good.clone() }, "coverage.percent"),
    ] {
        let error = Layer::new(Scope::File, "policy", bad).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{field}`")), "{error}");
    }
}

#[test]
fn a_rule_has_one_level_for_a_place() {
    let twice = format!("{LIMIT}rules: [{{rule: 1, level: INFO}}, {{rule: \"1\", level: FAIL}}]");
    assert_eq!(
        problems(&twice),
        "`rules[1].rule`: `1` is not accepted: expected each rule once for the same place: it has a level at `rules[0]` already"
    );
    let apart = format!("{LIMIT}rules: [{{rule: 1, level: INFO}}, {{rule: 1, level: FAIL, path: /a/**}}]");
    assert!(PolicyDocument::from_yaml(&apart).is_ok());
}

fn exempting(location: &str) -> String {
    let who = "reason: legacy, owner: team-shop, expires: 2027-01-01T00:00:00Z";
    format!("{LIMIT}exemptions: [{{rule: 10038, {location}{who}}}]")
}

#[test]
fn an_exemption_names_a_place() {
    let everything = [
        "path: /**, ",
        "path: \"/*/**\", ",
        "pathRegex: \".*\", ",
        "pathRegex: \"(?s)/.*\", ",
        "pathRegex: \"[^#]+\", ",
    ];
    for location in everything {
        let text = problems(&exempting(location));
        assert!(text.contains("`exemptions[0].path") && text.contains("names a place"), "{text}");
    }
    for location in
        ["path: \"\", ", "pathRegex: \"\", ", "path: \"**\", ", "path: relative, ", "fingerprint: abc, "]
    {
        assert!(problems(&exempting(location)).contains("`exemptions[0]."), "{location}");
    }
    for location in ["", "param: q, ", "method: GET, ", "path: /a, pathRegex: /a, ", "path: null, "] {
        assert!(problems(&exempting(location)).contains("`exemptions[0]`"), "{location}");
    }
    assert!(PolicyDocument::from_yaml(&exempting("path: /legacy/**, ")).is_ok());
}

#[test]
fn an_exemption_has_a_reason_an_owner_and_an_expiry() {
    let yaml = format!("{LIMIT}exemptions: [{{rule: 10038, path: /legacy, reason: \" \"}}]");
    let text = problems(&yaml);
    assert!(text.contains("`exemptions[0].owner`: expected"), "{text}");
    assert!(text.contains("`exemptions[0].expires`: expected a time with a zone"), "{text}");
    let blank = problems(&exempting("path: /legacy, ").replace("legacy, owner", "\" \", owner"));
    assert!(blank.contains("`exemptions[0].reason`: ` ` is not accepted: expected why"), "{blank}");
    for method in ["\"\"", "\" \"", "\"GET \"", "\"G\\nT\""] {
        let text = problems(&exempting(&format!("path: /legacy, method: {method}, ")));
        assert!(
            text.contains("`exemptions[0].method`") && text.contains("such as `GET`"),
            "{method}: {text}"
        );
    }
}

#[test]
fn an_expiry_has_a_zone() {
    for time in ["2027-01-01", "2027-01-01T00:00:00", "tomorrow", "1893456000", "2027-13-01T00:00:00Z"] {
        let yaml = exempting("path: /a, ").replace("2027-01-01T00:00:00Z", time);
        let text = problems(&yaml);
        assert!(text.contains("`exemptions[0].expires`"), "{time}: {text}");
    }
    for time in ["2027-01-01T00:00:00+02:00", "2001-01-01T00:00:00Z"] {
        let yaml = exempting("path: /a, ").replace("2027-01-01T00:00:00Z", time);
        assert!(PolicyDocument::from_yaml(&yaml).is_ok(), "{time}");
    }
}

#[test]
fn patterns_compile_and_are_not_catastrophic() {
    for regex in ["(", "[", "(?<n>a)\\\\k<n>", "((a{99}){99}){99}", "(?=a)"] {
        let yaml = exempting(&format!("pathRegex: \"{regex}\", "));
        let text = problems(&yaml);
        assert!(
            text.contains("`exemptions[0].pathRegex`") && text.contains("a regular expression"),
            "{text}"
        );
    }
    // What backtracks for ever elsewhere is matched in linear time.
    let yaml = exempting("pathRegex: \"/(a+)+b\", ");
    assert!(PolicyDocument::from_yaml(&yaml).is_ok());
}

#[test]
fn a_field_stands_there_once() {
    let json = r#"{"thresholds": {"alerts": {"high": {"fail": 0, "fail": 9}}}}"#;
    let error = PolicyDocument::from_json(json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`thresholds.alerts.high.fail`: `fail` is not accepted: expected each field once"
    );
    assert!(PolicyDocument::from_yaml("maxAge: 1h\nmaxAge: 2h\n").is_err());
}

#[test]
fn large_and_deep_documents_are_refused_at_once() {
    let deep = "[".repeat(2 * 1024 * 1024);
    for error in
        [PolicyDocument::from_yaml(&deep).unwrap_err(), PolicyDocument::from_json(&deep).unwrap_err()]
    {
        assert!(matches!(&error, PolicyError::Syntax(_)), "{error}");
        assert!(error.to_string().contains("more than the 1048576 accepted"), "{error}");
    }
    for nested in ["[".repeat(900_000), "{a: ".repeat(200_000), "- ".repeat(400_000)] {
        assert!(matches!(PolicyDocument::from_yaml(&nested), Err(PolicyError::Syntax(_))));
    }
    assert!(matches!(PolicyDocument::from_json(&"[".repeat(900_000)), Err(PolicyError::Syntax(_))));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n";
    assert!(PolicyDocument::from_yaml(bomb).is_err());
}

#[test]
fn editors_of_other_systems_are_welcome() {
    let unix = "thresholds:\n  alerts:\n    high: {fail: 0}\nmaxAge: 2d\n";
    let expected = PolicyDocument::from_yaml(unix).unwrap();
    assert_eq!(PolicyDocument::from_yaml(&format!("\u{feff}{unix}")), Ok(expected.clone()));
    assert_eq!(PolicyDocument::from_yaml(&unix.replace('\n', "\r\n")), Ok(expected.clone()));
    let json = expected.to_json();
    assert_eq!(PolicyDocument::from_json(&format!("\u{feff}{json}")), Ok(expected.clone()));
    assert_eq!(PolicyDocument::from_json(&json.replace('\n', "\r\n")), Ok(expected));
}

#[test]
fn a_rule_may_be_written_as_a_number() {
    let document = PolicyDocument::from_yaml("rules: [{rule: 10038, level: FAIL}]").unwrap();
    assert_eq!(
        document.rules.first().map(|rule| rule.rule.clone()),
        Some("10038".parse::<RuleId>().unwrap())
    );
}

#[test]
fn exemptions_that_are_too_large_together_are_refused() {
    let all = |count: usize, location: &str| {
        let one = format!("{{rule: 1, {location}, reason: r, owner: o, expires: 2027-01-01T00:00:00Z}}");
        PolicyDocument::from_yaml(&format!("{LIMIT}exemptions: [{}]", vec![one; count].join(",\n")))
    };
    let error = all(101, "pathRegex: /legacy/.*").unwrap_err();
    assert!(error.to_string().contains("at most 100 regular expressions"), "{error}");
    for (count, location) in [
        (100, "pathRegex: \"/x/[ab]{300}\"".to_owned()),
        (1500, format!("path: \"/{}/**\"", "a?".repeat(200))),
    ] {
        let error = Layer::new(Scope::File, "policy", all(count, &location).unwrap()).unwrap_err();
        assert!(error.to_string().contains("fewer or simpler patterns"), "{error}");
    }
    // As many as people need are no trouble.
    assert!(Layer::new(Scope::File, "policy", all(1000, "path: /legacy/**").unwrap()).is_ok());
    assert!(
        Layer::new(Scope::File, "policy", all(100, "pathRegex: \"/legacy/v[0-9]+/.*\"").unwrap()).is_ok()
    );
}

#[test]
fn an_exemption_may_stand_alone() {
    let text =
        r#"{"rule":10038,"path":"/old/**","reason":"moves","owner":"web","expires":"2027-01-01T00:00:00Z"}"#;
    let exemption = Exemption::from_json(text).unwrap();
    let again = serde_json::to_string(&exemption).unwrap();
    assert_eq!(again, text.replace("10038", "\"10038\""));
    assert_eq!(Exemption::from_json(&again), Ok(exemption));
    for (bad, problem) in [
        ("[]", "the document: `[]` is not accepted"),
        ("{}", "`rule`: expected"),
        (&text.replace("path", "place"), "`place`: `place` is not accepted"),
        (&text.replace("/old/**", "/**"), "`path`: `/**` is not accepted"),
        ("{", "not a readable JSON document"),
    ] {
        let error = Exemption::from_json(bad).unwrap_err().to_string();
        assert!(error.contains(problem), "{bad}: {error}");
    }
}

#[test]
fn serde_refuses_what_reading_refuses() {
    let error = serde_json::from_str::<PolicyDocument>(r#"{"thresholds": {}, "x": 1}"#).unwrap_err();
    assert!(error.to_string().contains("`x`"), "{error}");
}

/// The schema and the reader were written apart; they must know the same fields.
#[test]
#[cfg(feature = "schema")]
fn the_schema_knows_the_fields_that_are_read() {
    let schema = PolicyDocument::schema().to_value();
    let fields = |schema: &serde_json::Value| -> Vec<String> {
        let mut keys: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let told = |yaml: &str| -> Vec<String> {
        let text = problems(yaml);
        let line =
            text.lines().find(|line| line.contains("`x.x`") || line.contains("x`: `x`")).unwrap().to_owned();
        let mut keys: Vec<_> =
            line.split("one of the fields ").nth(1).unwrap().split(", ").map(str::to_owned).collect();
        keys.sort();
        keys
    };
    let of = |name: &str| &schema["$defs"][name];
    assert_eq!(fields(&schema), told("x: 1"));
    assert_eq!(fields(of("Thresholds")), told("thresholds: {x: 1}"));
    assert_eq!(fields(of("Limits")), told("thresholds: {alerts: {x: 1}}"));
    assert_eq!(fields(of("Threshold")), told("thresholds: {alerts: {high: {x: 1}}}"));
    assert_eq!(fields(of("Rule")), told("rules: [{x: 1}]"));
    assert_eq!(fields(of("Exemption")), told("exemptions: [{x: 1}]"));
    assert_eq!(fields(of("Coverage")), told("coverage: {x: 1}"));
    assert_eq!(fields(of("Enforcement")), told("enforcement: {x: 1}"));
    assert_eq!(schema["additionalProperties"], false);
}
