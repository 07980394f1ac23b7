//! What is applied on an API server, in characters that it takes.

use std::io::{self, Write};

use kube::api::Patch;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use serde_json::value::RawValue;

/// An object or a part of one to apply.
///
/// An API server reads what is applied as YAML, which is stricter than JSON: some characters refuse the whole object, and
/// some are other ones when they are read (YAML 1.1, sections 5.1 and 5.4). So those are escaped, whoever sent them.
pub(crate) fn applied(object: &impl Serialize) -> kube::Result<Patch<Box<RawValue>>> {
    let mut json = Vec::new();
    object.serialize(&mut Serializer::with_formatter(&mut json, Yaml)).map_err(kube::Error::SerdeError)?;
    serde_json::from_slice(&json).map(Patch::Apply).map_err(kube::Error::SerdeError)
}

/// JSON that is YAML.
struct Yaml;

impl Formatter for Yaml {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_special) {
            let (plain, after) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut letters = after.chars();
            letters.next().map_or(Ok(()), |letter| write!(writer, "\\u{:04x}", u32::from(letter)))?;
            rest = letters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Control characters that JSON leaves as they are, what ends a line, and what marks the order of bytes or is no character.
fn is_special(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn text(object: &Value) -> String {
        let Patch::Apply(json) = applied(object).unwrap() else { panic!("it is not applied") };
        json.get().to_owned()
    }

    #[test]
    fn what_yaml_does_not_take_is_escaped() {
        let object =
            json!({"a\u{9b}": ["\u{7f}b\u{85}\u{2028}\u{feff}", "\u{1b}\"\\\n", "é😀\u{a0}"], "n": 1.5});
        let escaped = r#"{"a\u009b":["\u007fb\u0085\u2028\ufeff","\u001b\"\\\n","é😀X"],"n":1.5}"#;
        assert_eq!(text(&object), escaped.replace('X', "\u{a0}"));
        assert_eq!(serde_json::from_str::<Value>(&text(&object)).unwrap(), object);
    }

    proptest::proptest! {
        #[test]
        fn it_says_the_same_in_the_characters_of_yaml(words: Vec<String>) {
            let object = json!(words);
            let escaped = text(&object);
            proptest::prop_assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), object);
            proptest::prop_assert!(!escaped.contains(|c: char| c.is_control() || is_special(c)));
        }
    }
}
