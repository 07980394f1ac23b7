//! What cargo and git know of this repository.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::process;

/// The workspace that this program belongs to.
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        // Cargo runs this program with the folder of its package at hand, wherever the caller stands.
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
        Ok(Self { metadata: metadata.context("could not read the workspace")? })
    }

    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Our own packages.
    pub(crate) fn packages(&self) -> Vec<Member<'_>> {
        let root = self.root();
        self.metadata.workspace_packages().into_iter().map(|package| Member { package, root }).collect()
    }

    /// The names of all files that are tracked or would be, relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let names = process::output(&mut process::command(self.root(), "git", &list))?;
        let there = names.split('\0').filter(|name| !name.is_empty() && self.root().join(name).is_file());
        Ok(there.map(str::to_owned).collect())
    }

    /// What `cargo tree` says, one package a line as `name vX.Y.Z (…)`, for the machine that it runs on.
    pub(crate) fn tree(&self, args: &[&str]) -> Result<String> {
        let mut tree =
            process::command(self.root(), "cargo", &["tree", "--locked", "--quiet", "--prefix", "none"]);
        process::output(tree.args(args))
    }
}

/// One of our own packages.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    package: &'a Package,
    root: &'a Path,
}

impl<'a> Member<'a> {
    pub(crate) fn package(self) -> &'a Package {
        self.package
    }

    pub(crate) fn name(self) -> &'a str {
        self.package.name.as_str()
    }

    /// Its folder.
    pub(crate) fn folder(self) -> &'a Path {
        self.package.manifest_path.parent().map_or(self.root, |folder| folder.as_std_path())
    }

    /// Whether it is one of the libraries under crates/.
    pub(crate) fn is_library(self) -> bool {
        self.folder().starts_with(self.root.join("crates"))
    }

    pub(crate) fn is_published(self) -> bool {
        self.package.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }

    /// What it needs to be built, among `names`.
    pub(crate) fn needs(self, names: &BTreeSet<&str>) -> BTreeSet<String> {
        let built =
            self.package.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Development);
        built
            .filter(|needed| names.contains(needed.name.as_str()))
            .map(|needed| needed.name.clone())
            .collect()
    }
}
