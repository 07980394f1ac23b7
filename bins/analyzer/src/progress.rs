//! What a scan is doing: a line that moves on a terminal, a line now and then in a pipe.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use dast_core::{Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a pipe is told.
const EVERY: Duration = Duration::from_secs(5);

/// Shows the progress of one scan on standard error.
pub(crate) struct Display {
    target: String,
    started: Instant,
    shown: Shown,
}

enum Shown {
    Nothing,
    Moving(ProgressBar),
    Lines { last: Instant },
}

impl Display {
    /// A display for a scan of `target`, which begins now.
    pub(crate) fn new(target: &str, quiet: bool) -> Self {
        let started = Instant::now();
        let shown = if quiet {
            Shown::Nothing
        } else if stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            Shown::Moving(bar)
        } else {
            Shown::Lines { last: started }
        };
        Self { target: target.to_owned(), started, shown }
    }

    /// Shows where the scan is.
    pub(crate) fn update(&mut self, phase: Phase, progress: Progress) {
        let text = self.text(phase, progress);
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Moving(bar) => bar.set_message(text),
            Shown::Lines { last } => {
                if last.elapsed() >= EVERY {
                    *last = Instant::now();
                    // Nobody is left to be told if this fails.
                    let _ = writeln!(stderr(), "{text}");
                }
            }
        }
    }

    /// Clears the line that moves.
    pub(crate) fn finish(self) {
        if let Shown::Moving(bar) = self.shown {
            bar.finish_and_clear();
        }
    }

    fn text(&self, phase: Phase, progress: Progress) -> String {
        let Progress { pages, queued, failed, findings, stage, percent } = progress;
        let doing = if phase == Phase::Running { stage } else { phase.as_str() };
        let doing = match (doing, percent) {
            ("", _) => String::new(),
            (doing, Some(percent)) => format!(" ({doing}, {percent}%)"),
            (doing, None) => format!(" ({doing})"),
        };
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let pace = match percent {
            // Whole pages a second are exact enough to see whether a scan is alive.
            None if stage.is_empty() => format!("{} pages/s", (pages as f64 / seconds).round()),
            _ => format!("{seconds:.0} s"),
        };
        format!("{}{doing}: {pages} pages, {queued} queued{failed}, {findings} findings, {pace}", self.target)
    }
}
