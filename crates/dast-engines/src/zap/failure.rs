//! Why a scan by ZAP fell short, in the words of evidence.

use dast_core::ScanError;
use dast_policy::{Cause, Origin};
use dast_zap_client::watch::Ended;
use dast_zap_client::{ErrorCode, ZapError};

/// What kept a stage from its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shortfall {
    pub(super) cause: Cause,
    pub(super) detail: String,
}

impl Shortfall {
    pub(super) fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }

    /// What was not there when the time was up.
    pub(super) fn late(detail: &str) -> Self {
        Self::new(Cause::DeadlineExceeded, detail)
    }

    /// Why the first page of the target did not come: nobody answered ZAP, or ZAP did not ask.
    pub(super) fn unreached(origin: &Origin, error: ZapError) -> Self {
        match error.code() {
            // So ZAP says that it could not connect, or that the answer was none of HTTP.
            Some(ErrorCode::InternalError | ErrorCode::BadExternalData) => {
                Self::new(Cause::Unreachable, format!("`{origin}` did not answer ZAP: {}", told(&error)))
            }
            _ => error.into(),
        }
    }

    /// Why the alerts were not listed to the last.
    pub(super) fn unlisted(error: ZapError) -> Self {
        match error {
            ZapError::ListChanged => Self::new(
                Cause::EngineError,
                "the list of alerts has gaps: ZAP was restarted, began a new session, or somebody deleted alerts, such as \
                 another scan of the same origin",
            ),
            _ => error.into(),
        }
    }

    /// Nobody knows how a stage called `what` ended.
    pub(super) fn lost(what: &str) -> Self {
        let detail = format!("{what} was not watched to its end: look at ZAP's log, and scan again");
        Self::new(Cause::EngineError, detail)
    }

    /// How a stage called `what` ended, if not well.
    pub(super) fn of_end(what: &str, ended: &Ended) -> Result<(), Self> {
        let short = |cause, how: String| Err(Self::new(cause, format!("{what} {how}")));
        match ended {
            Ended::Finished => Ok(()),
            Ended::Interrupted { percent } => {
                short(Cause::Interrupted, format!("was stopped in ZAP at {percent}%"))
            }
            Ended::Restarted => short(
                Cause::EngineError,
                "was lost: ZAP was restarted, began a new session, or scans the same origin anew".to_owned(),
            ),
            Ended::Cancelled => short(Cause::Interrupted, "was cancelled".to_owned()),
            Ended::DeadlineExceeded => short(Cause::DeadlineExceeded, "did not end in time".to_owned()),
            Ended::Stalled { percent } => {
                let at = percent.map_or_else(String::new, |percent| format!(" at {percent}%"));
                short(
                    Cause::EngineError,
                    format!(
                        "made no progress any more{at}: see whether ZAP or the target hangs, or is out of memory"
                    ),
                )
            }
            Ended::Failed { errors } => short(Cause::EngineError, format!("failed: {}", errors.join("; "))),
        }
    }
}

impl From<ZapError> for Shortfall {
    fn from(error: ZapError) -> Self {
        let cause = match error {
            ZapError::Cancelled => Cause::Interrupted,
            _ => Cause::EngineError,
        };
        Self::new(cause, told(&error))
    }
}

/// Why a scan could not be started.
pub(super) fn not_started(error: ZapError) -> ScanError {
    if let ZapError::Cancelled = error {
        return ScanError::Cancelled;
    }
    // A scan that did not start may be tried again, even if ZAP did some of what prepares it.
    let retryable = error.is_retryable() || matches!(error, ZapError::Transport(_) | ZapError::Timeout(_));
    let scan_error = ScanError::engine("ZAP cannot scan").with_source(error);
    if retryable { scan_error } else { scan_error.permanent() }
}

/// An error with its causes, for text that is kept without them.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
