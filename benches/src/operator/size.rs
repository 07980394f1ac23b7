//! How large the program is.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use dast_lab::program::Program;

use crate::memory::kib;
use crate::options::Options;
use crate::table::{Goal, Row, Table};

const MOST: u64 = 25 << 20;

/// The program as it is in its image.
pub(crate) fn measure(options: &Options, table: &mut Table) -> Result<()> {
    let bytes = std::fs::metadata(program(options.operator(), "dast-operator")?)?.len();
    table.push(Row {
        what: "size of the program `dast-operator`, as it is in its image".to_owned(),
        ours: kib(bytes as usize),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged("< 25 MiB".to_owned(), bytes < MOST),
    });
    Ok(())
}

/// Where a program lies as it is released. It is built if nobody says where.
pub(crate) fn program(built: Option<&Path>, name: &str) -> Result<PathBuf> {
    if let Some(built) = built {
        return Ok(built.to_owned());
    }
    let program = Program::ALL.into_iter().find(|program| program.name() == name);
    let program = program.context("there is no such program")?;
    let built = Program::build(&[program], |line| eprintln!("{name}: {line}"))?;
    built.into_iter().next().context("there is no program")
}
