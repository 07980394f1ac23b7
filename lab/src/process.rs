//! Other programs: run to their end, or left running and found again.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

const POLL: Duration = Duration::from_millis(20);
/// How much of what a program printed an error quotes.
const QUOTED_LINES: usize = 20;

/// Runs a program to its end and returns what it printed. What it says on standard error goes into the error if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let said =
        command.stdin(Stdio::null()).output().with_context(|| format!("could not start `{program}`"))?;
    let errors = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "`{program}` ended with {}: {}", said.status, errors.trim());
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

/// [`output`] of a program that is run for what it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// Starts a program that goes on when this one ends, and is not told of Ctrl-C. What it prints is added to `log`.
pub(crate) fn start_detached(command: &mut Command, log: &Path) -> Result<Child> {
    let program = command.get_program().to_string_lossy().into_owned();
    let log = File::options().create(true).append(true).open(log).context("could not open a log")?;
    command.stdin(Stdio::null()).stderr(log.try_clone()?).stdout(log).process_group(0);
    command.spawn().with_context(|| format!("could not start `{program}`"))
}

/// The end of what a program printed, for an error.
pub(crate) fn quote(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(QUOTED_LINES));
    let said: Vec<_> = last.map(|line| format!("  {line}")).collect();
    if said.is_empty() {
        "it printed nothing".to_owned()
    } else {
        format!("it printed:\n{}", said.join("\n"))
    }
}

/// A process that need not be a child of this one: its id, and an argument that no other process has, because ids are
/// given again to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pid: u32,
    argument: PathBuf,
}

impl Known {
    pub(crate) fn new(pid: u32, argument: impl Into<PathBuf>) -> Self {
        Self { pid, argument: argument.into() }
    }

    /// The processes that have an argument, the program's name included, of which `is_ours` says so.
    pub(crate) fn all(is_ours: impl Fn(&Path) -> bool) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").context("could not list the processes")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let arguments = arguments(pid);
            found.extend(
                arguments.into_iter().find(|argument| is_ours(argument)).map(|found| Self::new(pid, found)),
            );
        }
        found.sort_unstable_by_key(|process| process.pid);
        Ok(found)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn argument(&self) -> &Path {
        &self.argument
    }

    /// Whether the process still is, and still is this one.
    pub(crate) fn is_running(&self) -> bool {
        arguments(self.pid).contains(&self.argument)
    }

    /// The memory that it has now, in bytes (`VmRSS` of proc(5)).
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        ensure!(self.is_running(), "process {} has ended", self.pid);
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        Ok(kib.context("the system does not say how much memory it has")?.saturating_mul(1024))
    }

    /// Ends it at once (`SIGKILL`). It may be gone already.
    pub(crate) fn kill(&self) -> Result<()> {
        self.signal(Signal::KILL)
    }

    /// Sends it a signal. It may be gone already.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        if !self.is_running() {
            return Ok(());
        }
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).context("the id of no process")?;
        match kill_process(pid, signal) {
            Err(rustix::io::Errno::SRCH) => Ok(()),
            result => result.with_context(|| format!("could not send process {} a signal", self.pid)),
        }
    }

    /// Whether a process that was killed still has what it had open, such as the port at which it listened. It gives its memory
    /// back first, and its arguments with it, which takes a while if there is much.
    pub(crate) fn is_ending(&self) -> bool {
        let of_it = |name: &str| PathBuf::from(format!("/proc/{}/{name}", self.pid));
        let Ok(threads) = fs::read_dir(of_it("task")) else { return false };
        let Ok(stat) = fs::read_to_string(of_it("stat")) else { return false };
        // The state follows the name, which may have parentheses in it (proc(5)).
        let is_over = stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X']));
        arguments(self.pid).is_empty() && !(is_over && threads.count() < 2)
    }

    pub(crate) fn is_gone_within(&self, limit: Duration) -> bool {
        let begin = Instant::now();
        while self.is_running() {
            if begin.elapsed() > limit {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }
}

/// The program's name and its arguments. A process that has ended and was not waited for has none.
pub(crate) fn arguments(pid: u32) -> Vec<PathBuf> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    if line.is_empty() {
        return Vec::new();
    }
    line.split(|byte| *byte == 0)
        .map(|argument| PathBuf::from(std::ffi::OsStr::from_bytes(argument)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shell keeps what follows the script as arguments, and waits for a line that does not come.
    fn waiting(argument: &str) -> Child {
        let script = ["-c", "read line", "name", argument];
        Command::new("sh").args(script).stdin(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn a_process_is_known_by_an_argument_and_is_found_by_it() {
        let mut other = waiting("an-argument-of-its-own");
        let known = Known::new(other.id(), "an-argument-of-its-own");
        // For a moment, a new process has no command line yet.
        while !known.is_running() {
            assert!(other.try_wait().unwrap().is_none());
        }
        assert!(known.resident_bytes().unwrap() > 0);
        assert!(!Known::new(other.id(), "another-argument").is_running());
        let found = Known::all(|argument| argument.ends_with("an-argument-of-its-own")).unwrap();
        assert!(found.contains(&known), "{found:?}");
        assert!(!known.is_gone_within(Duration::ZERO));

        assert!(!known.is_ending(), "it runs");
        known.kill().unwrap();
        // Nobody has waited for it yet, and it has nothing open any more.
        let began = Instant::now();
        while known.is_running() || known.is_ending() {
            assert!(began.elapsed() < Duration::from_secs(20), "it does not end");
            thread::sleep(POLL);
        }
        other.wait().unwrap();
        assert!(known.is_gone_within(Duration::ZERO) && known.resident_bytes().is_err());
        known.kill().unwrap();
    }

    #[test]
    fn a_failure_says_what_the_program_said() {
        let error = output(Command::new("sh").args(["-c", "echo no such thing >&2; exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh` ended with exit status: 3: no such thing");
        assert_eq!(output(Command::new("echo").arg("fine")).unwrap(), "fine\n");
    }

    #[test]
    fn what_is_left_running_writes_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        for word in ["one", "two"] {
            start_detached(Command::new("echo").arg(word), &log).unwrap().wait().unwrap();
        }
        assert_eq!(fs::read_to_string(log).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn an_error_quotes_the_end_of_the_log() {
        assert_eq!(quote(""), "it printed nothing");
        let log: String = (0..30).map(|n| format!("line {n}\n")).collect();
        let quoted = quote(&log);
        assert!(quoted.starts_with("it printed:\n  line 10\n"), "{quoted}");
        assert!(quoted.ends_with("  line 29"), "{quoted}");
    }
}
