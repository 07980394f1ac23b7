//! What crawls or attacks an origin in ZAP, whoever began it.

use dast_policy::Origin;
use dast_zap_client::spider::ScanState;
use dast_zap_client::{ZapClient, ZapError};

use super::place::is_of;
use super::undo::unless_absent;

/// Stops all of it. ZAP does not say whose a scan is, but what it asks.
pub(super) async fn stop(zap: &ZapClient, origin: &Origin) -> Result<(), ZapError> {
    let (ascan, spider) = (zap.ascan(), zap.spider());
    for scan in ascan.scans().send().await?.into_iter().filter(|scan| scan.state != ScanState::Finished) {
        let hosts = ascan.scan_progress(scan.id).send().await?.hosts;
        if hosts.iter().any(|host| is_of(&host.host, origin)) {
            unless_absent(ascan.stop(scan.id).send().await)?;
        }
    }
    for scan in spider.scans().send().await?.into_iter().filter(|scan| scan.state != ScanState::Finished) {
        if spider.results(scan.id).send().await?.iter().any(|url| is_of(url, origin)) {
            unless_absent(spider.stop(scan.id).send().await)?;
        }
    }
    Ok(())
}
