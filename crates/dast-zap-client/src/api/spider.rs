//! The spider: it follows links in what servers answer, and runs no scripts.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use url::Url;

use super::core::status;
use crate::endpoint::endpoints;
use crate::id::{ContextId, MessageId, SpiderScanId, UserId};
use crate::open_enum::open_enum;
use crate::wire::{Wire, plain, wire};

endpoints! {
    /// The spider: it follows links in what servers answer, and runs no scripts.
    ///
    /// ```
    /// # #[cfg(not(feature = "testing"))] fn main() {}
    /// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = dast_zap_client::testing::FakeZap::start().await?;
    /// # let zap = fake.client();
    /// let shop = "http://shop.test/".parse()?;
    /// let scan = zap.spider().scan(&shop).recurse(true).max_children(50).send().await?;
    /// assert!(zap.spider().status(scan).send().await? <= 100);
    /// # Ok(()) }
    /// ```
    pub struct Spider("spider");

    /// Starts to crawl from `url`. ZAP calls a crawl of an address that nobody answers a success: look at
    /// [`Spider::added_nodes`].
    action "scan" scan(url: &Url = "url") -> SpiderScanId as "scan" => StartScan {
        /// Children of a node to crawl, at most; 0 for no limit.
        max_children: u32 = "maxChildren",
        /// Whether links found on the way are followed.
        recurse: bool = "recurse",
        /// Keeps to the context of that name.
        context_name: &str = "contextName",
        /// Keeps to addresses below the first.
        subtree_only: bool = "subtreeOnly",
    };

    /// Starts to crawl as a user of a context.
    action "scanAsUser" scan_as_user(
        context: ContextId = "contextId",
        user: UserId = "userId",
        url: &Url = "url",
    ) -> SpiderScanId as "scanAsUser" => StartScanAsUser {
        /// Children of a node to crawl, at most; 0 for no limit.
        max_children: u32 = "maxChildren",
        /// Whether links found on the way are followed.
        recurse: bool = "recurse",
        /// Keeps to addresses below the first.
        subtree_only: bool = "subtreeOnly",
    };

    /// How far a crawl is, from 0 to 100. One that was stopped is at 100 too: [`Spider::scans`] tells them apart.
    view "status" status(scan: SpiderScanId = "scanId") -> u8 as "status";

    /// All crawls of the session.
    view "scans" scans() -> Vec<Scan> as "scans";

    /// Addresses that a crawl found.
    view "results" results(scan: SpiderScanId = "scanId") -> Vec<String> as "results";

    /// What became of each address that a crawl found.
    view "fullResults" full_results(scan: SpiderScanId = "scanId") -> FullResults as "fullResults";

    /// Nodes that a crawl added to the tree of sites.
    view "addedNodes" added_nodes(scan: SpiderScanId = "scanId") -> Vec<String> as "addedNodes";

    /// Ends a crawl. What it found stays.
    action "stop" stop(scan: SpiderScanId = "scanId");

    /// Halts a crawl.
    action "pause" pause(scan: SpiderScanId = "scanId");

    /// Carries on with a crawl that was halted.
    action "resume" resume(scan: SpiderScanId = "scanId");

    /// Ends a crawl, and forgets it.
    action "removeScan" remove_scan(scan: SpiderScanId = "scanId");

    /// Ends all crawls.
    action "stopAllScans" stop_all_scans();

    /// Ends all crawls, and forgets them.
    action "removeAllScans" remove_all_scans();

    /// Regular expressions of addresses that are not crawled.
    view "excludedFromScan" excluded_from_scan() -> Vec<String> as "excludedFromScan";

    /// Adds a regular expression of addresses that are not crawled.
    action "excludeFromScan" exclude_from_scan(regex: &str = "regex");

    /// Removes all regular expressions of addresses that are not crawled.
    action "clearExcludedFromScan" clear_excluded_from_scan();

    /// Time for a crawl; zero for no limit.
    action "setOptionMaxDuration" set_max_duration(limit: Duration as minutes = "Integer");

    /// Time for a crawl; zero for no limit.
    view "optionMaxDuration" max_duration() -> Duration as "MaxDuration" in minutes;

    /// Links between the first address and the last, at most; 0 for no limit.
    action "setOptionMaxDepth" set_max_depth(depth: u32 = "Integer");

    /// Links between the first address and the last, at most; 0 for no limit.
    view "optionMaxDepth" max_depth() -> u32 as "MaxDepth";

    /// Children of a node to crawl, at most; 0 for no limit.
    action "setOptionMaxChildren" set_max_children(children: u32 = "Integer");

    /// Children of a node to crawl, at most; 0 for no limit.
    view "optionMaxChildren" max_children() -> u32 as "MaxChildren";

    /// Requests at a time, at most.
    action "setOptionThreadCount" set_thread_count(threads: u32 = "Integer");

    /// Requests at a time, at most.
    view "optionThreadCount" thread_count() -> u32 as "ThreadCount";

    /// Whether `robots.txt` is read for addresses.
    action "setOptionParseRobotsTxt" set_parse_robots_txt(parse: bool = "Boolean");

    /// Whether `sitemap.xml` is read for addresses.
    action "setOptionParseSitemapXml" set_parse_sitemap_xml(parse: bool = "Boolean");

    /// Whether forms are filled in.
    action "setOptionProcessForm" set_process_form(process: bool = "Boolean");

    /// Whether forms are sent by `POST` too.
    action "setOptionPostForm" set_post_form(post: bool = "Boolean");

    /// Whether addresses that look like a logout are left out.
    action "setOptionLogoutAvoidance" set_logout_avoidance(avoid: bool = "Boolean");
}

open_enum! {
    /// Where a crawl or an active scan is on its way.
    pub enum ScanState {
        /// It waits.
        NotStarted = "NOT_STARTED",
        /// It runs.
        Running = "RUNNING",
        /// It was halted.
        Paused = "PAUSED",
        /// It came to its end, or was stopped before it.
        Finished = "FINISHED",
    }
}

/// A crawl.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Scan {
    /// Its id.
    #[serde(deserialize_with = "wire")]
    pub id: SpiderScanId,
    /// How far it is, from 0 to 100.
    #[serde(deserialize_with = "wire")]
    pub progress: u8,
    /// Where it is on its way.
    #[serde(deserialize_with = "wire")]
    pub state: ScanState,
}

/// What became of each address that a crawl found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FullResults {
    /// Those that were asked for.
    #[serde(rename = "urlsInScope", default, deserialize_with = "wire")]
    pub in_scope: Vec<CrawledUrl>,
    /// Those that were not, being out of scope.
    #[serde(rename = "urlsOutOfScope", default, deserialize_with = "wire")]
    pub out_of_scope: Vec<String>,
    /// Those that nobody answered.
    #[serde(rename = "urlsIoError", default, deserialize_with = "wire")]
    pub unanswered: Vec<CrawledUrl>,
}

/// ZAP writes a list of objects with one of the keys each.
impl Wire for FullResults {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Self::default();
        for Part(part) in Vec::<Part>::read(deserializer)? {
            all.in_scope.extend(part.in_scope);
            all.out_of_scope.extend(part.out_of_scope);
            all.unanswered.extend(part.unanswered);
        }
        Ok(all)
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Part(FullResults);

/// An address that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CrawledUrl {
    /// The message that it took.
    #[serde(rename = "messageId", deserialize_with = "wire")]
    pub message: MessageId,
    /// The method of the request.
    #[serde(deserialize_with = "wire")]
    pub method: String,
    /// The address.
    #[serde(deserialize_with = "wire")]
    pub url: String,
    /// The status of the response; none if nobody answered.
    #[serde(rename = "statusCode", deserialize_with = "status")]
    pub status: Option<u16>,
    /// The words that came with the status.
    #[serde(deserialize_with = "wire")]
    pub status_reason: String,
    /// Whether the response was searched for links.
    #[serde(deserialize_with = "wire")]
    pub processed: bool,
    /// Why it was not; empty if it was.
    #[serde(deserialize_with = "wire")]
    pub reason_not_processed: String,
}

plain!(Scan, Part, CrawledUrl);
