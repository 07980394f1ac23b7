//! What is in a crate's dependency tree, and how large the tree is.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Breach;
use crate::workspace::Workspace;

/// What must not be in any tree of ours: a second TLS provider or one in C with system libraries, YAML crates that
/// nobody looks after, and a second crate for time.
const NOWHERE: [&str; 7] =
    ["chrono", "native-tls", "openssl", "openssl-sys", "ring", "serde_yaml", "serde_yml"];

/// What must not be in the tree of a pure crate besides: runtimes, clients, and for the lowest one even URLs.
const PURE: [(&str, &[&str]); 2] = [
    ("dast-policy", &["hyper", "k8s-openapi", "kube", "kube-core", "reqwest", "tokio", "url"]),
    ("dast-core", &["hyper", "k8s-openapi", "kube", "kube-core", "reqwest", "tokio"]),
];

/// Crates that keep their tree smaller than this, themselves included: as most people use them, and with all features.
const SMALL: [(&str, usize, usize); 1] = [("dast-policy", 40, 60)];

const ALL: &str = "--all-features";
const DEFAULT: &str = "--features=default";

pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    for package in workspace.packages() {
        let name = package.name();
        let tree = |edges, features| workspace.tree(&["--package", name, "--edges", edges, features]);
        found.extend(forbidden(name, &names(&tree("normal,build", ALL)?)));
        if let Some((_, plain, all)) = SMALL.iter().find(|(small, ..)| *small == name) {
            for (features, limit) in [(DEFAULT, *plain), (ALL, *all)] {
                found.extend(too_many(name, features, limit, &names(&tree("normal", features)?)));
            }
        }
    }
    Ok(found)
}

/// The names of the crates in what `cargo tree --prefix none` printed. Two versions of a crate count once.
fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

fn forbidden(package: &str, tree: &BTreeSet<&str>) -> Vec<Breach> {
    let pure = PURE.iter().filter(|(name, _)| *name == package).flat_map(|(_, names)| names.iter());
    let breach = |name: &&str| {
        Breach::new(
            package,
            format!("{name} is in its tree"),
            format!(
                "`cargo tree -p {package} --all-features -e normal,build -i {name}` shows who brings it in"
            ),
        )
    };
    NOWHERE.iter().chain(pure).filter(|name| tree.contains(**name)).map(breach).collect()
}

fn too_many(package: &str, features: &str, limit: usize, tree: &BTreeSet<&str>) -> Option<Breach> {
    let crates = tree.len();
    (crates >= limit).then(|| {
        Breach::new(
            package,
            format!("{crates} crates in its tree with {features}, and it should stay below {limit}"),
            format!("`cargo tree -p {package} -e normal {features}` shows them: do without the newest"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str =
        "dast-policy v0.1.0 (somewhere)\nserde v1.0.0\nsyn v2.0.0 (proc-macro)\nserde v1.0.0 (*)\n";

    #[test]
    fn a_tree_is_a_set_of_names() {
        assert_eq!(names(TREE).into_iter().collect::<Vec<_>>(), ["dast-policy", "serde", "syn"]);
    }

    #[test]
    fn a_forbidden_crate_is_named_with_the_crate_that_has_it() {
        assert_eq!(forbidden("dast-policy", &names(TREE)), []);
        let tree = format!("{TREE}ring v0.17.0\nurl v2.5.8\nring-like v1.0.0\n");
        let found: Vec<_> = forbidden("dast-policy", &names(&tree)).into_iter().map(|b| b.found).collect();
        assert_eq!(found, ["ring is in its tree", "url is in its tree"]);
        assert_eq!(forbidden("dast-core", &names(&tree)).len(), 1, "URLs are the core's business");
        assert_eq!(forbidden("dast-analyzer", &names("tokio v1.0.0\nreqwest v0.13.0\n")), []);
    }

    #[test]
    fn a_small_crate_stays_small() {
        let tree: String = (0..40).map(|n| format!("crate-{n} v1.0.0\n")).collect();
        let found = too_many("a", ALL, 40, &names(&tree)).unwrap().found;
        assert_eq!(found, "40 crates in its tree with --all-features, and it should stay below 40");
        assert_eq!(too_many("a", ALL, 41, &names(&tree)), None);
    }
}
