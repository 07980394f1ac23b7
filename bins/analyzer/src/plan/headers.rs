//! Header fields, from the command line and from a file.

use std::fs;

use anyhow::{Context, Result, anyhow};

use crate::cli::HttpArgs;

/// The headers of the command line and of the file.
pub(super) fn headers(http: &HttpArgs) -> Result<Vec<(String, String)>> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for (index, line) in http.header.iter().enumerate() {
        lines.push(header(line).with_context(|| format!("--header number {}", index + 1))?);
    }
    if let Some(path) = &http.header_file {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| is_header(line)) {
            lines.push(header(line).with_context(|| format!("`{}`, line {}", path.display(), index + 1))?);
        }
    }
    Ok(lines)
}

/// Empty lines and comments are none.
fn is_header(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

/// The value may be a secret, so that an error must not repeat it.
fn header(line: &str) -> Result<(String, String)> {
    let (name, value) = line.split_once(':').ok_or_else(|| anyhow!("expected `Name: value`"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
