//! Import of WSDL documents.

use url::Url;

use crate::endpoint::endpoints;

endpoints! {
    /// Import of WSDL documents.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.soap().import_url(&"http://shop.test/shop.wsdl".parse()?).send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Soap("soap");

    /// Fetches a WSDL document, and sends the requests that it describes.
    action "importUrl" import_url(url: &Url = "url") => ImportUrl {
        /// Requests to send, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };

    /// Reads a WSDL document from a file on ZAP's disk, and sends the requests that it describes.
    action "importFile" import_file(path: &str = "file") => ImportFile {
        /// Requests to send, at most; 0 for no limit.
        max_messages: u32 = "maxMessages",
    };
}
