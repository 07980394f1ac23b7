//! Import of OpenAPI documents.

use url::Url;

use crate::endpoint::endpoints;
use crate::id::{ContextId, UserId};

endpoints! {
    /// Import of OpenAPI documents.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// for warning in zap.openapi().import_url(&"http://shop.test/openapi.json".parse()?).send().await? {
    ///     println!("{warning}");
    /// }
    /// # Ok(()) }
    /// ```
    pub struct OpenApi("openapi");

    /// Fetches a document, and sends the requests that it describes. Gives warnings.
    action "importUrl" import_url(url: &Url = "url") -> Vec<String> as "importUrl" => ImportUrl {
        /// The host, or the beginning of the address, that is used instead of the document's.
        host_override: &str = "hostOverride",
        /// Whose variables fill the parameters.
        context: ContextId = "contextId",
        /// Sends the requests as that user.
        user: UserId = "userId",
        /// Requests to send, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };

    /// Reads a document from a file on ZAP's disk, and sends the requests that it describes. Gives warnings.
    action "importFile" import_file(path: &str = "file") -> Vec<String> as "importFile" => ImportFile {
        /// The beginning of the addresses, instead of the document's.
        target: &Url = "target",
        /// Whose variables fill the parameters.
        context: ContextId = "contextId",
        /// Sends the requests as that user.
        user: UserId = "userId",
        /// Requests to send, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };
}
