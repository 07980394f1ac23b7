//! The client spider, which drives a browser with an extension in it.

use std::time::Duration;

use url::Url;

use crate::endpoint::endpoints;
use crate::id::ClientSpiderScanId;

endpoints! {
    /// The client spider, which drives a browser with an extension in it.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let scan = zap.client_spider().scan(&"http://shop.test/".parse()?).browser("firefox-headless").send().await?;
    /// println!("{} %", zap.client_spider().status(scan).send().await?);
    /// # Ok(()) }
    /// ```
    pub struct ClientSpider("clientSpider");

    /// Starts to crawl from `url`.
    action "scan" scan(url: &Url = "url") -> ClientSpiderScanId as "scan" => StartScan {
        /// Which browser it drives, such as `firefox-headless`.
        browser: &str = "browser",
        /// Keeps to the context of that name.
        context_name: &str = "contextName",
        /// Crawls as the user of that name.
        user_name: &str = "userName",
        /// Keeps to addresses below the first.
        subtree_only: bool = "subtreeOnly",
        /// How deep it crawls.
        max_crawl_depth: u32 = "maxCrawlDepth",
        /// How long it waits for a page.
        page_load_time: Duration as seconds = "pageLoadTime",
        /// How long it waits after an action.
        action_wait_time: Duration as seconds = "actionWaitTime",
        /// How many browsers it drives at the same time.
        number_of_browsers: u32 = "numberOfBrowsers",
        /// How strictly it keeps to the scope: ZAP knows `Flexible` and `Strict`.
        scope_check: &str = "scopeCheck",
        /// Whether it keeps away from what may log it out.
        logout_avoidance: bool = "logoutAvoidance",
    };

    /// How far a crawl is, from 0 to 100.
    view "status" status(scan: ClientSpiderScanId = "scanId") -> u8 as "status";
    /// Stops a crawl for good.
    action "stop" stop(scan: ClientSpiderScanId = "scanId");
    /// Time for a crawl; zero for no limit.
    view "optionMaxDuration" max_duration() -> Duration as "MaxDuration" in minutes;
    /// Time for a crawl; zero for no limit.
    action "setOptionMaxDuration" set_max_duration(limit: Duration as minutes = "Integer");
}
