//! ZAP's own Python client, in a virtual environment of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::alerts::SITE;

const PACKAGE: &str = "zaproxy==0.6.0";
const SCRIPT: &str = include_str!("../../zap/list.py");

/// A Python that lists alerts when it is told to, so that its start is not what is timed.
pub(super) struct Python {
    process: Child,
    said: BufReader<ChildStdout>,
    tell: ChildStdin,
}

impl Python {
    pub(super) fn start(url: &str, size: usize) -> Result<Self> {
        let mut process = Command::new(environment()?)
            .args(["-c", SCRIPT, url, SITE, &size.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = BufReader::new(process.stdout.take().context("no output")?);
        let tell = process.stdin.take().context("no input")?;
        Ok(Self { process, said, tell })
    }

    /// The number of alerts and the sum of their ids.
    pub(super) fn ids(&mut self) -> Result<(usize, u64)> {
        let (count, ids) = self.ask("ids")?;
        Ok((count, ids.parse()?))
    }

    /// How long it takes to list `count` alerts, on the wall and of a processor.
    pub(super) fn list(&mut self, count: usize) -> Result<(Duration, Duration)> {
        let (listed, times) = self.ask("time")?;
        ensure!(listed == count, "Python lists {listed} alerts, not {count}");
        let (wall, processor) = times.split_once(' ').context("Python says one time only")?;
        let seconds = |text: &str| Ok::<_, anyhow::Error>(Duration::try_from_secs_f64(text.parse()?)?);
        Ok((seconds(wall)?, seconds(processor)?))
    }

    fn ask(&mut self, line: &str) -> Result<(usize, String)> {
        writeln!(self.tell, "{line}")?;
        let mut said = String::new();
        self.said.read_line(&mut said)?;
        let (count, rest) = said.trim().split_once(' ').context("Python ended")?;
        Ok((count.parse()?, rest.to_owned()))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The Python of an environment that has the client: made once, and kept with what is built.
fn environment() -> Result<PathBuf> {
    let folder = std::env::current_exe()?;
    let folder = folder.parent().and_then(Path::parent).context("the program lies nowhere")?;
    let folder = folder.join(PACKAGE.replace("==", "-"));
    let python = folder.join("bin/python");
    // Written last, so that an environment that was not finished is made anew.
    let done = folder.join("done");
    if !done.exists() {
        eprintln!("listing: installing {PACKAGE} in {}", folder.display());
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
        std::fs::write(done, "")?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("{command:?} does not start"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
