//! Go's documentation server with sources of our own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, run};
use crate::prerequisites::GO;

pub(super) const RECIPE: Recipe = Recipe {
    name: "godoc",
    programs: &[GO],
    files: &[
        ("go.mod", include_str!("../../applications/godoc/go.mod")),
        ("go.sum", include_str!("../../applications/godoc/go.sum")),
        ("shelf.go", include_str!("../../applications/godoc/shelf.go")),
    ],
    source: include_str!("godoc.rs"),
    make,
    serve,
};

fn make(folder: &Path) -> Result<()> {
    let mut go = Command::new("go");
    go.args(["build", "-mod=readonly", "-trimpath", "-o", "godoc", "golang.org/x/tools/cmd/godoc"]);
    run(go.env("CGO_ENABLED", "0").env("GOWORK", "off").current_dir(folder))?;
    // It documents what it takes for Go's own folder.
    let package = folder.join("root/src/shelf");
    fs::create_dir_all(&package)?;
    fs::rename(folder.join("shelf.go"), package.join("shelf.go"))?;
    Ok(())
}

fn serve(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(folder.join("godoc"));
    command.arg("-goroot").arg(folder.join("root")).arg("-index").arg(format!("-http=127.0.0.1:{port}"));
    // With modules it would ask `go` for those of the folder that it is started in.
    command.env("GO111MODULE", "off").env("GOPATH", folder.join("path"));
    command
}
