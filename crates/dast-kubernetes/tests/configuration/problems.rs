//! What is wrong is told with field, value and what is accepted, all at once.

use dast_kubernetes::configuration::{Configuration, ConfigurationError};
use proptest::prelude::*;

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
    let tree: serde_json::Value = serde_json::to_value(read(FULL)).unwrap();
    let mut fields = Vec::new();
    leaves(&tree, &mut Vec::new(), &mut fields);
    // Text in the place of lists, lists in the place of all else.
    assert!(fields.len() > 70, "{}", fields.len());
    for path in fields {
        for bad in [serde_json::json!([{"a": [1]}]), serde_json::json!(null), serde_json::json!("\u{7}")] {
            let mut broken = tree.clone();
            let pointer: String = path.iter().map(|part| format!("/{}", part.replace('/', "~1"))).collect();
            *broken.pointer_mut(&pointer).unwrap() = bad.clone();
            let text = serde_json::to_string(&broken).unwrap();
            let error = Configuration::from_yaml(&text).unwrap_err();
            let said = error.problems();
            let named = dotted(&path);
            assert!(said.iter().any(|problem| problem.path().starts_with(&named)), "{named} {bad}: {error}");
        }
    }
}

fn leaves(tree: &serde_json::Value, path: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    match tree {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                path.push(key.clone());
                out.push(path.clone());
                leaves(value, path, out);
                path.pop();
            }
        }
        serde_json::Value::Array(items) => {
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
        let of = |profile: &serde_json::Value| format!("{{\"profile\": {profile}}}");
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
        let path = &fields[which];
        let pointer: String = path.iter().map(|part| format!("/{}", part.replace('/', "~1"))).collect();
        *tree.pointer_mut(&pointer).unwrap() = text.into();
        if let Ok(read) = Configuration::from_yaml(&serde_json::to_string(&tree).unwrap()) {
            prop_assert_eq!(Configuration::from_yaml(&read.to_yaml()).unwrap(), read);
        }
    }
}
