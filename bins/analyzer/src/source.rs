//! What is read from files or from standard input.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use anyhow::{Context, Result, bail};
use dast_policy::{Evidence, Layer, Policy, PolicyDocument, PolicyError, Scope};
use serde_json::value::RawValue;

/// More than this is neither a policy nor evidence nor a report.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The policy of a file, or the default one, each under a name that says which it is.
pub(crate) fn policy(path: Option<&Path>) -> Result<Policy> {
    let (name, document) = match path {
        Some(path) => (path.display().to_string(), document(path)?),
        None => ("default policy: high: 0, medium: 0 in alerts".to_owned(), PolicyDocument::standard()),
    };
    let layer = Layer::new(Scope::File, name.clone(), document).map_err(|error| refused(&name, &error))?;
    Ok(layer.into())
}

/// The policy document of a file: JSON if its name ends so, else YAML.
pub(crate) fn document(path: &Path) -> Result<PolicyDocument> {
    let text = text(path)?;
    let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let read = if json { PolicyDocument::from_json(&text) } else { PolicyDocument::from_yaml(&text) };
    read.map_err(|error| refused(&path.display().to_string(), &error))
}

/// All evidence in a file: one, or a list of them, as `scan --report json=PATH` writes for several URLs.
pub(crate) fn evidence(path: &Path) -> Result<Vec<Evidence>> {
    let text = text(path)?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let parts: Vec<&RawValue> = if start.starts_with('[') {
        serde_json::from_str(start)
            .with_context(|| format!("cannot read evidence from `{}`", path.display()))?
    } else {
        let one = Evidence::from_json(&text);
        return Ok(vec![one.with_context(|| format!("cannot read evidence from `{}`", path.display()))?]);
    };
    if parts.is_empty() {
        bail!("`{}` is an empty list: there is no evidence in it", path.display());
    }
    let read = |(index, part): (usize, &&RawValue)| {
        Evidence::from_json(part.get())
            .with_context(|| format!("cannot read evidence number {} from `{}`", index + 1, path.display()))
    };
    parts.iter().enumerate().map(read).collect()
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        stdin().take(MOST_BYTES + 1).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text))
    };
    read.with_context(|| format!("cannot read `{}`", path.display()))?;
    if text.len() as u64 > MOST_BYTES {
        bail!("`{}` is larger than {} MiB", path.display(), MOST_BYTES / 1024 / 1024);
    }
    Ok(text)
}

/// A policy error with a line for each problem.
fn refused(name: &str, error: &PolicyError) -> anyhow::Error {
    let problems = error.problems();
    if problems.is_empty() {
        return anyhow::anyhow!("policy `{name}`: {error}");
    }
    let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    let things =
        if problems.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", problems.len()) };
    anyhow::anyhow!("policy `{name}` has {things}:{}", lines.concat())
}
