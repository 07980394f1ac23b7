//! Datasette with a database of our own.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, run};
use crate::prerequisites::PYTHON;

pub(super) const RECIPE: Recipe = Recipe {
    name: "datasette",
    programs: &[PYTHON],
    files: &[
        ("requirements.txt", include_str!("../../applications/datasette/requirements.txt")),
        ("books.sql", include_str!("../../applications/datasette/books.sql")),
    ],
    source: include_str!("datasette.rs"),
    make,
    serve,
};

const MAKE_DATABASE: &str =
    "import sqlite3; sqlite3.connect('books.db').executescript(open('books.sql').read())";

fn make(folder: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv", "environment"]).current_dir(folder))?;
    let pip = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install"];
    let pinned = ["--no-deps", "--require-hashes", "--requirement", "requirements.txt"];
    run(python(folder).args(pip).args(pinned).current_dir(folder))?;
    run(python(folder).args(["-c", MAKE_DATABASE]).current_dir(folder))
}

fn serve(folder: &Path, port: u16) -> Command {
    let mut command = python(folder);
    command.args(["-m", "datasette", "serve", "--host", "127.0.0.1", "--port", &port.to_string()]);
    // Links to facets lead to more facets, without end for a crawler.
    command.args(["--setting", "allow_facet", "off", "--immutable"]).arg(folder.join("books.db"));
    command
}

/// By its path, since the scripts beside it name the folder that they were made in.
fn python(folder: &Path) -> Command {
    Command::new(folder.join("environment/bin/python"))
}
