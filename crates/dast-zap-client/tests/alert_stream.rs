//! All alerts of a site, from a server that pages as ZAP does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use dast_zap_client::alert::Risk;
use dast_zap_client::{Url, ZapClient, ZapError};
use futures_util::{StreamExt, TryStreamExt};

/// What the server has, and what it was asked.
#[derive(Default)]
struct Zap {
    alerts: Mutex<Vec<(u32, String)>>,
    asked: Mutex<Vec<Vec<(String, String)>>>,
}

impl Zap {
    fn start(urls: impl IntoIterator<Item = impl Into<String>>) -> (Arc<Self>, ZapClient) {
        let zap = Arc::new(Self::default());
        *zap.alerts.lock().unwrap() = (0..).zip(urls.into_iter().map(Into::into)).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client =
            ZapClient::builder(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
        let server = Arc::clone(&zap);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let mut request = Vec::new();
                let mut chunk = [0; 4096];
                let parameters = loop {
                    let read = connection.read(&mut chunk).unwrap();
                    assert!(read > 0, "no whole request");
                    request.extend_from_slice(&chunk[..read]);
                    if let Some(parameters) = parameters(&String::from_utf8_lossy(&request)) {
                        break parameters;
                    }
                };
                let body = server.page(&parameters);
                server.asked.lock().unwrap().push(parameters);
                let length = body.len();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
                write!(connection, "{head}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
            }
        });
        (zap, client)
    }

    /// As `AlertAPI` does it: prefixes are text, 0 and 1 both mean the first, and 0 means no limit.
    fn page(&self, parameters: &[(String, String)]) -> String {
        let value = |name| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let number = |name| value(name).map_or(0, |value| value.parse::<usize>().unwrap());
        let (prefix, start, count) = (value("baseurl").unwrap(), number("start").max(1), number("count"));
        let alerts = self.alerts.lock().unwrap();
        let found = alerts.iter().filter(|(_, url)| url.starts_with(prefix));
        let page = found.skip(start - 1).take(if count == 0 { usize::MAX } else { count });
        let page: Vec<_> = page
            .map(|(id, url)| {
                serde_json::json!({
                    "id": id.to_string(), "pluginId": "10020", "alertRef": "10020-1", "name": "n", "alert": "n",
                    "risk": "Low", "confidence": "Low", "url": url, "nodeName": null, "method": "GET", "param": "",
                    "attack": "", "evidence": "", "inputVector": "", "description": "", "other": "", "solution": "",
                    "reference": "", "cweid": "0", "wascid": "-1", "sourceid": "3", "messageId": "1",
                    "sourceMessageId": 1, "tags": {},
                })
            })
            .collect();
        serde_json::json!({ "alerts": page }).to_string()
    }
}

/// The parameters of a request that is whole.
fn parameters(request: &str) -> Option<Vec<(String, String)>> {
    let (head, body) = request.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let target = head.split(' ').nth(1)?;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    (body.len() >= length.unwrap_or(0))
        .then(|| url::form_urlencoded::parse(format!("{query}&{body}").as_bytes()).into_owned().collect())
}

fn site(url: &str) -> Url {
    url.parse().unwrap()
}

async fn ids(client: &ZapClient, origin: &str, page_size: usize) -> Vec<u32> {
    let alerts: Vec<_> = client.alert().of(&site(origin)).page_size(page_size).try_collect().await.unwrap();
    alerts.iter().map(|alert| alert.id.get()).collect()
}

#[tokio::test]
async fn no_alert_is_skipped_or_repeated_whatever_the_size_of_pages() {
    for total in [0, 1, 2, 3, 4, 7] {
        let (_, client) = Zap::start((0..total).map(|n| format!("http://svc/{n}")));
        for page_size in [0, 1, 2, 3, 4, 7, 1000, usize::MAX] {
            assert_eq!(
                ids(&client, "http://svc/", page_size).await,
                (0..total).collect::<Vec<_>>(),
                "{page_size}"
            );
        }
    }
}

#[tokio::test]
async fn sites_are_kept_apart() {
    let urls =
        ["http://svc", "http://svc/", "http://svc:80/a", "http://svc:8080/", "http://svc-b/", "https://svc/"];
    let (_, client) = Zap::start(urls);
    assert_eq!(ids(&client, "http://svc:80/x", 2).await, [0, 1, 2]);
    assert_eq!(ids(&client, "http://svc:8080", 2).await, [3]);
    assert_eq!(ids(&client, "https://svc", 2).await, [5]);
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_given_along() {
    let (_, client) =
        Zap::start(["http://svc/", "http://svc:99999/", "http://other:99999/", "http://SVC:x/", "http://["]);
    assert_eq!(ids(&client, "http://svc", 1).await, [0, 1, 3, 4], "but not to everybody");
}

#[tokio::test]
async fn a_site_is_the_same_however_its_address_is_written() {
    let urls = ["http://SVC/", "http://u:p@svc/a", "http://u:p@svc:80", "http://svc@other/", "http://127.1/"];
    let (_, client) = Zap::start(urls);
    assert_eq!(ids(&client, "http://svc", 2).await, [0, 1, 2]);
    assert_eq!(ids(&client, "http://127.0.0.1", 2).await, [4]);
}

#[tokio::test]
async fn deletions_between_pages_leave_no_gap() {
    for deleted in 1..=4 {
        let (zap, client) = Zap::start((0..9).map(|n| format!("http://svc/{n}")));
        let mut alerts = client.alert().of(&site("http://svc")).page_size(5);
        for expected in 0..5 {
            assert_eq!(alerts.next().await.unwrap().unwrap().id.get(), expected);
        }
        zap.alerts.lock().unwrap().drain(..deleted);
        let rest: Vec<_> = alerts.try_collect().await.unwrap();
        assert_eq!(rest.iter().map(|alert| alert.id.get()).collect::<Vec<_>>(), [5, 6, 7, 8], "{deleted}");
    }
}

#[tokio::test]
async fn deletions_far_before_leave_no_gap_either() {
    let (zap, client) = Zap::start((0..9).map(|n| format!("http://svc/{n}")));
    let mut alerts = client.alert().of(&site("http://svc")).page_size(1);
    for expected in 0..7 {
        assert_eq!(alerts.next().await.unwrap().unwrap().id.get(), expected);
    }
    zap.alerts.lock().unwrap().drain(1..5);
    let rest: Vec<_> = alerts.try_collect().await.unwrap();
    assert_eq!(rest.iter().map(|alert| alert.id.get()).collect::<Vec<_>>(), [7, 8]);
}

#[tokio::test]
async fn a_place_that_was_deleted_ends_the_stream() {
    let (zap, client) = Zap::start((0..6).map(|n| format!("http://svc/{n}")));
    let mut alerts = client.alert().of(&site("http://svc")).page_size(2);
    assert!(alerts.next().await.unwrap().is_ok() && alerts.next().await.unwrap().is_ok());
    zap.alerts.lock().unwrap().remove(1);
    assert!(matches!(alerts.next().await, Some(Err(ZapError::ListChanged))));
    assert!(alerts.next().await.is_none());
}

#[tokio::test]
async fn additions_between_pages_come_at_the_end() {
    let (zap, client) = Zap::start((0..2).map(|n| format!("http://svc/{n}")));
    let mut alerts = client.alert().of(&site("http://svc")).page_size(2);
    assert!(alerts.next().await.unwrap().is_ok());
    zap.alerts.lock().unwrap().push((9, "http://svc/9".to_owned()));
    let rest: Vec<_> = alerts.try_collect().await.unwrap();
    assert_eq!(rest.iter().map(|alert| alert.id.get()).collect::<Vec<_>>(), [1, 9]);
}

#[tokio::test]
async fn filters_are_left_to_zap() {
    let (zap, client) = Zap::start(["http://svc/"]);
    let alerts = client.alert().of(&site("http://svc/")).risk(Risk::High).include_false_positives(true);
    assert_eq!(alerts.try_collect::<Vec<_>>().await.unwrap().len(), 1);
    let asked = zap.asked.lock().unwrap();
    for (name, value) in [("baseurl", "http://"), ("riskId", "3"), ("falsePositive", "true"), ("start", "1")]
    {
        assert!(asked[0].contains(&(name.to_owned(), value.to_owned())), "{name} in {asked:?}");
    }
}

#[tokio::test]
async fn an_origin_without_a_host_is_no_empty_list() {
    let (_, client) = Zap::start(["http://svc/"]);
    let mut alerts = client.alert().of(&site("data:text/plain,x"));
    assert!(matches!(alerts.next().await, Some(Err(ZapError::Configuration(_)))));
    assert!(alerts.next().await.is_none());
}
