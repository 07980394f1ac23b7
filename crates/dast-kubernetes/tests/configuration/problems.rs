//! What is wrong is told with field, value and what is accepted, all at once.

use dast_kubernetes::configuration::{Configuration, ConfigurationError};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FULL, cases, read};

fn problems(text: &str) -> Vec<String> {
    match Configuration::from_yaml(text) {
        Ok(_) => panic!("{text} was read"),
        Err(error) => {
            assert_eq!(error.category(), "invalid", "{text}: {error}");
            error.problems().iter().map(ToString::to_string).collect()
        }
    }
}

#[test]
fn what_is_no_yaml_is_one_error() {
    let large = format!("# {}", "x".repeat(1024 * 1024));
    for text in ["a: [", "{", "a: b: c", "a: 1\na: 2", large.as_str()] {
        let error = Configuration::from_yaml(text).unwrap_err();
        assert!(matches!(error, ConfigurationError::Syntax(_)) && error.to_string().len() < 1200, "{error}");
        assert_eq!((error.category(), error.problems().len()), ("syntax", 0));
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    insta::assert_snapshot!(problems(include_str!("wrong.yaml")).join("\n"));
}

#[test]
fn every_field_refuses_what_is_of_another_kind_and_says_where() {
    let tree: Value = serde_json::to_value(read(FULL)).unwrap();
    let mut fields = Vec::new();
    leaves(&tree, &mut Vec::new(), &mut fields);
    // Text in the place of lists, lists in the place of all else.
    assert!(fields.len() > 70, "{}", fields.len());
    for path in fields {
        for bad in [json!([{"a": [1]}]), json!(null), json!("\u{7}")] {
            is_refused(&tree, &path, &bad);
        }
    }
}

#[test]
fn every_value_refuses_what_is_empty_far_too_long_or_far_out_of_range() {
    let tree: Value = serde_json::to_value(read(FULL)).unwrap();
    let mut fields = Vec::new();
    leaves(&tree, &mut Vec::new(), &mut fields);
    let mut seen = [0, 0];
    for path in fields {
        let bad = match tree.pointer(&pointer(&path)).unwrap() {
            Value::Number(_) => [json!(-1), json!(u64::MAX), json!(1e30)].to_vec(),
            Value::String(_) => [json!(""), json!("x".repeat(70_000))].to_vec(),
            _ => continue,
        };
        seen[bad.len() % 2] += 1;
        // Labels and taints of nodes may have no value.
        let named = dotted(&path);
        let may_be_empty = named.starts_with("pods.nodeSelector.") || named.ends_with("tolerations[0].value");
        for bad in bad.iter().filter(|bad| !(may_be_empty && **bad == json!(""))) {
            is_refused(&tree, &path, bad);
        }
    }
    assert!(seen[0] > 40 && seen[1] > 7, "{seen:?}");
}

/// With another value at that place, what is wrong is told of that place, in few words.
fn is_refused(tree: &Value, path: &[String], bad: &Value) {
    let mut broken = tree.clone();
    *broken.pointer_mut(&pointer(path)).unwrap() = bad.clone();
    let named = dotted(path);
    let shown: String = bad.to_string().chars().take(40).collect();
    let Err(error) = Configuration::from_yaml(&serde_json::to_string(&broken).unwrap()) else {
        panic!("{named} takes {shown}");
    };
    let said = error.problems();
    assert!(said.iter().any(|problem| problem.path().starts_with(&named)), "{named} {shown}: {error}");
    assert!(error.to_string().len() < 2000, "{named}: {} bytes are said", error.to_string().len());
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|part| format!("/{}", part.replace('/', "~1"))).collect()
}

fn leaves(tree: &Value, path: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    match tree {
        Value::Object(fields) => {
            for (key, value) in fields {
                path.push(key.clone());
                out.push(path.clone());
                leaves(value, path, out);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                path.push(index.to_string());
                out.push(path.clone());
                leaves(value, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

fn dotted(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        match part.parse::<usize>() {
            Ok(index) => text.push_str(&format!("[{index}]")),
            Err(_) if text.is_empty() => text.push_str(part),
            Err(_) => text.push_str(&format!(".{part}")),
        }
    }
    text
}

/// What an API server refuses of a profile is refused here, too, and nothing else of the same samples.
#[test]
fn profiles_are_judged_as_an_api_server_does() {
    let mut seen = 0;
    for case in cases::cases() {
        let Some(good) = case.good.get("profile").filter(|_| case.kinds.contains(&"Dast")) else { continue };
        let of = |profile: &Value| format!("{{\"profile\": {profile}}}");
        read(&of(good));
        let bad = case.bad();
        let problems = problems(&of(&bad["profile"]));
        assert!(problems.iter().all(|problem| problem.starts_with("`profile.")), "{problems:?}");
        seen += 1;
    }
    assert!(seen >= 5, "{seen}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[a-zA-Z:{}\\[\\], \n0-9*-]{0,80}") {
        let _ = Configuration::from_yaml(&text);
    }

    /// A value of any kind in any field never panics, and what is read reads back.
    #[test]
    fn any_value_in_any_field_is_read_or_refused(which in 0_usize..70, text in "[a-z0-9*./:-]{0,12}|\\PC{0,12}") {
        let mut tree = serde_json::to_value(read(FULL)).unwrap();
        let mut fields = Vec::new();
        leaves(&tree, &mut Vec::new(), &mut fields);
        *tree.pointer_mut(&pointer(&fields[which])).unwrap() = text.into();
        if let Ok(read) = Configuration::from_yaml(&serde_json::to_string(&tree).unwrap()) {
            prop_assert_eq!(Configuration::from_yaml(&read.to_yaml()).unwrap(), read);
        }
    }
}
