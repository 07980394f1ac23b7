//! Running other programs.

use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const PAUSE: Duration = Duration::from_millis(50);

/// A command that starts in `root`.
pub(crate) fn command(root: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root);
    command
}

/// Runs a command whose output is for the reader, and says its name first.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Like [`run`], for a command whose exit status says more than yes or no.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    eprintln!("+ {}", line(command));
    command.stdin(Stdio::null()).status().with_context(|| format!("could not start `{}`", line(command)))
}

/// Waits for a command, and ends it if it takes longer: then it has no status.
pub(crate) fn within(command: &mut Command, longest: Duration) -> Result<Option<ExitStatus>> {
    let mut child = command.spawn().with_context(|| format!("could not start `{}`", line(command)))?;
    let began = Instant::now();
    loop {
        let status = child.try_wait()?;
        if status.is_some() {
            return Ok(status);
        }
        if began.elapsed() > longest {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

/// What a command prints, as text. What it says on standard error goes into the error if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = finish(command)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed something other than text", line(command)))
}

/// Runs a command and keeps all that it prints, whether it fails or not.
pub(crate) fn finish(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("could not start `{}`", line(command)))
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let mut cargo = command(Path::new("."), "cargo", &["no-such-command-here"]);
        let error = output(&mut cargo).unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-command-here` ended with"), "{error}");
        assert!(error.contains("no such command"), "{error}");
        assert!(run(&mut cargo).is_err());
    }

    #[test]
    fn a_command_without_end_is_ended() {
        let mut sleep = command(Path::new("."), "sleep", &["600"]);
        assert_eq!(within(&mut sleep, Duration::from_millis(100)).unwrap(), None);
        let mut sleep = command(Path::new("."), "sleep", &["0"]);
        assert!(within(&mut sleep, Duration::from_secs(600)).unwrap().unwrap().success());
    }
}
