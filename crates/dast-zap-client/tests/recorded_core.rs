//! Replies that a real ZAP 2.17.0 sent, read by the methods that ask for them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dast_zap_client::authentication::{AuthenticationMethod, MethodName, MethodParameters};
use dast_zap_client::autoupdate::{AddOnStatus, InstallationStatus};
use dast_zap_client::context::{CheckingStrategy, Patterns};
use dast_zap_client::core::Mode;
use dast_zap_client::spider::ScanState;
use dast_zap_client::{ContextId, ErrorCode, MessageId, SpiderScanId, UserId, ZapClient, ZapError};

/// A server that answers one request with the given JSON, and the request as it came: first line and body.
struct Recorded {
    zap: ZapClient,
    request: JoinHandle<(String, String)>,
}

fn recorded(json: &'static str) -> Recorded {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let zap = ZapClient::builder(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
    let request = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let (mut first, mut length) = (String::new(), 0);
        reader.read_line(&mut first).unwrap();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
        write!(&stream, "{head} {}\r\n\r\n{json}", json.len()).unwrap();
        (first.trim().trim_end_matches(" HTTP/1.1").to_owned(), String::from_utf8(body).unwrap())
    });
    Recorded { zap, request }
}

/// Asks for something, and gives the value, the first line of the request, and its body.
macro_rules! ask {
    ($json:expr, |$zap:ident| $call:expr) => {{
        let Recorded { zap: $zap, request } = recorded($json);
        let value = $call.send().await;
        let (first, body) = request.join().unwrap();
        (value, first, body)
    }};
}

/// The same with a reply from a file, where the value alone matters besides the address.
macro_rules! read {
    ($file:literal, $address:literal, |$zap:ident| $call:expr) => {{
        let json = include_str!(concat!("recorded/", $file, ".json"));
        let endpoint = $file.split('_').take(3).collect::<Vec<_>>().join("/");
        assert!($address.contains(&endpoint), "the file is named after what is asked");
        let (value, first, _) = ask!(json, |$zap| $call);
        assert_eq!(first.split_once(' ').unwrap().1, $address);
        value.unwrap()
    }};
}

const OK: &str = r#"{"Result":"OK"}"#;

#[tokio::test]
async fn core() {
    assert_eq!(read!("core_view_version", "/JSON/core/view/version/", |zap| zap.core().version()), "2.17.0");
    assert_eq!(read!("core_view_mode", "/JSON/core/view/mode/", |zap| zap.core().mode()), Mode::Standard);
    assert_eq!(read!("core_view_hosts", "/JSON/core/view/hosts/", |zap| zap.core().hosts()), ["127.0.0.1"]);
    let sites = read!("core_view_sites", "/JSON/core/view/sites/", |zap| zap.core().sites());
    assert_eq!(sites, ["http://127.0.0.1:9901"]);

    let base = "http://127.0.0.1:9901/";
    let address = "/JSON/core/view/urls/?baseurl=http%3A%2F%2F127.0.0.1%3A9901%2F";
    let json = include_str!("recorded/core_view_urls.json");
    let (urls, first, _) = ask!(json, |zap| zap.core().urls(base));
    assert_eq!(first, format!("GET {address}"));
    let urls = urls.unwrap();
    assert_eq!((urls.len(), urls[7].as_str()), (9, "http://127.0.0.1:9901/search?q=hello"));

    let nodes = read!("core_view_childNodes", "/JSON/core/view/childNodes/", |zap| zap.core().child_nodes());
    assert_eq!((nodes.len(), nodes[0].message, nodes[0].is_leaf), (1, MessageId::new(5), false));
    assert_eq!((nodes[0].method.as_str(), nodes[0].uri.as_str()), ("GET", "http://127.0.0.1:9901"));
}

#[tokio::test]
async fn messages() {
    let message = read!("core_view_message", "/JSON/core/view/message/?id=4", |zap| zap
        .core()
        .message(MessageId::new(4)));
    assert_eq!((message.id, message.history_type, message.status()), (MessageId::new(4), 2, Some(200)));
    assert_eq!(message.round_trip, Duration::from_millis(6));
    assert_eq!(message.sent, Some(std::time::UNIX_EPOCH + Duration::from_millis(1_795_219_257_279)));
    assert_eq!(message.tags, ["Comment", "Form", "Password", "SetCookie"]);
    assert!(message.request_header.starts_with("GET http://127.0.0.1:9901/ HTTP/1.1\r\n"));
    assert_eq!(message.cookie_params, "sid=abc123; Path=/");

    let base = "http://a/".parse().unwrap();
    let address = "/JSON/core/view/messages/?baseurl=http%3A%2F%2Fa%2F&start=1&count=3";
    let json = include_str!("recorded/core_view_messages.json");
    let (messages, first, _) = ask!(json, |zap| zap.core().messages(&base).start(1).count(3));
    assert_eq!(first, format!("GET {address}"));
    let messages = messages.unwrap();
    assert_eq!(
        messages.iter().map(|message| message.status()).collect::<Vec<_>>(),
        [Some(200), None, Some(404)]
    );
    assert_eq!(messages[1].sent, None);
}

/// ZAP answers 200 with an error where its report cannot be made.
#[tokio::test]
async fn an_error_in_place_of_a_report_is_an_error() {
    let json = include_str!("recorded/core_other_jsonreport_err_200.json");
    let (report, first, _) = ask!(json, |zap| zap.core().json_report());
    assert_eq!(first, "POST /OTHER/core/other/jsonreport/");
    match report.unwrap_err() {
        ZapError::Api(error) => assert_eq!(error.code(), &ErrorCode::InternalError),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn contexts() {
    let list =
        read!("context_view_contextList", "/JSON/context/view/contextList/", |zap| zap.context().contexts());
    assert_eq!(list, ["Default Context", "ctx"]);
    let regexes =
        read!("context_view_includeRegexs", "/JSON/context/view/includeRegexs/?contextName=ctx", |zap| zap
            .context()
            .include_regexes("ctx"));
    assert_eq!(regexes, [r"\Qhttp://127.0.0.1:9901\E.*"]);

    let address = "/JSON/context/view/context/?contextName=ctx";
    let json = include_str!("recorded/context_view_context.json");
    let (context, first, _) = ask!(json, |zap| zap.context().context("ctx"));
    assert_eq!(first, format!("GET {address}"));
    let context = context.unwrap();
    assert_eq!((context.id, context.name.as_str(), context.in_scope), (ContextId::new(2), "ctx", true));
    assert_eq!(context.include_regexes, [r"\Qhttp://127.0.0.1:9901\E.*"]);
    assert!(context.exclude_regexes.is_empty() && context.excluded_technologies.is_empty());
    assert_eq!(context.included_technologies[1], "Db.CouchDB");
    assert_eq!(context.checking_strategy, Some(CheckingStrategy::EachResponse));
    assert_eq!(context.authentication.as_deref(), Some("Manual Authentication"));

    let json = include_str!("recorded/context_action_newContext.json");
    let (id, first, body) = ask!(json, |zap| zap.context().new_context("a b"));
    assert_eq!((id.unwrap(), first.as_str()), (ContextId::new(2), "POST /JSON/context/action/newContext/"));
    assert_eq!(body, "contextName=a+b");

    let json = include_str!("recorded/context_action_includeInContext.json");
    let (done, _, body) = ask!(json, |zap| zap.context().include_in_context("ctx", r"\Qhttp://a\E.*"));
    done.unwrap();
    assert_eq!(body, "contextName=ctx&regex=%5CQhttp%3A%2F%2Fa%5CE.*");
}

#[tokio::test]
async fn a_context_whose_lists_are_no_json_is_an_error() {
    let json = r#"{"context":{"id":"1","name":"c","description":"","inScope":"true","includeRegexs":"[","excludeRegexs":"[]"}}"#;
    let (context, ..) = ask!(json, |zap| zap.context().context("c"));
    assert!(matches!(context, Err(ZapError::Decode(_))), "{context:?}");
}

#[tokio::test]
async fn regexes_travel_as_json() {
    let include = Patterns::from_iter(["a,b", "c"]);
    let (done, _, body) = ask!(OK, |zap| zap.context().set_regexes("c", &include, &Patterns::default()));
    done.unwrap();
    assert_eq!(body, "contextName=c&incRegexs=%5B%22a%2Cb%22%2C%22c%22%5D&excRegexs=%5B%5D");
}

#[tokio::test]
async fn users() {
    let users = read!("users_view_usersList", "/JSON/users/view/usersList/", |zap| zap.users().users());
    assert_eq!((users.len(), users[1].id, users[1].context), (2, UserId::new(75), ContextId::new(1)));
    assert_eq!((users[1].name.as_str(), users[1].enabled), ("bob", false));
    assert_eq!(users[1].credentials.kind, "ManualAuthenticationCredentials");

    let json = include_str!("recorded/users_action_newUser.json");
    let (id, _, body) = ask!(json, |zap| zap.users().new_user(ContextId::new(1), "bob"));
    assert_eq!((id.unwrap(), body.as_str()), (UserId::new(75), "contextId=1&name=bob"));
}

#[tokio::test]
async fn passwords_are_sent_and_not_shown() {
    let Recorded { zap, request } = recorded(OK);
    let call = zap.users().set_password(ContextId::new(1), UserId::new(2), "ann", "s&cret=1");
    assert!(!format!("{call:?}").contains("cret"));
    call.send().await.unwrap();
    let (first, body) = request.join().unwrap();
    assert!(!first.contains("cret"));
    let credentials = "authCredentialsConfigParams=username%3Dann%26password%3Ds%2526cret%253D1";
    assert_eq!(body, format!("contextId=1&userId=2&{credentials}"));
    assert!(!format!("{:?}", MethodParameters::new().with("password", "s3cret")).contains("s3cret"));

    let proxy = zap.network().set_http_proxy("proxy", 3128).password("s3cret");
    assert!(!format!("{proxy:?}").contains("s3cret"));
    let json = r#"{"usersList":[{"credentials":"{\"username\":\"ann\",\"password\":\"s3cret\",\"type\":\"UsernamePasswordAuthenticationCredentials\"}","name":"ann","contextId":"1","id":"2","enabled":"true"}]}"#;
    let (users, ..) = ask!(json, |zap| zap.users().users());
    let users = users.unwrap();
    assert_eq!(users[0].credentials.username.as_deref(), Some("ann"));
    assert!(!format!("{users:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_login_that_cannot_be_judged_is_no_success() {
    let user = (ContextId::new(1), UserId::new(2));
    let (login, ..) = ask!(OK, |zap| zap.users().authenticate(user.0, user.1));
    assert_eq!(login.unwrap().successful, None);
    let (login, ..) =
        ask!(r#"{"id":"7","authSuccessful":"false"}"#, |zap| zap.users().authenticate(user.0, user.1));
    let login = login.unwrap();
    assert_eq!((login.successful, login.message), (Some(false), Some(MessageId::new(7))));
}

#[tokio::test]
async fn authentication() {
    let methods = read!(
        "authentication_view_getSupportedAuthenticationMethods",
        "/JSON/authentication/view/getSupportedAuthenticationMethods/",
        |zap| zap.authentication().supported_methods()
    );
    assert_eq!(
        methods,
        [MethodName::Form, MethodName::Script, MethodName::Http, MethodName::Manual, MethodName::Json]
    );
    let json = AuthenticationMethod::Json {
        login_url: "http://a/login".parse().unwrap(),
        login_page_url: None,
        request_data: r#"{"user":"{%username%}"}"#.to_owned(),
    };
    let (done, _, body) = ask!(OK, |zap| zap.authentication().set_method(ContextId::new(3), &json));
    done.unwrap();
    let sent: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(sent[1], ("authMethodName".to_owned(), "jsonBasedAuthentication".to_owned()));
    let inner: Vec<_> = url::form_urlencoded::parse(sent[2].1.as_bytes()).into_owned().collect();
    assert_eq!(inner[0], ("loginUrl".to_owned(), "http://a/login".to_owned()));
    assert_eq!(inner[1], ("loginRequestData".to_owned(), r#"{"user":"{%username%}"}"#.to_owned()));
}

#[tokio::test]
async fn an_absent_forced_user_is_none() {
    let (forced, ..) = ask!(r#"{"forcedUserId":""}"#, |zap| zap.forced_user().user(ContextId::new(1)));
    assert_eq!(forced.unwrap().user, None);
    let (forced, ..) = ask!(r#"{"forcedUserId":"75"}"#, |zap| zap.forced_user().user(ContextId::new(1)));
    assert_eq!(forced.unwrap().user, Some(UserId::new(75)));
    let (forced, ..) = ask!(r#"{"forcedUserId":"x"}"#, |zap| zap.forced_user().user(ContextId::new(1)));
    assert!(matches!(forced, Err(ZapError::Decode(_))), "{forced:?}");
}

#[tokio::test]
async fn network() {
    let timeout =
        read!("network_view_getConnectionTimeout", "/JSON/network/view/getConnectionTimeout/", |zap| zap
            .network()
            .connection_timeout());
    assert_eq!(timeout, Duration::from_secs(20));
    let proxy = read!("network_view_getHttpProxy", "/JSON/network/view/getHttpProxy/", |zap| zap
        .network()
        .http_proxy());
    assert_eq!((proxy.host.as_str(), proxy.port, proxy.username.as_str()), ("localhost", 8090, ""));
}

#[tokio::test]
async fn add_ons() {
    let add_ons =
        read!("autoupdate_view_installedAddons", "/JSON/autoupdate/view/installedAddons/", |zap| zap
            .autoupdate()
            .installed_addons());
    assert_eq!(add_ons.len(), 22);
    assert_eq!((add_ons[0].id.as_str(), add_ons[0].version.as_str()), ("alertFilters", "28.0.0"));
    assert_eq!(add_ons[0].status, AddOnStatus::Release);
    assert_eq!(add_ons[0].installation_status, InstallationStatus::Installed);
    assert_eq!((add_ons[0].mandatory, add_ons[0].size_in_bytes), (false, Some(204_185)));
}

#[tokio::test]
async fn counters() {
    let stats = read!("stats_view_stats", "/JSON/stats/view/stats/", |zap| zap.stats().stats());
    assert_eq!(stats["openapi.urls.added"], 3);
    assert_eq!(stats["stats.api.call.json.ascan.view.status"], 10);
}

#[tokio::test]
async fn spider() {
    let scan = SpiderScanId::new(0);
    let base = "http://127.0.0.1:9901/".parse().unwrap();
    let json = include_str!("recorded/spider_action_scan.json");
    let (id, first, body) = ask!(json, |zap| zap.spider().scan(&base).recurse(true));
    assert_eq!((id.unwrap(), first.as_str()), (scan, "POST /JSON/spider/action/scan/"));
    assert_eq!(body, "url=http%3A%2F%2F127.0.0.1%3A9901%2F&recurse=true");

    let address = "/JSON/spider/view/status/?scanId=0";
    let json = include_str!("recorded/spider_view_status_running.json");
    let (status, first, _) = ask!(json, |zap| zap.spider().status(scan));
    assert_eq!((status.unwrap(), first), (0, format!("GET {address}")));
    let done = read!("spider_view_status_done", "/JSON/spider/view/status/?scanId=0", |zap| zap
        .spider()
        .status(scan));
    assert_eq!(done, 100);

    let scans = read!("spider_view_scans", "/JSON/spider/view/scans/", |zap| zap.spider().scans());
    assert_eq!((scans.len(), scans[0].id, scans[0].progress), (1, scan, 100));
    assert_eq!(scans[0].state, ScanState::Finished);

    let found =
        read!("spider_view_results", "/JSON/spider/view/results/?scanId=0", |zap| zap.spider().results(scan));
    assert_eq!((found.len(), found[8].as_str()), (9, "http://127.0.0.1:9901/"));
    let added = read!("spider_view_addedNodes", "/JSON/spider/view/addedNodes/?scanId=0", |zap| {
        zap.spider().added_nodes(scan)
    });
    assert_eq!((added.len(), added[3].as_str()), (8, "http://127.0.0.1:9901/redirect (to)"));

    let all = read!("spider_view_fullResults", "/JSON/spider/view/fullResults/?scanId=0", |zap| {
        zap.spider().full_results(scan)
    });
    assert_eq!((all.in_scope.len(), all.out_of_scope.len(), all.unanswered.len()), (9, 0, 0));
    let last = &all.in_scope[8];
    assert_eq!((last.method.as_str(), last.message, last.status), ("POST", MessageId::new(19), Some(200)));
    assert!(last.processed && last.status_reason == "OK");
}
