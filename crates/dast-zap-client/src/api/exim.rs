//! Import and export of messages and addresses.

use crate::endpoint::endpoints;
use crate::id::MessageId;

endpoints! {
    /// Import and export of messages and addresses.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), dast_zap_client::ZapError> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let archive: Vec<u8> = zap.exim().export_har("http://shop.test").count(100).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Exim("exim");

    /// The messages whose address begins with `prefix`, as text, as an HTTP archive (HAR).
    other "exportHar" export_har(prefix: &str = "baseurl") => ExportHar {
        /// The first to export, counted from 1.
        start: u32 = "start",
        /// How many to export, at most; 0 for all.
        count: u32 = "count",
    };

    /// Messages as an HTTP archive (HAR).
    other "exportHarById" export_har_by_id(ids: &[MessageId] = "ids");

    /// Sends the first request of an HTTP archive (HAR), and gives what came as one.
    other "sendHarRequest" send_har_request(request: &str = "request") => SendHarRequest {
        /// Whether redirects are followed.
        follow_redirects: bool = "followRedirects",
    };

    /// Adds the messages of an HTTP archive (HAR), which is either a file on ZAP's disk or given as text.
    action "importHar" import_har() => ImportHar {
        /// The file.
        file_path: &str = "filePath",
        /// The archive itself.
        data: &str = "data",
        /// Whether its requests are sent anew.
        send_requests: bool = "sendRequests",
        /// Messages to add, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };

    /// Visits the addresses of a file on ZAP's disk, one a line.
    action "importUrls" import_urls(path: &str = "filePath");
    /// Writes the tree of sites to a file on ZAP's disk.
    action "exportSitesTree" export_sites_tree(path: &str = "filePath");
    /// Removes what a file on ZAP's disk lists from the tree of sites.
    action "pruneSitesTree" prune_sites_tree(path: &str = "filePath");
}
