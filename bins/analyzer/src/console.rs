//! Where people read.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdout};

use clap::ValueEnum;
use dast_report::terminal::Style;

use crate::exit::Exit;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Text for people goes to standard output, unless that is taken by a report; errors and progress go to standard error.
#[derive(Debug)]
pub(crate) struct Console {
    style: Style,
    quiet: bool,
    /// Whether standard output belongs to a report.
    taken: bool,
    /// Why something could not be written, other than that nobody reads it any more.
    broken: Option<io::Error>,
}

impl Console {
    /// A console as the options, the environment and the terminal want it.
    pub(crate) fn new(color: ColorChoice, quiet: bool) -> Self {
        let terminal = stdout().is_terminal();
        // https://no-color.org: any value but an empty one.
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let color = match color {
            ColorChoice::Auto => terminal && !no_color && !dumb,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let width = if terminal { terminal_size::terminal_size().map(|(width, _)| width.0) } else { None };
        let style = Style { width: width.unwrap_or(Style::default().width), color };
        Self { style, quiet, taken: false, broken: None }
    }

    /// Leaves standard output to a report.
    pub(crate) fn leave_stdout(&mut self) {
        self.taken = true;
        self.style.color = self.style.color && stderr().is_terminal();
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Says something that `--quiet` leaves out.
    pub(crate) fn detail(&mut self, text: impl Display) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Says something that is always said.
    pub(crate) fn say(&mut self, text: impl Display) {
        let result = if self.taken { write_to(stderr(), text) } else { write_to(stdout(), text) };
        self.note(result);
    }

    /// Writes a document to standard output.
    pub(crate) fn document(&mut self, text: &str) {
        let result = write_to(stdout(), text);
        self.note(result);
    }

    /// Says what went wrong.
    pub(crate) fn error(&mut self, error: &anyhow::Error) {
        // Nobody is left to be told if this fails.
        let _ = write_to(stderr(), format_args!("error: {error:#}\n"));
    }

    /// Says what may go wrong.
    pub(crate) fn warning(&mut self, text: impl Display) {
        let _ = write_to(stderr(), format_args!("warning: {text}\n"));
    }

    /// The exit code after all that was written or could not be.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        match self.broken.take() {
            None => exit,
            Some(error) => {
                self.error(&anyhow::Error::new(error).context("cannot write to standard output"));
                exit.max(Exit::Usage)
            }
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        match result {
            // A reader that has seen enough, such as `head`, is no error.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => self.broken = Some(error),
            _ => {}
        }
    }
}

fn write_to(mut channel: impl Write, text: impl Display) -> io::Result<()> {
    write!(channel, "{text}")?;
    channel.flush()
}
