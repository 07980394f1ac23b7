//! Whether ZAP and the target were there to the end. ZAP calls a scan a success either way.

use dast_policy::{Cause, Origin};
use dast_zap_client::core::Message;
use dast_zap_client::{ErrorCode, Url, ZapClient, ZapError};

use super::failure::{Shortfall, told};
use super::scope::Scope;

/// Where ZAP counts the errors that ended one of its threads, and with it what that thread was about, such as pages of
/// a crawl for which there was no memory (ZAP's `UncaughtExceptionLogger`).
const UNCAUGHT: &str = "stats.error.core.uncaught";

/// How many such errors there were so far.
pub(super) async fn uncaught_errors(zap: &ZapClient) -> Result<i64, ZapError> {
    let counts = zap.stats().stats().key_prefix(UNCAUGHT).send().await?;
    Ok(counts.get(UNCAUGHT).copied().unwrap_or_default())
}

/// Whether there are as many as `before`.
pub(super) async fn no_more_errors(zap: &ZapClient, before: i64) -> Result<(), Shortfall> {
    let after = uncaught_errors(zap).await?;
    // Fewer are as bad: somebody began to count anew.
    if after == before {
        return Ok(());
    }
    let detail = format!(
        "errors such as a want of memory ended parts of ZAP, {after} now and {before} before: see its log"
    );
    Err(Shortfall::new(Cause::EngineError, detail))
}

/// Asks once more for a page that was seen. Where none was, nothing is to be said.
pub(super) async fn still_answers(
    zap: &ZapClient,
    origin: &Origin,
    page: Option<Url>,
) -> Result<(), Shortfall> {
    let Some(page) = page else { return Ok(()) };
    let gone =
        |how: String| Err(Shortfall::new(Cause::Unreachable, format!("`{origin}` stopped answering: {how}")));
    match zap.core().access_url(&page).follow_redirects(false).send().await {
        Ok(messages) => match messages.last().and_then(Message::status) {
            Some(status) if status < 500 => Ok(()),
            Some(status) => gone(format!("a page became {status}")),
            None => gone("no response".to_owned()),
        },
        // So ZAP says that it got no answer.
        Err(error) if error.code() == Some(&ErrorCode::InternalError) => gone(told(&error)),
        Err(error) => Err(error.into()),
    }
}

/// Whether ZAP is still the same, with the same session.
pub(super) async fn same_session(scope: &Scope) -> Result<(), Shortfall> {
    if scope.marker().holds().await? {
        return Ok(());
    }
    let detail = "ZAP was restarted, began a new session, or another scan of the same origin took over";
    Err(Shortfall::new(Cause::EngineError, detail))
}
