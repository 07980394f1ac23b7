//! How fast ZAP asks the target.

use dast_policy::Origin;
use dast_zap_client::ZapClient;
use dast_zap_client::network::GroupBy;

use super::failure::Shortfall;
use super::limits::ZapLimits;
use super::scope::Scope;
use super::threads;

/// Sets the pace for one origin, as far as limits say something.
pub(super) async fn apply(
    zap: &ZapClient,
    limits: &ZapLimits,
    origin: &Origin,
    scope: &mut Scope,
) -> Result<(), Shortfall> {
    if let Some(rate) = limits.requests_per_second {
        let name = scope.name().to_owned();
        let network = zap.network();
        let remove = network.remove_rate_limit_rule(&name);
        scope.undo(|| remove.send());
        // ZAP compares the host alone. A port beside the target's on the same host is slowed down too.
        network.add_rate_limit_rule(&name, true, false, origin.host(), rate, GroupBy::Rule).send().await?;
    }
    match limits.threads {
        Some(count) => threads::set(zap, count, scope).await,
        None => Ok(()),
    }
}
