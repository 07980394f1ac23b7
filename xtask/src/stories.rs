//! `cargo xtask stories`: the tests on a real Kubernetes, several clusters at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use dast_lab::cert_manager::CertManager;
use dast_lab::gateway_api;
use dast_lab::kubernetes::{Cluster, Options, Seat};
use dast_lab::program::{Profile, Program};
use dast_lab::zap::Installation;
use serde::Deserialize;

use crate::process;
use crate::workers::work_off;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only those whose names have one of these texts in them
    #[arg(value_name = "TEXT")]
    names: Vec<String>,
    /// So many clusters, each with a network of its own, which needs the rights of root
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    at_once: u8,
    /// End a story that takes longer than so many minutes
    #[arg(long, value_name = "NUMBER", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,
    /// Tell what failed once more, one after the other: what fails again is broken, and what does not wants a look
    #[arg(long)]
    again: bool,
    /// Say which there are, and tell none
    #[arg(long)]
    list: bool,
    /// Make what they need, and tell none: Kubernetes, cert-manager, ZAP and the images of our programs
    #[arg(long, conflicts_with_all = ["list", "names", "at_once"])]
    prepare: bool,
}

/// The packages and their tests that are stories.
const TESTS: [(&str, &str); 3] =
    [("dast-kubernetes", "api_server"), ("dast-e2e", "reviews"), ("dast-e2e", "operator")];
/// Those that take minutes begin first, so that nobody waits for them in the end.
const LONG: [&str; 4] = ["guide::", "crowding::", "least_rights::", "gate::"];
/// As much of a failure as tells how it came.
const MOST_LINES: usize = 200;

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if args.prepare {
        return prepare();
    }
    let mut stories = Vec::new();
    for (package, test) in TESTS {
        stories.extend(all(workspace, package, test)?);
    }
    for name in &args.names {
        let is_known = stories.iter().any(|story| story.called().contains(name));
        ensure!(
            is_known,
            "no story has `{name}` in its name: `cargo xtask stories --list` says which there are"
        );
    }
    stories
        .retain(|story| args.names.is_empty() || args.names.iter().any(|name| story.called().contains(name)));
    if args.list {
        stories.iter().for_each(|story| println!("{}", story.called()));
        return Ok(());
    }
    prepare()?;
    let logs = workspace.root().join("target").join("e2e").join("stories");
    stories
        .sort_by_key(|story| LONG.iter().position(|long| story.name.starts_with(long)).unwrap_or(LONG.len()));
    let seats: Vec<_> =
        (1..=args.at_once).map(|number| (args.at_once > 1).then(|| Seat::new(number))).collect();
    let longest = Duration::from_secs(args.minutes * 60);
    let (number, began) = (stories.len(), Instant::now());
    let (first, again) = (logs.join("first"), logs.join("again"));
    empty(&again)?;
    let failed = tell_all(stories, &seats, longest, &first)?;
    let names = failed.iter().map(Story::called).collect::<Vec<_>>().join(", ");
    if !failed.is_empty() {
        ensure!(args.again, "failed: {names}");
        println!("once more, one after the other: {names}");
        let still = tell_all(failed, seats.get(..1).unwrap_or_default(), longest, &again)?;
        ensure!(
            still.is_empty(),
            "failed twice: {}",
            still.iter().map(Story::called).collect::<Vec<_>>().join(", ")
        );
        println!("UNSTEADY: {names}: the first time it failed, see {}", first.display());
    }
    println!("{number} stories in {} s", began.elapsed().as_secs());
    Ok(())
}

/// Makes what stories need of the network, which they do not have.
fn prepare() -> Result<()> {
    let mut say = |step: &str| eprintln!("stories: {step}");
    Cluster::prepare(&Options::default(), &mut say)?;
    gateway_api::definitions(&mut say)?;
    CertManager::ensure(&mut say)?;
    Installation::ensure(&mut say)?;
    Program::build_images(&Program::ALL, Profile::Story, &mut say)?;
    Program::build(&[Program::FAKE_ZAP], Profile::Story, &mut say)?;
    Ok(())
}

/// Those that failed, of which each was told when it did.
fn tell_all(
    stories: Vec<Story>,
    seats: &[Option<Seat>],
    longest: Duration,
    logs: &Path,
) -> Result<Vec<Story>> {
    empty(logs)?;
    let tell = |worker: usize, story: &Story| {
        let seat = seats.get(worker).copied().flatten();
        story.tell(seat, longest, logs).map(|()| String::new())
    };
    work_off(stories, seats.len(), Story::called, tell)
}

/// A folder without the logs of another time.
fn empty(logs: &Path) -> Result<()> {
    let cleared = if logs.exists() { fs::remove_dir_all(logs) } else { Ok(()) };
    cleared
        .and_then(|()| fs::create_dir_all(logs))
        .with_context(|| format!("could not clear `{}`", logs.display()))
}

/// A test on a cluster.
#[derive(Debug)]
struct Story {
    test: &'static str,
    name: String,
    executable: PathBuf,
    /// Where tests of its package begin.
    folder: PathBuf,
}

impl Story {
    fn called(&self) -> String {
        format!("{} {}", self.test, self.name)
    }

    /// What it says goes into a file of its name.
    fn tell(&self, seat: Option<Seat>, longest: Duration, logs: &Path) -> Result<()> {
        let log = logs.join(format!("{}-{}.log", self.test, self.name.replace("::", "-")));
        let file = File::create(&log).with_context(|| format!("could not write `{}`", log.display()))?;
        let mut command = match seat {
            None => Command::new(&self.executable),
            Some(seat) => seat.command(&self.executable),
        };
        command.args(["--exact", &self.name, "--ignored", "--nocapture"]).current_dir(&self.folder);
        command.stdin(Stdio::null()).stderr(file.try_clone()?).stdout(file);
        let status = process::within(&mut command, longest)?;
        if status.is_none() && seat.is_none() {
            // What has a seat ends with it.
            Cluster::down()?;
        }
        let said = fs::read(&log).with_context(|| format!("could not read `{}`", log.display()))?;
        let said = String::from_utf8_lossy(&said);
        if !status.is_some_and(|status| status.success()) {
            let lines: Vec<&str> = said.lines().collect();
            let last = lines.get(lines.len().saturating_sub(MOST_LINES)..).unwrap_or_default();
            let end = status.map_or_else(
                || format!("it was ended after {} minutes", longest.as_secs() / 60),
                |status| format!("it ended with {status}"),
            );
            bail!("{end}; the whole is in {}:\n{}", log.display(), last.join("\n"));
        }
        // A test program does not fail where no test has that name.
        ensure!(said.contains("1 passed"), "it was not told: see {}", log.display());
        Ok(())
    }
}

/// A message of `cargo test --no-run`, of which only those about tests have an executable.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
}

/// The stories of a test, which is built.
fn all(workspace: &Workspace, package: &str, test: &'static str) -> Result<Vec<Story>> {
    let build =
        ["test", "--quiet", "--package", package, "--test", test, "--no-run", "--message-format=json"];
    let built = process::output(&mut process::command(workspace.root(), "cargo", &build))?;
    let messages: Vec<Message> = built.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let built =
        messages.into_iter().filter_map(|message| Some((message.executable?, message.manifest_path?)));
    let is_it = |(executable, _): &(PathBuf, PathBuf)| {
        let name = executable.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.rsplit_once('-')).is_some_and(|(name, _)| name == test)
    };
    let (executable, manifest) =
        built.into_iter().find(is_it).with_context(|| format!("cargo has built no `{test}`"))?;
    let folder = manifest.parent().context("a package lies in a folder")?;
    let listed = process::output(&mut process::command(
        folder,
        &executable.to_string_lossy(),
        &["--list", "--ignored"],
    ))?;
    let names: Vec<_> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    ensure!(!names.is_empty(), "`{test}` of `{package}` has no stories");
    Ok(names
        .into_iter()
        .map(|name| Story {
            test,
            name: name.to_owned(),
            executable: executable.clone(),
            folder: folder.to_owned(),
        })
        .collect())
}
