//! How large the program is.

use anyhow::Result;

use crate::memory::kib;
use crate::options::Options;
use crate::program::program;
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
