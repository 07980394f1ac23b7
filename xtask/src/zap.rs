//! `cargo xtask zap`: one daemon of the lab's ZAP that stays up between commands.

mod record;

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use dast_lab::zap::{Detached, Installation, Options};

use self::record::Record;
use crate::workspace::Workspace;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Start ZAP in the background, unless it runs, and say how to scan with it
    ///
    /// It listens on 127.0.0.1 only. Its API key is random, and lies in target/lab/zap-daemon.key, which only you can
    /// read. Each `up` after a `down` begins with a fresh home folder.
    Up(UpArgs),
    /// Ask ZAP to end, and kill it if it does not
    Down,
    /// Say whether ZAP runs, which version, and what it takes
    ///
    /// It fails if ZAP does not run or does not answer.
    Status,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UpArgs {
    /// The port on 127.0.0.1 that it listens on; 0 takes a free one
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The most memory for Java's heap, in MiB; the process takes some 200 MiB more
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(128..))]
    heap_mb: u32,
}

pub(crate) fn run(workspace: &Workspace, command: &Command) -> Result<()> {
    let record = Record::of(workspace.root());
    match command {
        Command::Up(args) => up(&record, args),
        Command::Down => down(&record),
        Command::Status => status(&record),
    }
}

fn up(record: &Record, args: &UpArgs) -> Result<()> {
    if let Some(zap) = record.running()? {
        let version = version(&zap).context("it runs and does not answer: `cargo xtask zap down` ends it")?;
        println!("ZAP {version} is up already at {}, process {}", zap.url(), zap.pid());
        if args.port != 0 && args.port != zap.address().port() {
            println!("It is not on port {}: `cargo xtask zap down` first, to change that.", args.port);
        }
        advise(record, &zap);
        return Ok(());
    }
    record.clear()?;
    let installation = Installation::ensure_in(record.folder(), |step| eprintln!("zap: {step}"))?;
    eprintln!("zap: starting {}", installation.version());
    let options =
        Options { port: args.port, heap_mib: args.heap_mb, home: Some(record.home()), ..Options::default() };
    let zap = installation.start_detached(options).context("ZAP does not start")?;
    if let Err(error) = record.write(&zap) {
        // Nobody could find it again.
        zap.end()?;
        return Err(error);
    }
    println!("ZAP {} is up at {}, process {}", installation.version(), zap.url(), zap.pid());
    advise(record, &zap);
    Ok(())
}

fn advise(record: &Record, zap: &Detached) {
    let (url, key) = (zap.url(), record.key_file().display().to_string());
    println!(
        "
Scan with it, for example the careless shop:
  cargo run --package dast-shop -- --careless
  dast-analyzer scan http://127.0.0.1:8080/ --engine zap --zap-url {url} --zap-api-key-file {key}

Ask it yourself:
  curl --header \"X-ZAP-API-Key: $(cat {key})\" {url}/JSON/core/view/version/

End it:
  cargo xtask zap down"
    );
}

fn down(record: &Record) -> Result<()> {
    match record.running()? {
        None => println!("ZAP is not up"),
        Some(zap) if zap.end()? => println!("ZAP has ended"),
        Some(_) => println!("ZAP did not end when asked to, and was killed"),
    }
    record.clear()
}

fn status(record: &Record) -> Result<()> {
    let Some(zap) = record.running()? else { bail!("ZAP is not up: `cargo xtask zap up` starts it") };
    println!("url      {}", zap.url());
    println!("process  {}", zap.pid());
    println!("memory   {} MiB", zap.resident_bytes()? / 1024 / 1024);
    println!("uptime   {}", uptime(record.written()?.elapsed().unwrap_or_default()));
    println!("log      {}", zap.home().join("zap.log").display());
    let advice = "it runs and does not answer: `cargo xtask zap down` ends it";
    println!("version  {}", version(&zap).context(advice)?);
    println!("add-ons  {}", add_ons(&zap).context(advice)?);
    Ok(())
}

fn version(zap: &Detached) -> Result<String> {
    let answer = zap.api().get("JSON/core/view/version/")?;
    let version = answer.get("version").and_then(|version| version.as_str());
    Ok(version.context("ZAP's answer has no version")?.to_owned())
}

/// How many add-ons there are, and their names.
fn add_ons(zap: &Detached) -> Result<String> {
    let answer = zap.api().get("JSON/autoupdate/view/installedAddons/")?;
    let add_ons = answer.get("installedAddons").and_then(|list| list.as_array());
    let add_ons = add_ons.context("ZAP's answer has no list of add-ons")?;
    let mut ids: Vec<_> = add_ons.iter().filter_map(|add_on| add_on.get("id")?.as_str()).collect();
    ensure!(ids.len() == add_ons.len(), "ZAP's answer has an add-on without an id");
    ids.sort_unstable();
    Ok(format!("{}: {}", ids.len(), ids.join(", ")))
}

fn uptime(up: Duration) -> String {
    let (hours, minutes, seconds) = (up.as_secs() / 3600, up.as_secs() / 60 % 60, up.as_secs() % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// When a file was last written.
fn modified(path: &std::path::Path) -> Result<SystemTime> {
    fs::metadata(path)
        .and_then(|file| file.modified())
        .with_context(|| format!("could not read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uptime_has_two_units_at_most() {
        for (seconds, text) in [(7, "7 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (90_061, "25 h 1 min")]
        {
            assert_eq!(uptime(Duration::from_secs(seconds)), text);
        }
    }
}
