//! Import of GraphQL schemas.

use url::Url;

use crate::endpoint::endpoints;

endpoints! {
    /// Import of GraphQL schemas.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.graphql().import_url(&"http://shop.test/graphql".parse()?).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct GraphQl("graphql");

    /// Sends requests to `endpoint`, made from the schema that it tells of itself.
    action "importUrl" import_url(endpoint: &Url = "endurl") => ImportUrl {
        /// Where the schema is instead.
        url: &Url = "url",
        /// Requests to send, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };

    /// Sends requests to `endpoint`, made from a schema in a file on ZAP's disk.
    action "importFile" import_file(endpoint: &Url = "endurl", path: &str = "file") => ImportFile {
        /// Requests to send, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };
}
