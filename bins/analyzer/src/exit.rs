//! Exit codes, which are an interface.

use std::process::ExitCode;

use dast_policy::Verdict;

/// How the program ends. Of several the greatest counts: that something could not be written matters less than what
/// would have been in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: every verdict is `Pass` or `Warn`, or nothing was to be judged.
    Pass,
    /// 2: wrong usage or configuration, or something could not be read or written.
    Usage,
    /// 3: a verdict is `Unknown`.
    Unknown,
    /// 1: a verdict is `Fail`.
    Fail,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Warn => Self::Pass,
            Verdict::Unknown(_) => Self::Unknown,
            Verdict::Fail => Self::Fail,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Pass => 0,
            Exit::Fail => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
        })
    }
}
