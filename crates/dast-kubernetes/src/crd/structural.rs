//! From what schemars says of a type to what an API server takes as a structural schema.
//!
//! The rules are those of
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema>.

use schemars::Schema;
use serde_json::{Map, Value, json};

/// Rewrites a schema and all that are part of it.
pub(super) fn settle(schema: &mut Schema) {
    if let Some(object) = schema.as_object_mut() {
        settle_object(object);
    }
}

fn settle_object(schema: &mut Map<String, Value>) {
    fold_description(schema);
    forget_null(schema);
    take_only_member(schema, "anyOf");
    take_only_member(schema, "oneOf");
    list_variants(schema);
    settle_int_or_string(schema);
    settle_number(schema);
    // Unknown fields are pruned, and `additionalProperties` would contradict `properties`.
    for word in ["title", "unevaluatedProperties", "examples"] {
        schema.remove(word);
    }
    if schema.get("additionalProperties").is_some_and(Value::is_boolean) {
        schema.remove("additionalProperties");
    }
    for word in ["items", "additionalProperties"] {
        if let Some(Value::Object(part)) = schema.get_mut(word) {
            settle_object(part);
        }
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for part in properties.values_mut().filter_map(Value::as_object_mut) {
            settle_object(part);
        }
    }
}

/// An absent field is left out, and never null: API servers drop nulls where a schema does not ask for them.
fn forget_null(schema: &mut Map<String, Value>) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    schema.remove("nullable");
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    for word in ["enum", "anyOf", "oneOf"] {
        if let Some(Value::Array(values)) = schema.get_mut(word) {
            let is_null =
                |value: &Value| value.is_null() || value["type"] == "null" || value["enum"] == json!([null]);
            values.retain(|value| !is_null(value));
        }
    }
}

/// What is left of "this or null" is this. The outer description is the field's, the inner one the type's.
fn take_only_member(schema: &mut Map<String, Value>, word: &str) {
    let only = match schema.get(word).and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::Object(only)]) => only.clone(),
        _ => return,
    };
    schema.remove(word);
    for (key, value) in only {
        schema.entry(key).or_insert(value);
    }
    // It may have been such a choice itself.
    forget_null(schema);
}

/// An enumeration whose words have descriptions becomes a plain one, and its description tells what they mean.
fn list_variants(schema: &mut Map<String, Value>) {
    if let Some(only) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([only]));
    }
    let Some(Value::Array(variants)) = schema.get("oneOf") else { return };
    let mut words = Vec::new();
    let mut meanings = String::new();
    for variant in variants {
        let meaning = variant["description"].as_str();
        match (&variant["const"], &variant["enum"]) {
            (Value::String(word), _) => {
                words.push(json!(word));
                if let Some(meaning) = meaning {
                    meanings.push_str(&format!("\n- {word}: {}", first_paragraph(meaning)));
                }
            }
            (_, Value::Array(plain)) => words.extend(plain.iter().cloned()),
            _ => return,
        }
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), json!("string"));
    schema.insert("enum".to_owned(), Value::Array(words));
    let described = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let described = format!("{described}{meanings}");
    schema.insert("description".to_owned(), json!(described.trim_start()));
}

/// "Text, or a number that is meant as text" has no `type`, and what it says of its text stands beside.
fn settle_int_or_string(schema: &mut Map<String, Value>) {
    if schema.get("x-kubernetes-int-or-string") != Some(&Value::Bool(true)) {
        return;
    }
    schema.remove("type");
    let Some(Value::Array(choices)) = schema.remove("anyOf") else { return };
    for choice in choices.iter().filter_map(Value::as_object) {
        for (key, value) in choice.iter().filter(|(key, _)| *key != "type") {
            schema.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// OpenAPI knows signed integers of 32 and 64 bits.
fn settle_number(schema: &mut Map<String, Value>) {
    let format = match schema.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16" | "int8" | "int16") => "int32",
        Some("uint32" | "uint64" | "uint" | "int") => "int64",
        _ => return,
    };
    schema.insert("format".to_owned(), json!(format));
}

/// What people read in `kubectl explain` has no examples in Rust, and its lines end where paragraphs and items do.
fn fold_description(schema: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let words = text.split("```").next().unwrap_or_default().trim_end();
        let fold = |paragraph: &str| paragraph.replace('\n', " ").replace(" - ", "\n- ");
        *text = words.split("\n\n").map(fold).collect::<Vec<_>>().join("\n\n");
    }
}

fn first_paragraph(text: &str) -> String {
    text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(before: Value, after: Value) {
        let mut schema = Schema::try_from(before).unwrap();
        settle(&mut schema);
        assert_eq!(schema.to_value(), after);
    }

    #[test]
    fn what_may_be_null_may_be_absent() {
        becomes(json!({"type": ["string", "null"], "default": null}), json!({"type": "string"}));
        becomes(
            json!({"description": "outer", "anyOf": [{"type": "object", "description": "inner"}, {"type": "null"}]}),
            json!({"description": "outer", "type": "object"}),
        );
        becomes(json!({"type": "string", "enum": ["a", null]}), json!({"type": "string", "enum": ["a"]}));
    }

    #[test]
    fn words_keep_their_meaning() {
        becomes(
            json!({
                "description": "How.",
                "anyOf": [{"oneOf": [
                    {"type": "string", "const": "A", "description": "One\nway.\n\nMore."},
                    {"type": "string", "const": "B", "description": "Other."},
                ]}, {"type": "null"}],
            }),
            json!({"description": "How.\n- A: One way.\n- B: Other.", "type": "string", "enum": ["A", "B"]}),
        );
    }

    #[test]
    fn text_or_a_number_has_no_type() {
        becomes(
            json!({"anyOf": [{"type": "string", "pattern": "^a$"}, {"type": "integer"}], "x-kubernetes-int-or-string": true}),
            json!({"pattern": "^a$", "x-kubernetes-int-or-string": true}),
        );
    }

    #[test]
    fn lines_end_where_paragraphs_and_items_do() {
        becomes(
            json!({"description": "One\nline.\n\nAnother\none.\n- A: item\n- B: item"}),
            json!({"description": "One line.\n\nAnother one.\n- A: item\n- B: item"}),
        );
    }

    #[test]
    fn it_reaches_everywhere() {
        becomes(
            json!({"type": "object", "additionalProperties": false, "properties": {
                "a": {"type": "array", "items": {"type": ["integer", "null"], "format": "uint32", "minimum": 0}},
                "b": {"type": "object", "additionalProperties": {"type": "string", "title": "B"}},
                "c": {"type": "string", "description": "Words.\n\n```\ncode\n```"},
            }}),
            json!({"type": "object", "properties": {
                "a": {"type": "array", "items": {"type": "integer", "format": "int64", "minimum": 0}},
                "b": {"type": "object", "additionalProperties": {"type": "string"}},
                "c": {"type": "string", "description": "Words."},
            }}),
        );
    }
}
