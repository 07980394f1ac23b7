//! Pure crates have a `clippy.toml` that forbids them to look around.
//!
//! Clippy reads one such file only, the nearest: a package's own replaces the root's, so it has to repeat it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Breach;
use crate::workspace::Workspace;

/// The crates that may not look around. The first one's list is everybody's.
const PURE: [&str; 2] = ["crates/dast-policy", "crates/dast-core"];
/// Where the lists stand.
const LISTS: [&str; 3] = ["disallowed-macros", "disallowed-methods", "disallowed-types"];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let read = |folder: &str| read(&workspace.root().join(folder).join("clippy.toml"));
    let root = read(".")?.unwrap_or_default();
    let model = read(PURE[0])?.unwrap_or_default();
    let mut found = Vec::new();
    for folder in PURE {
        let place = format!("{folder}/clippy.toml");
        found.extend(match read(folder)? {
            Some(own) => breaches(&place, &own, &root, &model),
            None => vec![Breach::new(place, "is missing", format!("copy the one of {}", PURE[0]))],
        });
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Option<Table>> {
    if !path.is_file() {
        return Ok(None);
    }
    let table = fs::read_to_string(path)?.parse();
    table.map(Some).with_context(|| format!("could not read {}", path.display()))
}

fn breaches(place: &str, own: &Table, root: &Table, model: &Table) -> Vec<Breach> {
    let forgotten = root.iter().filter(|(key, value)| own.get(*key) != Some(value)).map(|(key, value)| {
        let found = format!("does not repeat `{key}` of the root's");
        Breach::new(place, found, format!("write `{key} = {value}` into it, because it replaces the root's"))
    });
    let entries =
        |table: &Table, list: &str| table.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let looser = LISTS.iter().filter_map(|list| {
        let (own, model) = (entries(own, list), entries(model, list));
        let missing = model.iter().filter(|entry| !own.contains(entry)).count();
        (own.is_empty() || missing > 0).then(|| {
            let found = format!("`{list}` is empty or lacks {missing} entries");
            Breach::new(place, found, format!("forbid there what {}/clippy.toml forbids", PURE[0]))
        })
    });
    let silent =
        LISTS.iter().flat_map(|list| entries(own, list)).filter(|entry| entry.get("reason").is_none());
    let silent = silent.map(|entry| {
        let found = format!("{entry} is forbidden without a reason");
        Breach::new(place, found, "add `reason`: it is what the person who meets the lint will read")
    });
    forgotten.chain(looser).chain(silent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = r#"
        allow-print-in-tests = true
        disallowed-macros = [{ path = "std::println", reason = "silent" }]
        disallowed-methods = [{ path = "std::fs::read", reason = "pure" }]
        disallowed-types = [{ path = "std::fs::File", reason = "pure" }]
    "#;

    fn of(own: &str, root: &str) -> Vec<Breach> {
        breaches("a/clippy.toml", &own.parse().unwrap(), &root.parse().unwrap(), &LISTED.parse().unwrap())
    }

    #[test]
    fn a_file_repeats_the_roots_and_forbids_what_the_model_forbids() {
        assert_eq!(of(LISTED, "allow-print-in-tests = true"), []);
        assert_eq!(of(LISTED, ""), []);
    }

    #[test]
    fn what_is_forgotten_is_named() {
        let [breach] = of(LISTED, "allow-unwrap-in-tests = true").try_into().unwrap();
        assert!(breach.found.contains("allow-unwrap-in-tests"), "{breach}");
        let [breach] = of(&LISTED.replace("std::fs::read", "std::fs::write"), "").try_into().unwrap();
        assert!(breach.found.contains("disallowed-methods"), "{breach}");
        let [breach] =
            of(&LISTED.replace(r#"{ path = "std::fs::File", reason = "pure" }"#, ""), "").try_into().unwrap();
        assert!(breach.found.contains("disallowed-types"), "{breach}");
    }

    #[test]
    fn a_reason_is_given() {
        let silent = LISTED.replace("disallowed-types = [", "disallowed-types = [\"std::fs::Dir\", ");
        let [breach] = of(&silent, "").try_into().unwrap();
        assert!(breach.found.contains("without a reason"), "{breach}");
    }
}
