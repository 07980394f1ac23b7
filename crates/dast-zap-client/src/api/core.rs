//! ZAP itself: version, sessions, mode, history, sites, files.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer};
use url::Url;

use crate::endpoint::endpoints;
use crate::id::MessageId;
use crate::open_enum::open_enum;
use crate::wire::{Wire, plain, wire};

endpoints! {
    /// ZAP itself: version, sessions, mode, history, sites, files.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use dast_zap_client::{ZapClient, core::Mode};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.core().set_mode(Mode::Protect).send().await?;
    /// let shop = "http://shop.test/".parse()?;
    /// for message in zap.core().access_url(&shop).follow_redirects(true).send().await? {
    ///     println!("{}: {:?}", message.id, message.status());
    /// }
    /// # Ok(()) }
    /// ```
    pub struct Core("core");

    /// The version of ZAP, such as `2.17.0`.
    view "version" version() -> String as "version";

    /// What ZAP may do to whom.
    view "mode" mode() -> Mode as "mode";

    /// Says what ZAP may do to whom.
    action "setMode" set_mode(mode: Mode = "mode");

    /// Hosts that were accessed, without ports.
    view "hosts" hosts() -> Vec<String> as "hosts";

    /// Sites that were accessed, such as `http://shop.test:8080`.
    view "sites" sites() -> Vec<String> as "sites";

    /// Addresses that were accessed and begin with `prefix`, as text: `http://svc` finds those of `http://svc-b` too, and
    /// `http://svc/` not the root of a site if its address lacks the slash.
    view "urls" urls(prefix: &str = "baseurl") -> Vec<String> as "urls";

    /// Nodes of the tree of sites: its roots, if no address is given.
    view "childNodes" child_nodes() -> Vec<SiteNode> as "childNodes" => ListChildNodes {
        /// The node whose children are listed, by its [`SiteNode::uri`].
        url: &str = "url",
    };

    /// Takes a node with its children out of the tree of sites, by its [`SiteNode::uri`]: `http://shop.test` is a whole
    /// site, `http://shop.test/` its first page only. Their messages go too. Alerts stay, most
    /// of them, and as long as they do [`Alerts::delete_alerts`](crate::alert::Alerts::delete_alerts) fails:
    /// [`Alerts::delete_all_alerts`](crate::alert::Alerts::delete_all_alerts) does not.
    action "deleteSiteNode" delete_site_node(url: &str = "url") => DeleteSiteNode {
        /// The method of its request.
        method: &str = "method",
        /// The body of its request.
        post_data: &str = "postData",
    };

    /// A message of the history.
    view "message" message(id: MessageId = "id") -> Message as "message";

    /// Messages of the history.
    view "messagesById" messages_by_id(ids: &[MessageId] = "ids") -> Vec<Message> as "messagesById";

    /// Messages whose address begins with `base`, those of the active scanner too. ZAP leaves images out.
    view "messages" messages(base: &Url = "baseurl") -> Vec<Message> as "messages" => ListMessages {
        /// The number of the first, counted from 1.
        start: u32 = "start",
        /// How many, at most.
        count: u32 = "count",
    };

    /// How many messages have an address that begins with `base`.
    view "numberOfMessages" number_of_messages(base: &Url = "baseurl") -> u64 as "numberOfMessages";

    /// Sends a `GET`, and gives the messages that this took. Whether the target answered is in [`Message::status`].
    action "accessUrl" access_url(url: &Url = "url") -> Vec<Message> as "accessUrl" => AccessUrl {
        /// Whether redirects are followed.
        follow_redirects: bool = "followRedirects",
    };

    /// Sends a request given as text, header and body, and gives the messages that this took.
    action "sendRequest" send_request(request: &str = "request") -> Vec<Message> as "sendRequest" => SendRequest {
        /// Whether redirects are followed.
        follow_redirects: bool = "followRedirects",
    };

    /// Begins a new session: sites, alerts, contexts and scans are gone, and ids begin at 0 again.
    action "newSession" new_session() => NewSession {
        /// Its name, which is a file on ZAP's disk; one for this run only, without it.
        name: &str = "name",
        /// Whether a session of that name is replaced; otherwise it is an error.
        overwrite: bool = "overwrite",
    };

    /// The file of the session on ZAP's disk.
    view "sessionLocation" session_location() -> String as "sessionLocation";

    /// The folder on ZAP's disk that has its settings.
    view "zapHomePath" zap_home_path() -> String as "zapHomePath";

    /// Regular expressions of addresses that ZAP passes on and otherwise ignores.
    view "excludedFromProxy" excluded_from_proxy() -> Vec<String> as "excludedFromProxy";

    /// Adds a regular expression of addresses that ZAP passes on and otherwise ignores.
    action "excludeFromProxy" exclude_from_proxy(regex: &str = "regex");

    /// Removes all regular expressions that [`Core::exclude_from_proxy`] added.
    action "clearExcludedFromProxy" clear_excluded_from_proxy();

    /// Ends ZAP.
    action "shutdown" shutdown();

    /// Writes a file into ZAP's transfer folder. Where a parameter takes a path, `${XFER}/name` leads there. ZAP must
    /// have been started with `api.filexfer=true`.
    other "fileUpload" file_upload(name: &str = "fileName", contents: &str = "fileContents");

    /// Reads a file from ZAP's transfer folder. ZAP must have been started with `api.filexfer=true`.
    other "fileDownload" file_download(name: &str = "fileName");

    /// The report in JSON. The add-on `reports` makes it.
    other "jsonreport" json_report();

    /// The report in XML. The add-on `reports` makes it.
    other "xmlreport" xml_report();

    /// The report in HTML. The add-on `reports` makes it.
    other "htmlreport" html_report();
}

open_enum! {
    /// What ZAP may do to whom.
    pub enum Mode {
        /// Nothing that may do harm.
        Safe = "safe",
        /// Attacks on what is in scope only.
        Protect = "protect",
        /// Whatever it is told.
        Standard = "standard",
        /// Attacks on what is in scope as soon as it is found.
        Attack = "attack",
    }
}

/// A request with its response.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// Its id.
    #[serde(deserialize_with = "wire")]
    pub id: MessageId,
    /// Where it comes from, as a number of ZAP's `HistoryReference`: 2 is the spider, 3 the active scanner.
    #[serde(rename = "type", deserialize_with = "wire")]
    pub history_type: i32,
    /// When it was sent; none for a node that was made up.
    #[serde(rename = "timestamp", deserialize_with = "time")]
    pub sent: Option<SystemTime>,
    /// Time between request and response.
    #[serde(rename = "rtt", deserialize_with = "milliseconds")]
    pub round_trip: Duration,
    /// The request line with the header fields.
    #[serde(deserialize_with = "wire")]
    pub request_header: String,
    /// The body of the request.
    #[serde(deserialize_with = "wire")]
    pub request_body: String,
    /// The status line with the header fields.
    #[serde(deserialize_with = "wire")]
    pub response_header: String,
    /// The body of the response.
    #[serde(deserialize_with = "wire")]
    pub response_body: String,
    /// Cookies of request and response.
    #[serde(deserialize_with = "wire")]
    pub cookie_params: String,
    /// What somebody noted.
    #[serde(deserialize_with = "wire")]
    pub note: String,
    /// Words that passive rules put on it.
    #[serde(deserialize_with = "wire")]
    pub tags: Vec<String>,
}

impl Message {
    /// The status of the response, such as 200; none if nobody answered.
    pub fn status(&self) -> Option<u16> {
        status_in(&self.response_header)
    }
}

/// A node of the tree of sites.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SiteNode {
    /// Its name as the tree shows it.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// The method of its request.
    #[serde(deserialize_with = "wire")]
    pub method: String,
    /// Its address.
    #[serde(deserialize_with = "wire")]
    pub uri: String,
    /// Its message.
    #[serde(rename = "hrefId", deserialize_with = "wire")]
    pub message: MessageId,
    /// Whether it has no children.
    #[serde(deserialize_with = "wire")]
    pub is_leaf: bool,
}

plain!(Message, SiteNode);

/// The status in the first line of a response; none where there was no response.
pub(super) fn status_in(header: &str) -> Option<u16> {
    header.split_whitespace().nth(1)?.parse().ok().filter(|status| *status != 0)
}

/// The status of a response. ZAP writes 0 or -1 where there is none.
pub(super) fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let status = i32::read(deserializer)?;
    Ok(u16::try_from(status).ok().filter(|status| *status != 0))
}

/// A length of time that was measured: below 0 when a clock was set back.
pub(super) fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Ok(Duration::from_millis(i64::read(deserializer)?.try_into().unwrap_or(0)))
}

/// A point in time, in milliseconds since 1970; 0 for never.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let since = milliseconds(deserializer)?;
    Ok(SystemTime::UNIX_EPOCH.checked_add(since).filter(|_| !since.is_zero()))
}
