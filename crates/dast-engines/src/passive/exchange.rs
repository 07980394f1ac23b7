//! One request and the answer to it, as rules look at them.

use std::cell::OnceCell;
use std::sync::Arc;

use dast_policy::{Origin, ValueError};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use jiff::Timestamp;
use url::Url;

use super::document::Document;

/// Characters of a body in which it may name its own character set (WHATWG HTML, section 4.2.5.4).
const CHARSET_WITHIN: usize = 1024;

/// A request, the answer to it, and when that came.
///
/// ```
/// use dast_engines::passive::{Exchange, Headers, Request, Response};
///
/// let request = Request::get("http://shop.test/cart".parse()?);
/// let headers = Headers::from_iter([("Content-Type", "Text/HTML; charset=utf-8")]);
/// let response = Response::new(200, "OK", headers, b"<p>Nothing yet.".to_vec());
/// let exchange = Exchange::new(request, response, jiff::Timestamp::UNIX_EPOCH)?;
/// assert!(exchange.is_html() && !exchange.is_redirect());
/// assert_eq!(exchange.text(), "<p>Nothing yet.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Exchange {
    request: Request,
    response: Response,
    received: Timestamp,
    /// The first Content-Type in lower case; empty without one.
    content_type: String,
    text: OnceCell<Arc<str>>,
    document: OnceCell<Document>,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Where; without user, password and fragment.
    pub url: Url,
    /// As sent.
    pub headers: Headers,
    /// As sent.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// Such as 200; servers also send codes above 599.
    pub status: u16,
    /// The words after the status; often empty.
    pub reason: String,
    /// As sent.
    pub headers: Headers,
    /// With every transfer coding and content coding undone.
    pub body: Vec<u8>,
    /// The length of the body in bytes with only the transfer codings undone.
    pub sent_len: usize,
}

/// Header fields in the order in which they were sent, repeated ones included.
#[derive(Debug, Clone, Default)]
pub struct Headers(Vec<(String, String)>);

impl Request {
    /// A request for `url` with nothing else to say.
    pub fn get(url: Url) -> Self {
        Self { method: "GET".to_owned(), url, headers: Headers::default(), body: Vec::new() }
    }
}

impl Response {
    /// A response whose body was sent without a content coding.
    pub fn new(status: u16, reason: impl Into<String>, headers: Headers, body: Vec<u8>) -> Self {
        Self { status, reason: reason.into(), headers, sent_len: body.len(), body }
    }
}

impl Exchange {
    /// An exchange whose answer came at `received`.
    ///
    /// # Errors
    /// When the URL does not begin with a canonical [`Origin`]: no finding could name it.
    pub fn new(request: Request, response: Response, received: Timestamp) -> Result<Self, ValueError> {
        Origin::split(request.url.as_str())?;
        let content_type = response.headers.get("content-type").unwrap_or_default().to_lowercase();
        Ok(Self {
            request,
            response,
            received,
            content_type,
            text: OnceCell::new(),
            document: OnceCell::new(),
        })
    }

    /// What was asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What came back.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// When it came back: what rules take for the present.
    pub fn received(&self) -> Timestamp {
        self.received
    }

    /// Where it was asked for.
    pub fn url(&self) -> &Url {
        &self.request.url
    }

    /// The response's header fields.
    pub fn headers(&self) -> &Headers {
        &self.response.headers
    }

    /// The response's body as text. Nothing in it is lost but bytes that mean no character.
    pub fn text(&self) -> &str {
        self.shared_text()
    }

    /// The markup in the body, whatever its type.
    pub fn document(&self) -> &Document {
        self.document.get_or_init(|| Document::parse(Arc::clone(self.shared_text())))
    }

    /// Where the page leads; none if it is not HTML. Absolute and in order, other origins and repetitions included.
    pub fn links(&self) -> Vec<Url> {
        if !self.is_html() {
            return Vec::new();
        }
        let base = self.document().base().and_then(|base| self.url().join(base).ok());
        let base = base.as_ref().unwrap_or(self.url());
        self.document().links().filter_map(|link| base.join(link).ok()).collect()
    }

    /// Whether it was asked for over TLS.
    pub fn is_https(&self) -> bool {
        self.url().scheme() == "https"
    }

    /// Whether the body was sent with no byte.
    pub fn is_empty(&self) -> bool {
        self.response.sent_len == 0
    }

    /// Status 300 to 399.
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.response.status)
    }

    /// Status 400 to 499.
    pub fn is_client_error(&self) -> bool {
        (400..500).contains(&self.response.status)
    }

    /// Status 500 and above, 600 too.
    pub fn is_server_error(&self) -> bool {
        self.response.status >= 500
    }

    /// Status 200 to 299, but for 204 and 205, which say that there is nothing to show (RFC 9110, section 15.3).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.response.status) && !matches!(self.response.status, 204 | 205)
    }

    /// Whether the type says text, HTML, JavaScript, JSON or XML.
    pub fn is_text(&self) -> bool {
        ["text", "html", "javascript", "json", "xml"].iter().any(|word| self.content_type.contains(word))
    }

    /// Whether the type says HTML, be it XHTML.
    pub fn is_html(&self) -> bool {
        self.content_type.contains("html")
    }

    /// Whether the type says `text/html` or `application/xhtml` in lower case.
    pub fn is_strict_html(&self) -> bool {
        let content_type = self.headers().get("content-type").unwrap_or_default();
        ["text/html", "application/xhtml"].iter().any(|word| content_type.contains(word))
    }

    /// Whether the type or the path says JavaScript.
    pub fn is_js_resource(&self) -> bool {
        self.is_resource("javascript", &[".js", ".jsx"])
    }

    /// Whether the type or the path says CSS.
    pub fn is_css_resource(&self) -> bool {
        self.is_resource("css", &[".css"])
    }

    /// Whether the type or the path says that it is an image.
    pub fn is_image_resource(&self) -> bool {
        const ENDS: &[&str] = &[".bmp", ".ico", ".jpg", ".jpeg", ".gif", ".tiff", ".tif", ".png", ".svg"];
        self.is_resource("image", ENDS)
    }

    /// Whether the type or the path says that it is a font.
    pub fn is_font_resource(&self) -> bool {
        self.is_resource("font", &[".ttf", ".woff", ".woff2", ".otf"])
    }

    fn is_resource(&self, word: &str, ends: &[&str]) -> bool {
        let path = self.url().path().to_ascii_lowercase();
        self.content_type.contains(word) || ends.iter().any(|end| path.ends_with(end))
    }

    fn shared_text(&self) -> &Arc<str> {
        self.text.get_or_init(|| {
            let body = self.response.body.as_slice();
            let (text, _) = self.encoding().decode_without_bom_handling(body);
            text.into()
        })
    }

    /// What the header says, else what the page says, else UTF-8 if it can be, else Latin-1, of which Windows-1252
    /// is the form that the web uses (WHATWG Encoding, section 4.2). Unknown names say nothing.
    fn encoding(&self) -> &'static Encoding {
        let body = self.response.body.as_slice();
        let named = charset(&self.content_type).and_then(encoding).or_else(|| page_encoding(body));
        named.unwrap_or_else(|| if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 })
    }
}

/// The character set that a page names in a `meta` tag, where that has another attribute before it: ZAP does not
/// see a bare `<meta charset=x>`.
fn page_encoding(body: &[u8]) -> Option<&'static Encoding> {
    let (beginning, _) = WINDOWS_1252.decode_without_bom_handling(body.get(..CHARSET_WITHIN).unwrap_or(body));
    let name = |(index, (name, value)): (usize, (&str, &str))| match name {
        "charset" if index > 0 => encoding(value.trim()),
        "content" => charset(value).and_then(encoding),
        _ => None,
    };
    let metas = Document::parse(&*beginning).written_tags("meta");
    metas.iter().find_map(|meta| meta.attributes().enumerate().find_map(name))
}

fn encoding(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// What follows `charset=` in `text`, without quotes.
fn charset(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("charset")?;
    let after = text.get(at + "charset".len()..)?.trim_start().strip_prefix('=')?.trim_start();
    after.trim_start_matches(['"', '\'']).split(['"', '\'', ';', ' ', '>']).next()
}

impl Headers {
    /// All fields: names as sent, values without the white space around them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The fields called `name`, in any case.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// The values of the fields called `name`, in any case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields(name).map(|(_, value)| value)
    }

    /// The value of the first field called `name`, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Whether there is a field called `name`, in any case.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<N: Into<String>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(
            fields.into_iter().map(|(name, value)| (name.into(), value.as_ref().trim().to_owned())).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(content_type: &str, body: &[u8]) -> Exchange {
        let headers = Headers::from_iter([("content-TYPE", content_type), ("Content-Type", "text/plain")]);
        let request = Request::get("https://shop.test/a/b.JS?q=1".parse().unwrap());
        Exchange::new(request, Response::new(200, "OK", headers, body.to_vec()), Timestamp::UNIX_EPOCH)
            .unwrap()
    }

    #[test]
    fn only_the_first_content_type_counts() {
        let json = page("Application/JSON", b"");
        assert!(json.is_text() && !json.is_html() && json.is_js_resource() && !json.is_css_resource());
        let html = page("Text/HTML", b"");
        assert!(html.is_html() && !html.is_strict_html());
        assert!(page("image/SVG+xml", b"").is_image_resource());
    }

    #[test]
    fn values_are_trimmed_and_keep_their_order() {
        let headers = Headers::from_iter([("X-A", " 1\t"), ("x-b", "2"), ("x-a", "3")]);
        assert_eq!(headers.all("X-a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(headers.fields("x-A").last(), Some(("x-a", "3")));
        assert!(!headers.has("x-c"));
    }

    #[test]
    fn the_body_is_decoded_as_header_then_page_then_bytes_say() {
        assert_eq!(page("text/html; charset=\"utf-16le\"", b"<\0p\0>\0").text(), "<p>");
        assert_eq!(page("text/html; charset=nonsense", "é".as_bytes()).text(), "é");
        assert_eq!(page("text/html", b"\xe9").text(), "é");
        let meta =
            |meta: &str| page("text/html", &[meta.as_bytes(), "é".as_bytes()].concat()).text().to_owned();
        assert!(meta("<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>").ends_with("ц╘"));
        assert!(meta("<meta charset=koi8-r>").ends_with('é'));
    }

    #[test]
    fn links_are_resolved_against_the_base() {
        let links = |content_type: &str| {
            let page =
                page(content_type, b"<base href=../c/><a href=d?e#f><a href='http://['><a href=//x.test>");
            page.links().iter().map(Url::to_string).collect::<Vec<_>>()
        };
        assert_eq!(links("text/html"), ["https://shop.test/c/d?e#f", "https://x.test/"]);
        assert_eq!(links("text/plain"), [""; 0]);
    }

    #[test]
    fn a_url_that_no_finding_could_name_is_refused() {
        let request = Request::get("http://user@shop.test/".parse().unwrap());
        let response = Response::new(200, "", Headers::default(), Vec::new());
        assert!(Exchange::new(request, response, Timestamp::UNIX_EPOCH).is_err());
    }
}
