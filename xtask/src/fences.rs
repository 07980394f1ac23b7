//! `cargo xtask fences`: the rules of architecture that no compiler checks.

mod arrows;
mod clippy_files;
mod kubernetes_version;
mod layout;
mod machine_paths;
mod one_build;
mod published;
mod trees;

use std::fmt;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A fence: its name, what it keeps, and how to find out.
struct Fence {
    name: &'static str,
    keeps: &'static str,
    check: fn(&Workspace) -> Result<Vec<Breach>>,
}

const FENCES: [Fence; 8] = [
    Fence { name: "arrows", keeps: "our crates depend on each other downwards only", check: arrows::check },
    Fence { name: "trees", keeps: "what must stay out of a crate is not in its tree", check: trees::check },
    Fence { name: "one-build", keeps: "tests and lints build the same features", check: one_build::check },
    Fence { name: "layout", keeps: "files are short and named for what they hold", check: layout::check },
    Fence {
        name: "machine-paths",
        keeps: "no file names a folder of somebody's machine",
        check: machine_paths::check,
    },
    Fence { name: "published", keeps: "published crates bring what they need", check: published::check },
    Fence {
        name: "kubernetes-version",
        keeps: "no library chooses a version of Kubernetes",
        check: kubernetes_version::check,
    },
    Fence { name: "clippy-files", keeps: "pure crates may not look around", check: clippy_files::check },
];

/// Where a fence is broken, what stands there, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Breach {
    place: String,
    found: String,
    remedy: String,
}

impl Breach {
    fn new(place: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: place.into(), found: found.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n      {}", self.place, self.found, self.remedy)
    }
}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut broken = 0;
    for fence in &FENCES {
        let breaches =
            (fence.check)(workspace).with_context(|| format!("could not check fence {}", fence.name))?;
        let verdict = if breaches.is_empty() { "ok" } else { "BROKEN" };
        println!("{verdict:>6}  {}: {}", fence.name, fence.keeps);
        for breach in &breaches {
            println!("    - {breach}");
        }
        broken += breaches.len();
    }
    match broken {
        0 => Ok(()),
        1 => bail!("a fence is broken in 1 place"),
        n => bail!("fences are broken in {n} places"),
    }
}
