//! Orders that make no sense.

use dast_kubernetes::crd::ProfileName;
use dast_kubernetes::order::Order;
use serde_json::json;

use crate::operator::{Authority, Operator, taken};
use crate::pod::Pod;

fn refused(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let authority = Authority::new();
    let operator = Operator::start(&authority, taken);
    let pod = Pod::new(&operator.url(), &authority, &["http://127.0.0.1:9"]);
    let mut order = serde_json::to_value(&pod.order).unwrap();
    change(&mut order);
    let (code, log) = pod.start_with(&order.to_string()).outcome();
    assert_eq!(code, 2, "{log}");
    assert!(operator.posts().is_empty(), "{log}");
    log
}

#[test]
fn what_is_wrong_is_told_before_anything_is_scanned() {
    type Change = fn(&mut serde_json::Value);
    let cases: [(Change, &str); 9] = [
        (|order| order["origins"] = json!(["ftp://shop.test"]), "cannot read the order"),
        (|order| order["more"] = json!(1), "unknown field `more`"),
        (|order| order["origins"] = json!([]), "`origins` is empty"),
        (|order| order["settings"]["timeout"] = json!(null), "`settings.timeout` is missing"),
        (|order| order["settings"]["timeout"] = json!("soon"), "`soon` is not accepted"),
        (|order| order["settings"]["name"] = json!("full"), "is for the built-in engine"),
        (|order| order["delivery"]["url"] = json!("http://operator"), "begins with `https://`"),
        (|order| order["delivery"]["authorities"] = json!(""), "at least one"),
        (
            |order| {
                order["login"] =
                    json!({"login": {"kind": "Basic", "loggedIn": "x", "secretName": "s"}, "folder": "."});
            },
            "the built-in engine cannot log in",
        ),
    ];
    for (change, words) in cases {
        let log = refused(change);
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[test]
fn an_order_may_be_in_a_file() {
    let authority = Authority::new();
    let operator = Operator::start(&authority, taken);
    let mut pod = Pod::new(&operator.url(), &authority, &["http://127.0.0.1:9"]);
    pod.order.settings.name = Some(ProfileName::Baseline);
    let text = serde_json::to_string(&pod.order).unwrap();
    std::fs::write(pod.folder.path().join("order.json"), text).unwrap();
    let run = |args: &[&str]| {
        let output = crate::support::analyzer(pod.folder.path())
            .arg("run")
            .args(args)
            .env_remove(Order::VARIABLE)
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&[]);
    assert_eq!(code, 2);
    assert!(said.contains("set DAST_ORDER, or give `--order FILE`"), "{said}");
    let (code, said) = run(&["--order", "order.json"]);
    assert_eq!(code, 2);
    assert!(said.contains("`settings.name`"), "{said}");
}
