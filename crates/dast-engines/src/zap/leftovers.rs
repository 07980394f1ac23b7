//! What earlier scans left in ZAP: those that were killed took nothing out again.

use dast_policy::Origin;
use dast_zap_client::{ZapClient, ZapError};

use super::names::{mark, prefix};
use super::undo::unless_absent;
use super::{scans, threads};

/// Gives up earlier scans of the same origin: one that was killed left its things behind, and one that still runs notices
/// that its mark is gone. Two at a time would take each other's pages away, and use each other's header fields. Then takes
/// out what scans of any origin left, even before ZAP was started anew.
pub(super) async fn take_over(zap: &ZapClient, origin: &Origin, own: &str) -> Result<(), ZapError> {
    // Before the marks: of what is there now, the mark was there already.
    let left = left(zap).await?;
    let mut contexts = zap.context().contexts().send().await?;
    let prefix = prefix(origin);
    let earlier: Vec<String> =
        contexts.iter().filter(|name| name.starts_with(&prefix) && *name != own).cloned().collect();
    for name in &earlier {
        let marker = mark(name).unwrap_or(name).to_owned();
        for context in [&marker, name] {
            unless_absent(zap.context().remove_context(context).send().await)?;
        }
        contexts.retain(|context| *context != marker && context != name);
    }
    if !earlier.is_empty() {
        // Now that one that still runs does not take this for somebody else's doing.
        tracing::debug!(%origin, "an earlier scan in this ZAP is given up");
        scans::stop(zap, origin).await?;
    }
    let is_orphan = |name: &str| mark(name).is_some_and(|mark| !contexts.iter().any(|known| known == mark));
    for rule in left.rules.iter().filter(|name| is_orphan(name)) {
        unless_absent(zap.replacer().remove_rule(rule).send().await)?;
    }
    for rule in left.limits.iter().filter(|name| is_orphan(name)) {
        threads::put_back(zap, rule).await?;
        unless_absent(zap.network().remove_rate_limit_rule(rule).send().await)?;
    }
    for policy in left.policies.iter().filter(|name| is_orphan(name)) {
        unless_absent(zap.ascan().remove_scan_policy(policy).send().await)?;
    }
    Ok(())
}

/// What ZAP keeps from one start to the next, by the names of ours.
struct Left {
    rules: Vec<String>,
    limits: Vec<String>,
    policies: Vec<String>,
}

async fn left(zap: &ZapClient) -> Result<Left, ZapError> {
    let rules = if_installed(zap.replacer().rules().send().await)?;
    let limits = if_installed(zap.network().rate_limit_rules().send().await)?;
    let policies = if_installed(zap.ascan().scan_policy_names().send().await)?;
    Ok(Left {
        rules: rules.into_iter().map(|rule| rule.description).collect(),
        limits: limits.into_iter().map(|rule| rule.description).collect(),
        policies,
    })
}

/// An add-on that is not there keeps nothing.
fn if_installed<T>(list: Result<Vec<T>, ZapError>) -> Result<Vec<T>, ZapError> {
    match list {
        Err(ZapError::ComponentAbsent(_)) => Ok(Vec::new()),
        list => list,
    }
}
