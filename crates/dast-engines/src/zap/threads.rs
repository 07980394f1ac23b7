//! How many threads ZAP uses: a setting of the whole ZAP, which it keeps even when it is started anew.

use dast_policy::Cause;
use dast_zap_client::network::GroupBy;
use dast_zap_client::{ZapClient, ZapError};

use super::failure::Shortfall;
use super::names::PREFIX;
use super::scope::Scope;
use super::undo::unless_absent;

/// What the rule is called, before the mark of the scan, that remembers what to put back. It limits nothing: it is there
/// because ZAP keeps it as long as the setting itself.
const NAME: &str = "threads";

/// Sets the threads of the spider, and of the active scanner for each host, until the end of the scan.
pub(super) async fn set(zap: &ZapClient, threads: u32, scope: &mut Scope) -> Result<(), Shortfall> {
    let (spider, ascan, network) = (zap.spider(), zap.ascan(), zap.network());
    let crawl = spider.thread_count().send().await?;
    let attack = ascan.threads_per_host().send().await?;
    let name = format!("{PREFIX} {NAME} {}", scope.marker().name());
    let (client, rule) = (zap.clone(), name.clone());
    scope.undo(move || async move { put_back(&client, &rule).await });
    let before = format!("{crawl} {attack}");
    network.add_rate_limit_rule(&name, false, false, &before, 1, GroupBy::Rule).send().await?;
    // Afterwards: of two scans that come at once, at least one sees the other.
    let all = network.rate_limit_rules().send().await?;
    let other = all.into_iter().find(|rule| is_ours(&rule.description) && rule.description != name);
    if let Some(other) = other {
        // What was read is what the other set.
        network.remove_rate_limit_rule(&name).send().await?;
        let other = other.description;
        let detail = format!(
            "another scan in this ZAP has set its threads: wait for its end, or scan without such a limit (if it was \
             killed, remove the rate limit rule `{other}` in ZAP, and set the threads there)"
        );
        return Err(Shortfall::new(Cause::EngineError, detail));
    }
    spider.set_thread_count(threads).send().await?;
    ascan.set_threads_per_host(threads).send().await?;
    Ok(())
}

/// Puts back what the rule of that name remembers, if there is such a rule.
pub(super) async fn put_back(zap: &ZapClient, name: &str) -> Result<(), ZapError> {
    let rules = zap.network().rate_limit_rules().send().await?;
    let Some(rule) = rules.into_iter().find(|rule| is_ours(name) && rule.description == name) else {
        return Ok(());
    };
    let before = rule.match_string.split_once(' ');
    if let Some((crawl, attack)) = before.and_then(|(one, two)| Some((one.parse().ok()?, two.parse().ok()?)))
    {
        zap.spider().set_thread_count(crawl).send().await?;
        zap.ascan().set_threads_per_host(attack).send().await?;
    }
    unless_absent(zap.network().remove_rate_limit_rule(name).send().await)
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .and_then(|name| name.strip_prefix(' '))
        .is_some_and(|name| name.starts_with(NAME))
}
