//! Counters.

use std::collections::BTreeMap;

use serde::Deserializer;
use serde::de::Error as _;
use url::Url;

use crate::endpoint::endpoints;
use crate::wire::Wire;

endpoints! {
    /// Counters.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::ZapClient;
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// for (name, count) in zap.stats().stats().key_prefix("stats.auth.").send().await? {
    ///     println!("{name}: {count}");
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Stats("stats");

    /// Counters that belong to no site, by name.
    view "stats" stats() -> BTreeMap<String, i64> => ListStats {
        /// What the names begin with.
        key_prefix: &str = "keyPrefix",
    };

    /// Counters of a site.
    view "siteStats" site_stats(site: &Url = "site") -> SiteStats => ListSiteStats {
        /// What the names begin with.
        key_prefix: &str = "keyPrefix",
    };

    /// Counters of all sites.
    view "allSitesStats" all_sites_stats() -> Vec<SiteStats> as "allSitesStats" => ListAllSitesStats {
        /// What the names begin with.
        key_prefix: &str = "keyPrefix",
    };

    /// Sets counters to nothing.
    action "clearStats" clear_stats() => ClearStats {
        /// What the names begin with.
        key_prefix: &str = "keyPrefix",
    };
}

/// Counters of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SiteStats {
    /// The site, such as `http://shop.test:8080`.
    pub site: String,
    /// Its counters, by name.
    pub counters: BTreeMap<String, i64>,
}

/// ZAP writes an object with the site as its only key, and a list with the counters below.
impl Wire for SiteStats {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut sites = BTreeMap::<String, Vec<BTreeMap<String, i64>>>::read(deserializer)?;
        match (sites.pop_first(), sites.is_empty()) {
            (Some((site, lists)), true) => Ok(Self { site, counters: lists.into_iter().flatten().collect() }),
            _ => Err(D::Error::custom("counters of other than one site")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<SiteStats, serde_json::Error> {
        SiteStats::read(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn counters_of_a_site_stand_below_its_name() {
        let stats = read(r#"{"http://shop.test":[{"stats.code.200":3,"stats.code.404":1}]}"#).unwrap();
        assert_eq!(stats.site, "http://shop.test");
        assert_eq!(stats.counters.get("stats.code.404"), Some(&1));
        assert!(read("{}").is_err());
        assert!(read(r#"{"a":[],"b":[]}"#).is_err());
    }
}
