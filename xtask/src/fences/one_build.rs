//! `cargo test --workspace` builds what `--all-features` would build, so that nothing is compiled twice and no feature
//! goes untested. The programs see to it by asking for every feature of the libraries.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Breach;
use crate::workspace::Workspace;

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    // The features of each package are printed after its name and version.
    let args = ["--workspace", "--edges", "normal,build,dev", "--format", "{p} [{f}]"];
    let plain = workspace.tree(&args)?;
    let all = workspace.tree(&[args.as_slice(), &["--all-features"]].concat())?;
    let ours: BTreeSet<&str> = workspace.packages().iter().map(|package| package.name()).collect();
    Ok(breaches(&ours, &units(&plain), &units(&all)))
}

/// Each package with its features, as often as it is built with others.
fn units(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .map(|line| line.strip_suffix(" (*)").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect()
}

fn breaches(ours: &BTreeSet<&str>, plain: &BTreeSet<&str>, all: &BTreeSet<&str>) -> Vec<Breach> {
    let missing: Vec<(&str, &str)> = all.difference(plain).map(|unit| split(unit)).collect();
    // What others lack follows from what ours lack.
    let is_ours = |(name, _): &(&str, &str)| ours.contains(name);
    let any_ours = missing.iter().any(is_ours);
    let breach = |(name, features): &(&str, &str)| {
        Breach::new(
            *name,
            format!("only `--all-features` builds it with {features}"),
            "ask for these features in bins/analyzer/Cargo.toml or examples/Cargo.toml",
        )
    };
    missing.iter().filter(|unit| is_ours(unit) || !any_ours).map(breach).collect()
}

/// The name of a package, and its features in brackets.
fn split(unit: &str) -> (&str, &str) {
    let name = unit.split(' ').next().unwrap_or(unit);
    (name, unit.rfind('[').and_then(|at| unit.get(at..)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "\
dast-policy v0.1.0 (somewhere) [yaml]
serde v1.0.0 [derive,std]
serde v1.0.0 [derive,std] (*)
";

    #[test]
    fn a_feature_that_tests_do_not_build_is_named() {
        let ours = BTreeSet::from(["dast-policy"]);
        let plain = units(PLAIN);
        assert_eq!(plain.len(), 2);
        assert_eq!(breaches(&ours, &plain, &plain), []);

        let all = PLAIN.replace("[yaml]", "[schema,yaml]") + "schemars v1.0.0 []\n";
        let [breach] = breaches(&ours, &plain, &units(&all)).try_into().unwrap();
        assert_eq!(breach.place, "dast-policy");
        assert_eq!(breach.found, "only `--all-features` builds it with [schema,yaml]");
    }

    #[test]
    fn what_only_a_stranger_lacks_is_named_too() {
        let all = PLAIN.replace("derive,", "");
        let [breach] =
            breaches(&BTreeSet::from(["dast-policy"]), &units(PLAIN), &units(&all)).try_into().unwrap();
        assert_eq!(
            (breach.place.as_str(), breach.found.as_str()),
            ("serde", "only `--all-features` builds it with [std]")
        );
    }
}
