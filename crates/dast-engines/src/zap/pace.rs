//! How fast ZAP asks the target.

use dast_policy::Origin;
use dast_zap_client::network::GroupBy;
use dast_zap_client::{ZapClient, ZapError};

use super::limits::ZapLimits;
use super::scope::Scope;

/// Sets the pace for one origin, as far as limits say something.
pub(super) async fn apply(
    zap: &ZapClient,
    limits: &ZapLimits,
    origin: &Origin,
    scope: &mut Scope,
) -> Result<(), ZapError> {
    if let Some(rate) = limits.requests_per_second {
        let name = scope.name().to_owned();
        let network = zap.network();
        // ZAP compares the host alone. A port beside the target's on the same host is slowed down too.
        network.add_rate_limit_rule(&name, true, false, origin.host(), rate, &GroupBy::Rule).send().await?;
        scope.undo(network.remove_rate_limit_rule(&name));
    }
    if let Some(threads) = limits.threads {
        let (spider, ascan) = (zap.spider(), zap.ascan());
        scope.undo(spider.set_thread_count(spider.thread_count().send().await?));
        spider.set_thread_count(threads).send().await?;
        scope.undo(ascan.set_threads_per_host(ascan.threads_per_host().send().await?));
        ascan.set_threads_per_host(threads).send().await?;
    }
    Ok(())
}
