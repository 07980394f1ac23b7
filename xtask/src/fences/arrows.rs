//! Our libraries depend on each other downwards only, as the architecture draws it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Breach;
use crate::workspace::Workspace;

/// Each library, and which of our crates it may need. Programs may need anything; no library may need a program.
const ARROWS: [(&str, &[&str]); 6] = [
    ("dast-policy", &[]),
    ("dast-zap-client", &[]),
    ("dast-core", &["dast-policy"]),
    ("dast-report", &["dast-policy"]),
    ("dast-engines", &["dast-core", "dast-policy", "dast-zap-client"]),
    ("dast-kubernetes", &["dast-core", "dast-policy"]),
];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let packages = workspace.packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name()).collect();
    let libraries = packages.iter().filter(|package| package.is_library());
    Ok(libraries.flat_map(|library| breaches(library.name(), &library.needs(&ours))).collect())
}

/// `needs` are those of our crates that `library` cannot be built without.
fn breaches(library: &str, needs: &BTreeSet<String>) -> Vec<Breach> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == library) else {
        return vec![Breach::new(
            library,
            "a library that the drawing does not show",
            "say what it may depend on in ARROWS, xtask/src/fences/arrows.rs",
        )];
    };
    let upwards = needs.iter().filter(|needed| !allowed.contains(&needed.as_str()));
    let breach = |needed: &String| {
        let may = if allowed.is_empty() { "none of our crates".to_owned() } else { allowed.join(", ") };
        Breach::new(
            library,
            format!("depends on {needed}"),
            format!("it may depend on {may}: move what it needs down, or the code that needs it up"),
        )
    };
    upwards.map(breach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(library: &str, needs: &[&str]) -> Vec<Breach> {
        breaches(library, &needs.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn arrows_point_down() {
        assert_eq!(of("dast-engines", &["dast-core", "dast-policy"]), []);
        assert_eq!(of("dast-policy", &[]), []);
    }

    #[test]
    fn an_arrow_that_points_up_is_named_with_both_ends() {
        let [breach] = of("dast-core", &["dast-policy", "dast-engines"]).try_into().unwrap();
        assert_eq!((breach.place.as_str(), breach.found.as_str()), ("dast-core", "depends on dast-engines"));
        assert!(breach.remedy.contains("may depend on dast-policy:"), "{breach}");
        assert_eq!(of("dast-policy", &["dast-shop"]).len(), 1);
    }

    #[test]
    fn a_new_library_has_to_be_drawn_first() {
        assert_eq!(of("dast-surprise", &[]).len(), 1);
    }
}
