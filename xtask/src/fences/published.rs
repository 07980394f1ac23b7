//! A published crate brings what its readers and crates.io need; everything else says that it is not published.

use std::fs;

use anyhow::{Context, Result};
use toml::Table;

use super::Breach;
use crate::workspace::{Member, Workspace};

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    for member in workspace.packages() {
        let manifest = fs::read_to_string(member.folder().join("Cargo.toml"))?;
        let manifest =
            manifest.parse().with_context(|| format!("could not read the manifest of {}", member.name()))?;
        found.extend(no_lints(member.name(), &manifest));
        found.extend(match (member.is_library(), member.is_published()) {
            (true, _) => missing(member.name(), &facts(member)),
            (false, true) => vec![Breach::new(
                member.name(),
                "is no library, but would be published",
                "write `publish = false` into its manifest",
            )],
            (false, false) => Vec::new(),
        });
    }
    Ok(found)
}

fn no_lints(package: &str, manifest: &Table) -> Option<Breach> {
    let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    (inherits.and_then(toml::Value::as_bool) != Some(true)).then(|| {
        Breach::new(
            package,
            "has lints of its own or none",
            "write `[lints]` and `workspace = true` into its manifest",
        )
    })
}

/// What a library must have, and whether it has it.
type Facts = [(&'static str, bool); 9];

fn facts(member: Member<'_>) -> Facts {
    let package = member.package();
    let has = |name: &str| member.folder().join(name).is_file();
    let readme = package.readme.as_ref().is_some_and(|readme| readme.file_name() == Some("README.md"));
    [
        ("`publish` not set to false", member.is_published()),
        ("`description`", package.description.as_ref().is_some_and(|text| !text.trim().is_empty())),
        ("`license`", package.license.is_some()),
        ("`repository`", package.repository.is_some()),
        ("`rust-version`", package.rust_version.is_some()),
        ("one to five `keywords`", (1..=5).contains(&package.keywords.len())),
        ("one to five `categories`", (1..=5).contains(&package.categories.len())),
        ("README.md, named by `readme`", readme && has("README.md")),
        ("CHANGELOG.md", has("CHANGELOG.md")),
    ]
}

fn missing(package: &str, facts: &Facts) -> Vec<Breach> {
    let missing = facts.iter().filter(|(_, there)| !there);
    let breach = |(what, _): &(&str, bool)| {
        Breach::new(
            package,
            format!("is published, but lacks {what}"),
            "crates/dast-policy shows how it looks",
        )
    };
    missing.map(breach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_inherited() {
        assert_eq!(no_lints("a", &"[lints]\nworkspace = true".parse().unwrap()), None);
        for bad in ["", "[lints]\nworkspace = false", "[lints.rust]\nunsafe_code = \"forbid\""] {
            assert!(no_lints("a", &bad.parse().unwrap()).is_some(), "{bad}");
        }
    }

    #[test]
    fn each_missing_thing_is_named() {
        let mut facts = facts_of_a_good_library();
        assert_eq!(missing("a", &facts), []);
        facts.last_mut().unwrap().1 = false;
        let [breach] = missing("a", &facts).try_into().unwrap();
        assert_eq!(breach.found, "is published, but lacks CHANGELOG.md");
    }

    fn facts_of_a_good_library() -> Facts {
        let workspace = Workspace::load().unwrap();
        let members = workspace.packages();
        let policy = members.iter().find(|member| member.name() == "dast-policy").unwrap();
        facts(*policy).map(|(what, _)| (what, true))
    }
}
