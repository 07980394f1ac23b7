//! What a scan by a real ZAP can be told: how to log in, what to learn from, which rules, how fast.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use assert_cmd::cargo::CommandCargoExt as _;
use dast_shop::{Care, Shop};
use serde_json::Value;
use support::gate::Gate;
use support::lab::{Lab, Outcome, Scan, patient};
use support::members::{Members, PASSWORD, SIGN, TOKEN};
use support::site::{Answer, Site};
use tokio::runtime::Runtime;

impl Lab {
    fn scanning(&self, target: &str, arguments: &[&str]) -> Scan {
        let scan = Scan::by(&self.zap.url(), target).key(self.zap.api_key());
        let password = scan.folder().join("password");
        fs::write(password, PASSWORD).unwrap();
        scan.with(arguments)
    }

    /// Nothing of a scan stays behind in ZAP.
    fn is_tidy(&self) {
        let view = |name: &str| self.zap.api().get(&format!("JSON/{name}")).unwrap();
        let contexts = view("context/view/contextList").to_string();
        assert!(!contexts.contains("dast ") && !contexts.contains("session-marker"), "{contexts}");
        assert_eq!(view("replacer/view/rules")["rules"], serde_json::json!([]));
        assert_eq!(view("network/view/getRateLimitRules")["getRateLimitRules"], serde_json::json!([]));
        let policies = view("ascan/view/scanPolicyNames").to_string();
        assert!(!policies.contains("session-marker"), "{policies}");
    }
}

impl Outcome {
    #[track_caller]
    fn is_complete(&self, code: i32) -> &Self {
        assert_eq!(self.evidence["scan"]["completion"]["complete"], true, "{}", self.evidence["scan"]);
        assert_eq!(self.code, code, "{}", self.said);
        self
    }

    fn counts(&self) -> BTreeMap<String, u64> {
        let rows = self.evidence["counts"].as_array().unwrap().iter();
        let row =
            |row: &Value| (row["alertRef"].as_str().unwrap().to_owned(), row["instances"].as_u64().unwrap());
        rows.map(row).collect()
    }
}

fn shop(care: Care) -> Shop {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    let _guard = RUNTIME.enter();
    Shop::start(care, "127.0.0.1:0".parse().unwrap()).unwrap()
}

/// What is typed for the members' form.
const FORM: [&str; 8] = [
    "--login=form",
    "--login-url=/login",
    "--login-data=user={%username%}&password={%password%}",
    "--username=member",
    "--password-file=password",
    "--logged-in-url=/members",
    "--logged-in",
    SIGN,
];

#[test]
#[ignore = "needs a real ZAP"]
fn a_login_holds_to_the_end_or_the_verdict_is_unknown() {
    let lab = Lab::start();
    // The whole way through a real shop, with a document instead of a form.
    let repaired = shop(Care::Repaired);
    let json = [
        "--profile=full",
        "--login=json",
        "--login-url=/api/login",
        r#"--login-data={"user":"{%username%}","password":"{%password%}"}"#,
        "--username=demo",
        "--password-file=shop-password",
        "--logged-in-url=/account",
        "--logged-out=Log in",
        // A session is another one after each login, and two threads that find themselves logged out log in at once.
        "--concurrency=1",
        "--exclude=.*/logout",
    ];
    let scan = lab.scanning(&repaired.url(), &json);
    fs::write(scan.folder().join("shop-password"), "larch-and-lantern").unwrap();
    let outcome = scan.run();
    assert_eq!(outcome.is_complete(0).evidence["scan"]["authentication"], "Held");
    let scan = lab.scanning(&repaired.url(), &json);
    fs::write(scan.folder().join("shop-password"), "wrong").unwrap();
    scan.run().is_incomplete("a wrong password", 3, "AuthenticationFailed", "before the scan");
    // ZAP's spider presses every button, also the one that logs out.
    let scan = lab.scanning(&repaired.url(), json.split_last().unwrap().1);
    fs::write(scan.folder().join("shop-password"), "larch-and-lantern").unwrap();
    scan.run().is_incomplete("a button", 3, "AuthenticationFailed", "exclude what logs out");

    for (what, arguments) in [
        ("form", &FORM[..]),
        (
            "basic",
            &["--login=basic", "--username=member", "--password-file=password", FORM[5], FORM[6], FORM[7]],
        ),
        ("header", &["--header-file=headers", FORM[5], FORM[6], FORM[7]]),
    ] {
        let members = Members::start(1000);
        let scan = lab.scanning(&members.url(), arguments).with(&["--profile=full"]);
        fs::write(scan.folder().join("headers"), format!("Authorization: Bearer {TOKEN}\n")).unwrap();
        println!("login by {what}");
        let outcome = scan.run();
        assert_eq!(outcome.is_complete(0).evidence["scan"]["authentication"], "Held");
        // The crawl itself was logged in, not only the check.
        assert!(members.shown().contains(&"/members/news".to_owned()), "{what}: {:?}", members.shown());
        for secret in [PASSWORD, TOKEN] {
            assert!(
                !outcome.evidence.to_string().contains(secret) && !outcome.said.contains(secret),
                "{what}"
            );
        }
    }
    // Without the login, nobody sees it.
    let members = Members::start(1000);
    lab.scanning(&members.url(), &[]).run().is_complete(0);
    assert_eq!(members.shown(), [""; 0]);
    // A session that ends in the middle, and none other to be had.
    let members = Members::start(3);
    let outcome = lab.scanning(&members.url(), &FORM).run();
    outcome.is_incomplete("a session that ends", 3, "AuthenticationFailed", "does not show");
    assert_eq!(outcome.evidence["scan"]["authentication"], "Lost");
    lab.is_tidy();
}

#[test]
#[ignore = "needs a real ZAP"]
fn one_zap_scans_the_same_shop_again_and_again() {
    let lab = Lab::start();
    let careless = shop(Care::Careless);
    // How many visitors are given a cookie depends on when ZAP sends one back.
    let counts = |outcome: &Outcome| {
        let mut counts = outcome.is_complete(1).counts();
        counts.remove("10010");
        counts
    };
    let first = counts(&lab.scanning(&careless.url(), &["--profile=full"]).run());
    let again = counts(&lab.scanning(&careless.url(), &["--profile=full"]).run());
    assert_eq!(first, again, "the second scan is a scan of its own");
    let new = lab.scanning(&careless.url(), &["--profile=full", "--zap-memory=new-session"]).run();
    assert_eq!(counts(&new), first, "so is one in a new session");
    let kept = lab.scanning(&careless.url(), &["--profile=full", "--zap-memory=keep"]).run();
    assert!(kept.is_complete(1).counts()["40014"] > first["40014"], "what was there counts");

    // Rules and exclusions.
    let off = [
        "--profile=full",
        "--rule-threshold=40014=off",
        "--rule-threshold=10021=off",
        "--rule-strength=40012=low",
    ];
    let fewer = lab.scanning(&careless.url(), &off).run().is_complete(1).counts();
    assert!(!fewer.contains_key("40014") && !fewer.contains_key("10021"), "{fewer:?}");
    assert_eq!((fewer["40012"], fewer["10020-1"]), (first["40012"], first["10020-1"]));
    let fewer = lab.scanning(&careless.url(), &["--exclude=.*/products/.*"]).run().is_complete(1).counts();
    assert!(fewer["10020-1"] < first["10020-1"], "{fewer:?}");
    let unknown = lab.scanning(&careless.url(), &["--profile=full", "--rule-threshold=4711=off"]).run();
    unknown.is_incomplete("a rule that is none", 3, "EngineError", "no rule 4711");
    // All was put back.
    let slow = lab.scanning(&careless.url(), &["--profile=full", "--rate=50", "--concurrency=1"]).run();
    assert_eq!(counts(&slow), first);
    lab.is_tidy();
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_newer_scan_of_the_same_origin_takes_over() {
    let lab = Lab::start_as(patient());
    let gate = Gate::default();
    let held = gate.clone();
    let site = Site::start(move |target| {
        if target == "/slow" {
            held.pass();
        }
        Answer::Page("<a href='/slow'>slow</a>".to_owned())
    });
    let older = lab.scanning(&site.url(), &[]).start();
    assert!(gate.wait());
    let newer = lab.scanning(&site.url(), &[]).start();
    // It has taken over once the older one has ended, which waits for nothing.
    let older = older.outcome();
    gate.open();
    older.is_incomplete("the older", 3, "EngineError", "scans the same origin anew");
    newer.outcome().is_complete(0);
}

#[test]
#[ignore = "needs a real ZAP"]
fn the_next_scan_stops_one_that_was_killed_and_takes_out_what_it_left() {
    let lab = Lab::start();
    let threads = || {
        ["spider/view/optionThreadCount", "ascan/view/optionThreadPerHost"]
            .map(|view| lab.zap.api().get(&format!("JSON/{view}")).unwrap())
    };
    let before = threads();
    let gate = Gate::default();
    let held = gate.clone();
    let site = Site::start(move |target| {
        if target == "/slow" {
            held.pass();
        }
        Answer::Page("<a href='/slow'>slow</a>".to_owned())
    });
    let everything = [
        "--profile=full",
        "--header-file=headers",
        "--rate=50",
        "--concurrency=1",
        "--rule-threshold=40012=low",
    ];
    let scan = lab.scanning(&site.url(), &everything);
    fs::write(scan.folder().join("headers"), format!("Authorization: Bearer {TOKEN}\n")).unwrap();
    let killed = scan.start();
    assert!(gate.wait());
    killed.kill();
    let rules = || lab.zap.api().get("JSON/replacer/view/rules").unwrap().to_string();
    assert!(rules().contains(TOKEN), "{}", rules());
    let next = lab.scanning(&site.url(), &["--profile=full"]).start();
    let state = || lab.zap.api().get("JSON/spider/view/scans").unwrap()["scans"][0]["state"].clone();
    assert!((0..300).any(|_| {
        thread::sleep(Duration::from_millis(100));
        state() == "FINISHED"
    }));
    gate.open();
    next.outcome().is_complete(0);
    assert_eq!(threads(), before);
    lab.is_tidy();
}

#[test]
#[ignore = "needs a real ZAP"]
fn an_api_and_a_plan_are_judged_like_a_crawl() {
    let lab = Lab::start();
    let careless = shop(Care::Careless);
    let api = lab.scanning(&careless.url(), &["--openapi-url=/api/openapi.json"]).run();
    let counts = api.is_complete(1).counts();
    assert_eq!(api.evidence["scan"]["profile"]["name"], "api");
    assert!(counts.contains_key("10021"), "{counts:?}");

    // A document of somebody's own, that names a server elsewhere: the target is what is asked.
    let document = r#"{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"http://203.0.113.1/"}],
        "paths":{"/search":{"get":{"parameters":[{"name":"q","in":"query","schema":{"type":"string"},"example":"x"}],
        "responses":{"200":{"description":"found"}}}}}}"#;
    let scan = lab.scanning(&careless.url(), &["--profile=api", "--openapi-file=api.json"]);
    fs::write(scan.folder().join("api.json"), document).unwrap();
    assert_eq!(scan.run().is_complete(1).counts()["40012"], 1, "what it names is attacked");
    for (what, text) in [("no document", "<html>"), ("nothing to ask", r#"{"openapi":"3.0.3","paths":{}}"#)] {
        let scan = lab.scanning(&shop(Care::Repaired).url(), &["--openapi-file=api.json"]);
        fs::write(scan.folder().join("api.json"), text).unwrap();
        let outcome = scan.run();
        assert_eq!(outcome.code, 3, "{what}: {}", outcome.said);
    }

    let plan = |url: &str| {
        format!(
            "env:\n  contexts:\n    - name: shop\n      urls: ['{url}']\n\
             jobs:\n  - type: spider\n    parameters: {{context: shop, url: '{url}'}}\n  \
             - type: activeScan\n    parameters: {{context: shop}}\n"
        )
    };
    let run = |url: &str, text: &str| {
        let scan = lab.scanning(url, &["--automation-plan=plan.yaml"]);
        fs::write(scan.folder().join("plan.yaml"), text).unwrap();
        scan.run()
    };
    let outcome = run(&careless.url(), &plan(&careless.url()));
    assert_eq!(outcome.is_complete(1).counts()["40014"], 8);
    run(&shop(Care::Repaired).url(), "jobs: [").is_incomplete("no YAML", 3, "EngineError", "plan");
    // A plan that does nothing to the target has not shown that it is clean.
    let nothing = run(&shop(Care::Repaired).url(), &plan(&careless.url()));
    assert_eq!(nothing.code, 3, "{}", nothing.said);
    lab.is_tidy();
}

#[test]
#[ignore = "needs a real ZAP"]
fn the_originals_commands_still_work() {
    let lab = Lab::start();
    let (careless, repaired) = (shop(Care::Careless), shop(Care::Repaired));
    let original = |command: &str, target: &str| {
        let mut program = Command::cargo_bin("dast-analyzer").unwrap();
        program.args([command, "-t", target, "-p", &lab.zap.url()]).env("ZAPAPIKEY", lab.zap.api_key());
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        program
    };
    assert_eq!(original("scanner", &careless.url()).status().unwrap().code(), Some(1));
    assert_eq!(original("scanner", &repaired.url()).status().unwrap().code(), Some(0));
    let mut api = original("apiscan", &repaired.url());
    assert_eq!(api.args(["-o", "/api/openapi.json"]).status().unwrap().code(), Some(0));
    let mut keyless = original("scanner", &repaired.url());
    assert_eq!(keyless.env_remove("ZAPAPIKEY").status().unwrap().code(), Some(3));

    let mut serving = original("scanner", &careless.url()).arg("-s").spawn().unwrap();
    let mut evidence = None;
    while evidence.is_none() && serving.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(100));
        evidence = served();
    }
    // As Kubernetes ends it.
    Command::new("kill").arg(serving.id().to_string()).status().unwrap();
    assert_eq!(serving.wait().unwrap().code(), Some(1));
    assert_eq!(evidence.unwrap()["scan"]["engine"]["name"], "zap");
}

/// What is served on the original's port, if anything is.
fn served() -> Option<Value> {
    let mut stream = TcpStream::connect("127.0.0.1:3000").ok()?;
    stream.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}
