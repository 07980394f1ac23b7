//! A server that does nothing but give pages of alerts, as quickly as it can: pages are written once and kept.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use dast_zap_client::testing::FakeAlert;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::part::serve_until_closed;

/// The site that all alerts are of.
pub(super) const SITE: &str = "http://shop.test";

/// As ZAP's active and passive rules have them; the longest are longer.
const DESCRIPTION: &str = "The answer does not say by whom the page may be framed. Whoever puts it into a frame of a \
    page of their own, transparent or not, can make visitors click on what they do not see: \"clickjacking\".\nThe \
    header \"Content-Security-Policy\" with \"frame-ancestors\" says it to browsers of today, and \"X-Frame-Options\" \
    to those of before; without either, all of them put it into any frame.";
const SOLUTION: &str = "Send one of the headers with every page: with \"SAMEORIGIN\" if pages of the same site need to \
    frame it, and with \"DENY\" if none does. Where pages come from several servers, see to it that none is left out, \
    error pages and redirects included.";
const REFERENCE: &str = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Frame-Options\n\
    https://www.rfc-editor.org/rfc/rfc7034\nhttps://www.w3.org/TR/CSP3/#directive-frame-ancestors";
const TAGS: [(&str, &str); 6] = [
    ("CWE-1021", "https://cwe.mitre.org/data/definitions/1021.html"),
    ("OWASP_2017_A06", "https://owasp.org/www-project-top-ten/2017/A6_2017-Security_Misconfiguration.html"),
    ("OWASP_2021_A05", "https://owasp.org/Top10/2021/A05_2021-Security_Misconfiguration/"),
    ("POLICY_PENTEST", ""),
    ("POLICY_QA_STD", ""),
    (
        "WSTG-v42-CLNT-09",
        "https://owasp.org/www-project-web-security-testing-guide/v42/4-Web_Application_Security_Testing/11-Client-side_Testing/09-Testing_for_Clickjacking",
    ),
];

/// Serves `count` alerts until nobody needs them any more.
pub(super) async fn serve(count: usize) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let pages = Arc::new(Pages::new(count));
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let pages = pages.clone();
            tokio::spawn(async move {
                let answer = service_fn(|request: Request<Incoming>| {
                    std::future::ready(Ok::<_, Infallible>(response(pages.page(request.uri()))))
                });
                // A connection that breaks is the caller's to notice.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    serve_until_closed(&url).await
}

fn response(page: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(page));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    response
}

/// Alerts as ZAP writes them, and the pages of them that were asked for.
struct Pages {
    alerts: Vec<String>,
    written: Mutex<HashMap<(usize, usize), Bytes>>,
}

impl Pages {
    fn new(count: usize) -> Self {
        Self { alerts: (0..count).map(alert).collect(), written: Mutex::default() }
    }

    fn page(&self, uri: &Uri) -> Bytes {
        let query = uri.query().unwrap_or_default();
        let number = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(found, _)| found == name)
                .and_then(|(_, value)| value.parse::<usize>().ok())
                .unwrap_or_default()
        };
        let (start, count) = (number("start"), number("count"));
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let page = written.entry((start, count)).or_insert_with(|| {
            let alerts = self.alerts.iter().skip(start.saturating_sub(1)).take(count);
            let alerts: Vec<&str> = alerts.map(String::as_str).collect();
            format!("{{\"alerts\":[{}]}}", alerts.join(",")).into()
        });
        page.clone()
    }
}

fn alert(number: usize) -> String {
    let risk =
        ["Informational", "Low", "Medium", "High"].into_iter().cycle().nth(number % 7).unwrap_or("Low");
    let url = format!("{SITE}/area-{}/page-{}?query=a%20word&page={number}", number % 40, number / 40);
    let mut alert =
        FakeAlert::new(10_020 + i32::try_from(number % 60).unwrap_or_default(), "Page in a Frame", &url)
            .risk(risk)
            .cwe(1021)
            .field("id", number.to_string())
            .field("messageId", (number + 7).to_string())
            .field("sourceMessageId", number + 7)
            .field("description", DESCRIPTION)
            .field("solution", SOLUTION)
            .field("reference", REFERENCE);
    if number.is_multiple_of(5) {
        let attack = format!("\"><script>alert({number});</script>");
        alert = alert
            .param("query")
            .attack(&attack)
            .evidence(&attack)
            .source(1)
            .field("inputVector", "querystring");
    }
    for (tag, address) in TAGS {
        alert = alert.tag(tag, address);
    }
    alert.json().to_string()
}
