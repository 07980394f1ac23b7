//! What the gate would say of routes in files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dast_core::admission::{Change, Decision, Gate};
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::manifests::Manifests;
use dast_policy::Action;
use jiff::Timestamp;

use crate::cli::AdmitArgs;
use crate::console::Console;
use crate::exit::Exit;
use crate::source;

/// The endings of files that are read in a folder.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Judges every route, tells what would become of it, and gives the worst as exit code.
pub(crate) fn run(args: &AdmitArgs, console: &mut Console) -> Result<Exit> {
    let configuration = match &args.configuration {
        Some(path) => {
            let read = Configuration::from_yaml(&source::text(path)?);
            read.with_context(|| format!("configuration `{}`", path.display()))?
        }
        None => Configuration::default(),
    };
    let mut current = Manifests::new(&args.namespace);
    let mut wanted = Manifests::new(&args.namespace);
    // What is to be applied counts over what is there.
    let mut all = Manifests::new(&args.namespace);
    for (paths, own) in [(&args.current, &mut current), (&args.files, &mut wanted)] {
        for path in paths {
            for (name, text) in texts(path)? {
                own.read(&text)
                    .and_then(|()| all.read(&text))
                    .with_context(|| format!("`{}`", name.display()))?;
            }
        }
    }
    if wanted.routes().is_empty() {
        bail!("there is no Ingress, HTTPRoute or GRPCRoute in what `--filename` names: nothing to judge");
    }
    let (catalog, settings) = (all.catalog(), configuration.discovery_settings(&args.operator_namespace));
    let rulebook = all.rulebook(configuration.rulebook_defaults(&args.operator_namespace));
    let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &settings };
    let mut exit = Exit::Pass;
    for route in wanted.routes() {
        let by = args.as_user.as_deref().unwrap_or_default();
        let change = Change { before: current.route(&route.name), after: route, by, held_since: None };
        let decision = gate.decide(&change, Timestamp::now());
        let line = format!("{decision}\n");
        if exit_of(&decision) == Exit::Pass {
            console.detail(line)
        } else {
            console.say(line)
        }
        exit = exit.max(exit_of(&decision));
    }
    Ok(exit)
}

/// What keeps a route out decides; where a policy or the route itself cannot be read, there is no verdict.
fn exit_of(decision: &Decision) -> Exit {
    match decision.action() {
        Action::Admit | Action::Audit | Action::Warn => Exit::Pass,
        Action::Hold | Action::Deny => decision.verdict().map_or(Exit::Usage, Exit::from).max(Exit::Usage),
    }
}

/// The text of a file, of standard input, or of all files in a folder and below it, in the order of their names.
fn texts(path: &Path) -> Result<Vec<(PathBuf, String)>> {
    if !path.is_dir() {
        return Ok(vec![(path.to_owned(), source::text(path)?)]);
    }
    let cannot = || format!("cannot read `{}`", path.display());
    let entries = path.read_dir().with_context(cannot)?;
    let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.with_context(cannot)?;
    paths.sort();
    let ending =
        |path: &PathBuf| path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    let read = paths.iter().filter(|path| path.is_dir() || ending(path)).map(|path| texts(path));
    Ok(read.collect::<Result<Vec<_>>>()?.concat())
}
