//! The AJAX spider, which drives a browser.

use std::time::Duration;

use url::Url;

use crate::endpoint::endpoints;
use crate::open_enum::open_enum;

endpoints! {
    /// The AJAX spider, which drives a browser.
    ///
    /// It crawls once at a time: a second crawl is refused with
    /// [`ErrorCode::ScanInProgress`](crate::ErrorCode::ScanInProgress).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.ajax_spider().set_browser("firefox-headless").send().await?;
    /// zap.ajax_spider().scan(&"http://shop.test/".parse()?).in_scope(true).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct AjaxSpider("ajaxSpider");

    /// Starts to crawl from `url`.
    action "scan" scan(url: &Url = "url") => StartScan {
        /// Keeps to what is in the scope of the session.
        in_scope: bool = "inScope",
        /// Keeps to the context of that name.
        context_name: &str = "contextName",
        /// Keeps to addresses below the first.
        subtree_only: bool = "subtreeOnly",
    };

    /// Starts to crawl from `url` as a user of a context.
    action "scanAsUser" scan_as_user(
        context_name: &str = "contextName", user_name: &str = "userName", url: &Url = "url",
    ) => StartScanAsUser {
        /// Keeps to addresses below the first.
        subtree_only: bool = "subtreeOnly",
    };

    /// Whether it crawls.
    view "status" status() -> Status as "status";
    /// How many messages the last crawl found.
    view "numberOfResults" number_of_results() -> u64 as "numberOfResults";
    /// Stops the crawl.
    action "stop" stop();
    /// Time for a crawl; zero for no limit.
    view "optionMaxDuration" max_duration() -> Duration as "MaxDuration" in minutes;
    /// Time for a crawl; zero for no limit.
    action "setOptionMaxDuration" set_max_duration(limit: Duration as minutes = "Integer");
    /// How deep it crawls; 0 for no limit.
    action "setOptionMaxCrawlDepth" set_max_crawl_depth(depth: u32 = "Integer");
    /// How many states of pages it looks at, at most; 0 for no limit.
    action "setOptionMaxCrawlStates" set_max_crawl_states(states: u32 = "Integer");
    /// How many browsers it drives at the same time.
    action "setOptionNumberOfBrowsers" set_number_of_browsers(browsers: u32 = "Integer");
    /// Which browser it drives, such as `firefox-headless`.
    action "setOptionBrowserId" set_browser(id: &str = "String");
}

open_enum! {
    /// Whether the AJAX spider crawls.
    pub enum Status {
        /// It does.
        Running = "running",
        /// It does not, or not any more.
        Stopped = "stopped",
    }
}
