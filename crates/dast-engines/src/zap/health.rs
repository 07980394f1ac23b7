//! Whether ZAP was there to the end, and did what it should. It calls a scan a success either way.

use dast_policy::Cause;
use dast_zap_client::ascan::{RuleProgress, RuleState};
use dast_zap_client::{ActiveScanId, ZapClient, ZapError};

use super::failure::Shortfall;

/// Where ZAP counts the errors that ended one of its threads, and with it what that thread was about, such as pages of
/// a crawl for which there was no memory (ZAP's `UncaughtExceptionLogger`).
const UNCAUGHT: &str = "stats.error.core.uncaught";

/// Where ZAP counts its requests.
const SENT: &str = "stats.network.send.";
/// One in so many requests of an attack may get no answer: an attack can end a connection that it was meant to end.
const MOST_LOST: i64 = 10;

/// Why a rule was skipped, where it is not the rule that says so (ZAP's `ascan.progress.label.skipped.reason`).
const FORCED: [&str; 5] =
    ["by user action", "exceeded max", "reached max alerts", "no nodes to scan", "no input vectors"];

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

/// Requests of ZAP so far, of all its scans together (ZAP's `HttpSender`). A ZAP that does not count them has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    answered: i64,
    lost: i64,
}

impl Sent {
    /// Those so far.
    pub(super) async fn so_far(zap: &ZapClient) -> Result<Self, ZapError> {
        let counts = zap.stats().stats().key_prefix(SENT).send().await?;
        let count = |how: &str| counts.get(&format!("{SENT}{how}")).copied().unwrap_or_default();
        Ok(Self { answered: count("success"), lost: count("failure") })
    }

    /// Whether nearly all since `before` were answered. A target may die under an attack, and be back at its end.
    pub(super) fn were_answered_since(self, before: Self) -> Result<(), Shortfall> {
        let lost = self.lost.saturating_sub(before.lost);
        let all = self.answered.saturating_sub(before.answered).saturating_add(lost);
        if lost.saturating_mul(MOST_LOST) <= all {
            return Ok(());
        }
        let detail = format!("{lost} of {all} requests got no answer in the attack");
        Err(Shortfall::new(Cause::Unreachable, detail))
    }
}

/// Whether the rules of an attack did what they are there for. ZAP calls it finished either way.
///
/// Many a rule does not run because it lacks something, such as a browser or a script; it says so before it asks for
/// anything. What others kept it from is missing.
pub(super) async fn rules_ran(zap: &ZapClient, attack: ActiveScanId) -> Result<(), Shortfall> {
    let progress = zap.ascan().scan_progress(attack).send().await?;
    let rules: Vec<&RuleProgress> = progress.hosts.iter().flat_map(|host| &host.rules).collect();
    if rules.is_empty() {
        return Err(Shortfall::new(Cause::EngineError, "the active scan had no rule: turn some on in ZAP"));
    }
    let cut_short: Vec<_> = rules.iter().filter_map(|rule| cut_short(rule).map(|how| (rule, how))).collect();
    match cut_short.first() {
        None => Ok(()),
        Some((rule, how)) => {
            let (count, all) = (cut_short.len(), rules.len());
            let detail = format!(
                "{count} of {all} rules of the active scan did not do all they should, first {} `{}`: {how}",
                rule.id, rule.name
            );
            Err(Shortfall::new(Cause::Interrupted, detail))
        }
    }
}

/// How a rule was kept from its end, if it was.
fn cut_short(rule: &RuleProgress) -> Option<String> {
    match &rule.state {
        RuleState::Complete => None,
        // ZAP says it in its own language; what began and did not end needs no words.
        RuleState::Skipped(why) => {
            let is_forced = rule.requests > 0 || FORCED.iter().any(|words| why.contains(words));
            is_forced.then(|| why.clone())
        }
        RuleState::Pending => Some("it did not begin".to_owned()),
        RuleState::Running(percent) => Some(format!("it was left at {percent}%")),
        _ => Some("it is in a state of which nothing is known".to_owned()),
    }
}
