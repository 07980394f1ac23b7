//! No library chooses a version of Kubernetes: with two of them in one program, `k8s-openapi` does not build.

use anyhow::Result;
use cargo_metadata::DependencyKind;

use super::Breach;
use crate::workspace::Workspace;

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let packages = workspace.packages();
    let mut found = Vec::new();
    for library in packages.iter().filter(|package| package.is_library()) {
        let needed = library.package().dependencies.iter();
        for needed in needed.filter(|needed| needed.kind != DependencyKind::Development) {
            found.extend(breaches(library.name(), &needed.name, &needed.features));
        }
    }
    Ok(found)
}

fn breaches(library: &str, needed: &str, features: &[String]) -> Vec<Breach> {
    let chooses =
        |feature: &&String| feature.starts_with("v1_") || ["earliest", "latest"].contains(&feature.as_str());
    let chosen = features.iter().filter(|_| needed == "k8s-openapi").filter(chooses);
    let breach = |feature: &String| {
        let found = format!("chooses `{feature}` of {needed}");
        Breach::new(library, found, "leave it to programs, and to [dev-dependencies] for tests and examples")
    };
    chosen.map(breach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(needed: &str, features: &[&str]) -> usize {
        let features: Vec<String> = features.iter().map(|feature| (*feature).to_owned()).collect();
        breaches("a", needed, &features).len()
    }

    #[test]
    fn a_library_leaves_the_version_to_programs() {
        assert_eq!(of("k8s-openapi", &["schemars"]), 0);
        assert_eq!(of("k8s-openapi", &["schemars", "v1_33"]), 1);
        assert_eq!(of("k8s-openapi", &["latest"]), 1);
        assert_eq!(of("another", &["v1_33"]), 0);
    }
}
