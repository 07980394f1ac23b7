//! What is another one each time is made the usual one: two recordings of the same differ in nothing.

use std::collections::BTreeMap;

use serde_json::Value;

/// The same reviews with usual times, versions, uids, and ends of names that an API server has made up.
pub(crate) fn usual(reviews: Value) -> Value {
    Usual::default().value("", reviews)
}

#[derive(Default)]
struct Usual {
    /// The usual one for each uid, in the order in which they come.
    uids: BTreeMap<String, String>,
}

impl Usual {
    fn value(&mut self, key: &str, value: Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(
                map.into_iter().map(|(key, value)| (key.clone(), self.value(&key, value))).collect(),
            ),
            // They are in the order of their times, which is another one if they are of one second.
            Value::Array(mut list) if key == "managedFields" => {
                list.sort_by_cached_key(|entry| entry["manager"].as_str().map(str::to_owned));
                Value::Array(list.into_iter().map(|entry| self.value("", entry)).collect())
            }
            Value::Array(list) => {
                Value::Array(list.into_iter().map(|value| self.value(key, value)).collect())
            }
            Value::String(text) => Value::String(self.text(key, text)),
            other => other,
        }
    }

    fn text(&mut self, key: &str, text: String) -> String {
        match key {
            "time" | "creationTimestamp" => "2026-06-01T12:00:00Z".to_owned(),
            "resourceVersion" => "1".to_owned(),
            // The hash of the certificate of whoever asked.
            "authentication.kubernetes.io/credential-id" => format!("X509SHA256={}", "0".repeat(64)),
            "uid" if !text.is_empty() => {
                let next = self.uids.len() + 1;
                self.uids.entry(text).or_insert_with(|| format!("00000000-0000-0000-0000-{next:012}")).clone()
            }
            "name" if text.len() == "front-12345".len() && text.starts_with("front-") => {
                "front-12345".to_owned()
            }
            _ => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn two_recordings_of_the_same_are_the_same() {
        let recorded = |uid: &str, time: &str, name: &str| {
            let mut managers = vec![json!({"manager": "apply", "time": time}), json!({"manager": "create"})];
            if uid == "a" {
                managers.reverse();
            }
            let metadata =
                json!({"uid": uid, "creationTimestamp": time, "name": name, "managedFields": managers});
            json!({"mutate": {"uid": uid, "object": {"metadata": metadata}},
                "validate": {"uid": "other", "host": "shop.example"}})
        };
        let first = usual(recorded("a", "2026-01-01T00:00:00Z", "front-x7k2p"));
        assert_eq!(first, usual(recorded("b", "2027-01-01T00:00:00Z", "front-99999")));
        assert_eq!(first["mutate"]["uid"], first["mutate"]["object"]["metadata"]["uid"]);
        assert_ne!(first["mutate"]["uid"], first["validate"]["uid"]);
        assert_eq!(first["validate"]["host"], "shop.example");
    }
}
