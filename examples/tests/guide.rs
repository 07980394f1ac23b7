//! Every example of the policy guide is judged, and everything that the guide says about it must be so.
//!
//! How the guide is written, so that this can read it:
//!
//! - A block marked `yaml policy` is a policy; `yaml policy cluster`, `yaml policy namespace` and `yaml annotations` are
//!   layers that belong together; `yaml policy standard` is also the default policy.
//! - A line such as "`Fail`, action `Deny`, for **the shop**:" says what follows from it. If it ends in a colon, a block
//!   marked `text` has all reasons, where `…` stands for a number.
//! - A block marked `yaml invalid` is refused, and the block marked `text` after it has everything that is wrong.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use dast_policy::{
    AlertRef, Authentication, Cause, Collector, Completion, Coverage, Engine, Evaluation, Exposure, Finding,
    Knowledge, Layer, Policy, PolicyDocument, Profile, Revision, Scan, Scope, Subject, UnderWay, evaluate,
};
use jiff::Timestamp;

const GUIDE: &str = include_str!("../../docs/policy-guide.md");

#[test]
fn what_the_guide_says_is_so() {
    let mut reader = Reader::default();
    let mut parts = parts().into_iter().peekable();
    while let Some(part) = parts.next() {
        let mut text = || match parts.next_if(|part| matches!(part, Part::Block { mark: "text", .. })) {
            Some(Part::Block { text, .. }) => text,
            _ => panic!("line {}: a block marked `text` must follow", part.line()),
        };
        match &part {
            Part::Heading { .. } => reader.begin(),
            Part::Block { mark: "yaml invalid", text: yaml, .. } => {
                reader.begin();
                let error = PolicyDocument::from_yaml(yaml).expect_err(&part.place());
                let problems: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
                assert_eq!(problems.join("\n"), text().trim_end(), "{}", part.place());
                reader.refused += 1;
            }
            Part::Block { mark: "text zap", .. } => {}
            Part::Block { mark, text, .. } => reader.layer(mark, text, &part.place()),
            Part::Statement { verdict, action, scan, reasons, .. } => {
                let evaluation = reader.judge(scan, &part.place());
                assert_eq!(evaluation.verdict().to_string(), *verdict, "{}: {scan}", part.place());
                if let Some(action) = action {
                    assert_eq!(format!("{:?}", evaluation.action()), *action, "{}: {scan}", part.place());
                }
                let told = if *reasons { text().trim_end().to_owned() } else { String::new() };
                let explained = explained(&evaluation);
                assert!(agree(&told, &explained), "{}: {scan}: not\n{told}\nbut\n{explained}", part.place());
            }
        }
    }
    reader.begin();
    // If the guide is written in another way some day, this must not find nothing and be content.
    assert!(reader.judged > 40 && reader.refused > 3, "{} judged, {} refused", reader.judged, reader.refused);
}

#[test]
fn a_number_may_be_left_open() {
    assert!(agree("… of … high", "12 of 3 high"));
    assert!(
        !agree("… of … high", "12 of 3 higher")
            && !agree("…", "twelve")
            && !agree("a…", "a")
            && !agree("", "1")
    );
}

/// What the test makes of the guide so far.
#[derive(Default)]
struct Reader {
    layers: Vec<Layer>,
    /// Whether something was said about these layers.
    said: bool,
    judged: usize,
    refused: usize,
}

impl Reader {
    /// Something new begins; what came before must have had a verdict.
    fn begin(&mut self) {
        assert!(self.layers.is_empty() || self.said, "a policy without a verdict: {:?}", self.layers);
        self.layers.clear();
        self.said = false;
    }

    fn layer(&mut self, mark: &str, text: &str, place: &str) {
        // A layer that follows a verdict, or that stands alone, begins a policy.
        if self.said || matches!(mark, "yaml policy" | "yaml policy standard" | "yaml policy cluster") {
            self.begin();
        }
        let document = || PolicyDocument::from_yaml(text).unwrap_or_else(|error| panic!("{place}: {error}"));
        let layer = match mark {
            "yaml policy" => Layer::new(Scope::File, "policy.yaml", document()).unwrap(),
            "yaml policy standard" => {
                assert_eq!(document(), PolicyDocument::standard(), "{place}");
                Layer::new(Scope::File, "policy.yaml", document()).unwrap()
            }
            "yaml policy cluster" => Layer::new(Scope::Cluster, "ceiling", document()).unwrap(),
            "yaml policy namespace" => Layer::new(Scope::Namespace, "shop", document()).unwrap(),
            "yaml annotations" => {
                let annotations: BTreeMap<String, String> = serde_saphyr::from_str(text).unwrap();
                let annotations = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                Layer::from_annotations("shop/web", annotations).unwrap().expect(place)
            }
            _ => panic!("{place}: a block marked `{mark}`"),
        };
        self.layers.push(layer);
    }

    fn judge(&mut self, scan: &str, place: &str) -> Evaluation {
        let policy = Policy::new(self.layers.clone()).unwrap_or_else(|error| panic!("{place}: {error}"));
        let (knowledge, now) = known(scan);
        self.said = true;
        self.judged += 1;
        evaluate(&policy, &knowledge, now)
    }
}

/// All reasons, a line each; with several layers, after the name of the layer.
fn explained(evaluation: &Evaluation) -> String {
    let several = evaluation.layers().len() > 1;
    let mut lines = Vec::new();
    for layer in evaluation.layers() {
        for reason in &layer.reasons {
            lines.push(if several {
                format!("{} `{}`: {reason}", layer.scope, layer.name)
            } else {
                reason.to_string()
            });
        }
    }
    lines.join("\n")
}

/// Whether `text` is what is `told`, in which `…` stands for a number.
fn agree(told: &str, text: &str) -> bool {
    let mut rest = text;
    for (index, piece) in told.split('…').enumerate() {
        let after = if index == 0 { rest } else { rest.trim_start_matches(|c: char| c.is_ascii_digit()) };
        let number = index == 0 || after.len() < rest.len();
        match after.strip_prefix(piece) {
            Some(after) if number => rest = after,
            _ => return false,
        }
    }
    rest.is_empty()
}

/// What of the guide is looked at.
enum Part {
    Heading {
        line: usize,
    },
    Block {
        line: usize,
        mark: &'static str,
        text: String,
    },
    Statement {
        line: usize,
        verdict: &'static str,
        action: Option<&'static str>,
        scan: &'static str,
        reasons: bool,
    },
}

impl Part {
    fn line(&self) -> usize {
        match self {
            Self::Heading { line } | Self::Block { line, .. } | Self::Statement { line, .. } => *line,
        }
    }

    fn place(&self) -> String {
        format!("docs/policy-guide.md:{}", self.line())
    }
}

fn parts() -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = GUIDE.lines().zip(1..);
    while let Some((text, line)) = lines.next() {
        if let Some(mark) = text.strip_prefix("```") {
            let inside = lines.by_ref().map(|(text, _)| text).take_while(|text| *text != "```");
            let text = inside.map(|text| format!("{text}\n")).collect();
            parts.push(Part::Block { line, mark, text });
        } else if text.starts_with('#') {
            parts.push(Part::Heading { line });
        } else if text.contains(" for **the ") {
            parts.push(
                statement(text, line).unwrap_or_else(|| panic!("line {line} says something else: {text}")),
            );
        }
    }
    parts
}

/// Reads a line such as "`Fail`, action `Deny`, for **the shop**:".
fn statement(text: &'static str, line: usize) -> Option<Part> {
    let (verdict, rest) = text.strip_prefix('`')?.split_once('`')?;
    let (action, rest) = match rest.strip_prefix(", action `") {
        Some(rest) => rest.split_once("`,").map(|(action, rest)| (Some(action), rest))?,
        None => (None, rest),
    };
    let (scan, end) = rest.strip_prefix(" for **")?.split_once("**")?;
    let reasons = match end {
        ":" => true,
        "." => false,
        _ => return None,
    };
    Some(Part::Statement { line, verdict, action, scan, reasons })
}

/// The cells of the table that begins with a row of these `headings`.
fn table(headings: &str) -> Vec<Vec<&'static str>> {
    let rows = GUIDE.lines().skip_while(|line| !line.starts_with(headings)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |row: &'static str| {
        row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches(['`', '*'])).collect()
    };
    rows.map(cells).collect()
}

/// The findings of the shop, as the guide lists them.
fn findings() -> Vec<Finding> {
    let finding = |row: Vec<&str>| {
        let [alert, name, severity, confidence, method, path, param] = row[..] else {
            panic!("a row of seven: {row:?}")
        };
        let plugin = alert.split('-').next().unwrap();
        let alert = AlertRef::parse(plugin, alert).unwrap();
        let url = format!("https://shop.test{path}");
        let finding =
            Finding::new(alert, severity.parse().unwrap(), confidence.parse().unwrap(), method, &url);
        finding.unwrap().named(name).with_param(param)
    };
    table("| alert | what is wrong |").into_iter().map(finding).collect()
}

/// What is known of a scan of that name, and when it is judged.
fn known(name: &str) -> (Knowledge, Timestamp) {
    let listed = table("| scan | how it differs |").iter().any(|row| row[0] == name);
    assert!(listed || name == "the shop", "the guide does not say what {name} is");
    let mut findings = if name.starts_with("the repaired shop") { Vec::new() } else { findings() };
    let mut scan = scan();
    let mut knowledge = Knowledge::default();
    let mut now = "2026-06-01T12:00:00Z";
    match name {
        "the shop" | "the repaired shop" => {}
        "the large shop" => {
            let nosniff =
                findings.iter().find(|finding| finding.alert_ref().as_str() == "10021").unwrap().clone();
            findings.extend((1..=200).map(|page| {
                let url = format!("https://shop.test/page/{page}");
                let (alert, severity) = (nosniff.alert_ref().clone(), nosniff.severity());
                let finding =
                    Finding::new(alert, severity, nosniff.confidence(), nosniff.method(), &url).unwrap();
                finding.named(nosniff.name()).with_param(nosniff.param())
            }));
        }
        "the shop in July" => {
            (scan.started, scan.ended) =
                ("2026-07-01T00:00:00Z".parse().unwrap(), "2026-07-01T00:05:00Z".parse().unwrap());
            now = "2026-07-01T12:00:00Z";
        }
        "the shop nine days later" | "the repaired shop nine days later" => now = "2026-06-10T12:00:00Z",
        "the exposed shop after a rollout" => {
            findings.clear();
            knowledge.is_exposed = true;
            knowledge.expected.revision = Some(Revision::new("2"));
            knowledge.expected.revision_since = Some("2026-06-01T11:50:00Z".parse().unwrap());
        }
        "the repaired shop after a rollout" => knowledge.expected.revision = Some(Revision::new("2")),
        "the repaired shop with a new host" => {
            knowledge.expected.exposures =
                ["shop.test", "pay.shop.test"].map(|host| Exposure::new(host, "/")).into();
        }
        "the shop, cut short" | "the repaired shop, cut short" => {
            scan.completion =
                Completion::Incomplete { cause: Cause::DeadlineExceeded, detail: String::new() };
        }
        "the repaired shop, logged in" => scan.authentication = Authentication::Held,
        "the new shop" => return (knowledge, now.parse().unwrap()),
        "the new shop, held back for two hours" => {
            knowledge.held_since = Some("2026-06-01T10:00:00Z".parse().unwrap());
            return (knowledge, now.parse().unwrap());
        }
        "the shop, held back for two hours" => {
            knowledge.held_since = Some("2026-06-01T10:00:00Z".parse().unwrap());
        }
        "the new shop in the queue" => {
            knowledge.under_way = Some(UnderWay::Queued);
            return (knowledge, now.parse().unwrap());
        }
        _ => panic!("there is no scan of {name}"),
    }
    let mut collector = Collector::new();
    findings.iter().for_each(|finding| collector.add(finding));
    knowledge.evidence = Some(collector.finish(scan).into());
    (knowledge, now.parse().unwrap())
}

fn scan() -> Scan {
    Scan {
        subject: Subject {
            target: "shop/web".to_owned(),
            origin: "https://shop.test".parse().unwrap(),
            covered: vec![Exposure::new("shop.test", "/")],
        },
        revision: Some(Revision::new("1")),
        profile: Profile { name: "passive".to_owned(), hash: "1".to_owned() },
        engine: Engine {
            name: "builtin".to_owned(),
            version: "0.1.0".to_owned(),
            rule_set: "1".to_owned(),
            passive: true,
        },
        started: "2026-06-01T00:00:00Z".parse().unwrap(),
        ended: "2026-06-01T00:05:00Z".parse().unwrap(),
        completion: Completion::Complete,
        coverage: Coverage { pages: 20, failed: 5, skipped: 0 },
        authentication: Authentication::NotUsed,
    }
}
