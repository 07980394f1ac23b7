//! The stand-ins for `replacer` and `openapi`. `cargo test -p dast-lab --test stand_ins -- --ignored` runs this.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use dast_lab::zap::{Daemon, Installation, Options};
use dast_shop::{Care, Shop};
use serde_json::{Value, json};

#[test]
#[ignore = "needs a real ZAP"]
fn they_answer_as_the_real_ones_and_are_not_listed_as_these() {
    let zap = start();
    let recorded: Value = serde_json::from_str(include_str!(
        "../../crates/dast-zap-client/tests/recorded/replacer_view_rules.json"
    ))
    .unwrap();
    assert_eq!(ask(&zap, "replacer/view/rules", &[]), json!({ "rules": [] }));
    assert_eq!(add_rule(&zap, &[("url", "http://a/.*"), ("initiators", "2,3")]), json!({ "Result": "OK" }));

    let rules = ask(&zap, "replacer/view/rules", &[]);
    let rule = rules["rules"][0].as_object().unwrap();
    let keys = |rule: &serde_json::Map<String, Value>| rule.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(rule), keys(recorded["rules"][0].as_object().unwrap()));
    assert!(rule.values().all(Value::is_string), "{rule:?}");
    assert_eq!(
        (&rule["enabled"], &rule["initiators"], &rule["replacement"]),
        (&json!("true"), &json!("2, 3"), &json!("yes"))
    );

    for (call, more, code, detail) in [
        ("replacer/action/addRule", &RULE[..], "already_exists", "description"),
        ("replacer/action/removeRule", &[("description", "none")], "does_not_exist", "description"),
        (
            "replacer/action/setEnabled",
            &[("description", "none"), ("bool", "true")],
            "does_not_exist",
            "description",
        ),
        ("replacer/action/removeRule", &[], "missing_parameter", "description"),
        ("openapi/action/importFile", &[("file", "/none.json")], "does_not_exist", "/none.json"),
        ("openapi/action/importUrl", &[("url", "no-address")], "illegal_parameter", "url"),
        (
            "openapi/action/importUrl",
            &[("url", "http://127.0.0.1/"), ("contextId", "99")],
            "context_not_found",
            "contextId",
        ),
        (
            "openapi/action/importUrl",
            &[("url", &closed()), ("hostOverride", "a")],
            "illegal_parameter",
            "Failed to access the target.",
        ),
    ] {
        assert_eq!(refusal(&zap, call, more), json!([code, detail]), "{call}");
    }
    for (name, value) in
        [("matchType", "RESP_HEADER"), ("url", "("), ("initiators", "spider"), ("enabled", "perhaps")]
    {
        let mut rule = vec![("description", "another")];
        rule.extend(RULE.into_iter().filter(|(own, _)| *own != "description" && *own != name));
        rule.push((name, value));
        assert_eq!(refusal(&zap, "replacer/action/addRule", &rule), json!(["illegal_parameter", name]));
    }
    let page = Site::start();
    let refused = refusal(&zap, "openapi/action/importUrl", &[("url", &page.url)]);
    assert_eq!(refused[0], "bad_external_data");

    let addons = ask(&zap, "autoupdate/view/installedAddons", &[]);
    let ids: Vec<_> =
        addons["installedAddons"].as_array().unwrap().iter().map(|addon| &addon["id"]).collect();
    assert!(ids.contains(&&json!("dastlab")), "{ids:?}");
    assert!(!ids.contains(&&json!("replacer")) && !ids.contains(&&json!("openapi")), "{ids:?}");
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_header_reaches_every_request_to_the_addresses_of_its_rule_until_it_is_removed() {
    let zap = start();
    let (site, other) = (Site::start(), Site::start());
    let url = format!("{}.*", site.url.replace('.', "\\."));
    add_rule(&zap, &[("url", &url)]);

    for page in [&site, &other] {
        ask(&zap, "core/action/accessUrl", &[("url", &page.url)]);
        scan(&zap, "spider", &page.url);
        scan(&zap, "ascan", &page.url);
    }
    for (page, sent) in [(&site, "yes"), (&other, "")] {
        let seen = page.seen();
        assert!(seen.iter().all(|request| request.header == sent), "{seen:?}");
        assert!(seen.iter().any(|request| request.line == "GET /page?x=1"), "no spider: {seen:?}");
        assert!(
            seen.iter().any(|request| request.line.starts_with("GET /page?x=%3Clab")),
            "no scan: {seen:?}"
        );
    }

    // A redirect takes along what the first request was given, whatever the rule's URL: ZAP copies the request.
    let away = format!("{}away/{}", site.url, other.url.trim_start_matches("http://"));
    ask(&zap, "core/action/accessUrl", &[("url", &away), ("followRedirects", "true")]);
    assert_eq!(other.seen().last().unwrap().header, "yes");

    let last = |page: &Site| {
        ask(&zap, "core/action/accessUrl", &[("url", &page.url)]);
        page.seen().last().unwrap().header.clone()
    };
    let enable =
        |on: &str| ask(&zap, "replacer/action/setEnabled", &[("description", "login"), ("bool", on)]);
    enable("false");
    assert_eq!(last(&site), "");
    enable("true");
    assert_eq!(last(&site), "yes");
    ask(&zap, "replacer/action/removeRule", &[("description", "login")]);
    assert_eq!(last(&site), "");

    // 3 is the spider, and a URL that is not all of the address is none.
    add_rule(&zap, &[("initiators", "3")]);
    assert_eq!(last(&site), "");
    let before = site.seen().len();
    scan(&zap, "spider", &site.url);
    assert!(site.seen()[before..].iter().all(|request| request.header == "yes"), "{:?}", site.seen());
    ask(&zap, "replacer/action/removeRule", &[("description", "login")]);
    add_rule(&zap, &[("url", "http://127")]);
    assert_eq!(last(&site), "");
}

#[test]
#[ignore = "needs a real ZAP"]
fn the_operations_of_an_imported_document_are_known_and_attacked() {
    let shop = shop();
    let zap = start();
    let document = format!("{shop}api/openapi.json");
    let recorded: Value = serde_json::from_str(include_str!(
        "../../crates/dast-zap-client/tests/recorded/openapi_action_importUrl.json"
    ))
    .unwrap();
    assert_eq!(ask(&zap, "openapi/action/importUrl", &[("url", &document)]), recorded);

    let urls = ask(&zap, "core/view/urls", &[("baseurl", &shop)]);
    let urls: BTreeSet<_> = urls["urls"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for path in ["api/openapi.json", "api/products", "api/products/1", "api/login"] {
        assert!(urls.contains(format!("{shop}{path}").as_str()), "{path} in {urls:?}");
    }
    let logins = ask(&zap, "core/view/messages", &[("baseurl", &format!("{shop}api/login"))]);
    assert_eq!(logins["messages"][0]["requestBody"], r#"{"user":"demo","password":"John Doe"}"#);

    // The shop describes no page, and its weakness is in one.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.json");
    let query = json!({ "name": "q", "in": "query", "schema": { "type": "string" } });
    let paths = json!({ "/search": { "get": { "parameters": [query] } } });
    fs::write(&file, json!({ "openapi": "3.0.3", "paths": paths }).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let imported = ask(&zap, "openapi/action/importFile", &[("file", file), ("target", &shop)]);
    assert_eq!(imported, json!({ "importFile": [] }));

    let id = scan(&zap, "ascan", &shop);
    let ids = ask(&zap, "ascan/view/messagesIds", &[("scanId", &id)]);
    let ids: Vec<_> = ids["messagesIds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let sent = ask(&zap, "core/view/messagesById", &[("ids", &ids.join(","))]);
    let sent: Vec<_> = sent["messagesById"].as_array().unwrap().iter().collect();
    let attacks = |beginning: String, part: &str| {
        sent.iter().any(|message| {
            let header = message["requestHeader"].as_str().unwrap();
            let body = message["requestBody"].as_str().unwrap();
            header.starts_with(&beginning) && (header.contains(part) || body.contains(part))
        })
    };
    assert!(attacks(format!("POST {shop}api/login"), "<lab"), "{sent:?}");
    assert!(attacks(format!("GET {shop}search?q="), "%3Clab"), "{sent:?}");
    let alerts = ask(&zap, "alert/view/alerts", &[("baseurl", &shop)]);
    let found = alerts["alerts"].as_array().unwrap().iter().filter(|alert| alert["sourceid"] == "1");
    let found: BTreeSet<_> =
        found.map(|alert| (alert["alertRef"].as_str(), alert["param"].as_str())).collect();
    assert_eq!(found, BTreeSet::from([(Some("40012"), Some("q"))]));
}

#[test]
#[ignore = "needs a real ZAP"]
fn an_import_fills_in_parameters_and_keeps_to_its_target_its_context_and_its_limit() {
    let zap = start();
    let (site, other) = (Site::start(), Site::start());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api.json");
    let import = |document: &Value, more: &[(&str, &str)]| {
        fs::write(&file, document.to_string()).unwrap();
        let params = [&[("file", file.to_str().unwrap())], more].concat();
        ask(&zap, "openapi/action/importFile", &params)["importFile"].as_array().unwrap().clone()
    };
    let lines = |page: &Site| page.seen().into_iter().map(|request| request.line).collect::<Vec<_>>();

    let servers = json!([{ "url": format!("{}v1", site.url) }, { "url": &other.url }]);
    let mut document = json!({ "openapi": "3.0.3", "servers": servers, "paths": paths() });
    let context = ask(&zap, "context/action/newContext", &[("contextName", "site")])["contextId"].clone();
    let context = context.as_str().unwrap();
    let regex = format!("{}.*", site.url);
    ask(&zap, "context/action/includeInContext", &[("contextName", "site"), ("regex", &regex)]);
    let warnings = import(&document, &[("contextId", context)]);
    assert_eq!(
        lines(&site),
        ["GET /v1/items/7/name?all=true&kind=b%20c", "PUT /v1/items/7/name", "POST /v1/upload"]
    );
    assert_eq!((site.seen()[0].header.as_str(), site.seen()[1].body.as_str()), ("10", "text=John%20Doe"));
    assert_eq!(lines(&other), [""; 0]);
    let warning = format!("POST {}v1/upload: no body, which is neither JSON nor a form", site.url);
    assert!(warnings.contains(&json!(warning)), "{warnings:?}");

    import(&document, &[("target", &other.url), ("maxMessages", "1")]);
    assert_eq!(lines(&other), ["GET /items/7/name?all=true&kind=b%20c"]);
    let host = other.url.trim_start_matches("http://").trim_end_matches('/');
    import(&document, &[("target", host), ("maxMessages", "1")]);
    assert_eq!(lines(&other)[1], "GET /v1/items/7/name?all=true&kind=b%20c");

    // A document of nowhere is not refused, and nothing is sent: this is the real one's trap.
    document["servers"] = json!([]);
    let before = lines(&site).len() + lines(&other).len();
    assert_eq!(import(&document, &[]).len(), 1);
    assert_eq!(lines(&site).len() + lines(&other).len(), before);
}

fn paths() -> Value {
    let id = json!({ "name": "id", "in": "path", "schema": { "type": "integer", "default": 7 } });
    let text = json!({ "type": "string" });
    let parameters = json!([
        { "name": "part", "in": "path", "example": "name", "schema": text },
        { "name": "all", "in": "query", "schema": { "type": "boolean" } },
        { "name": "kind", "in": "query", "schema": { "type": "string", "enum": ["b c", "d"] } },
        { "name": "X-Lab", "in": "header", "schema": { "type": "integer" } },
    ]);
    let body = json!({ "content": { "application/x-www-form-urlencoded": { "schema": {
        "type": "object", "properties": { "text": text }
    } } } });
    let part = json!([{ "name": "part", "in": "path", "example": "name", "schema": text }]);
    json!({
        "/items/{id}/{part}": {
            "parameters": [id],
            "get": { "parameters": parameters },
            "put": { "parameters": part, "requestBody": body },
            "trace": {},
        },
        "/upload": { "post": { "requestBody": { "content": { "application/xml": {} } } } },
    })
}

fn start() -> Daemon {
    let installation = Installation::ensure(|step| eprintln!("{step}")).unwrap();
    installation.start(Options::default()).unwrap()
}

fn path(call: &str, params: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let params = params.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>();
    format!("JSON/{call}/?{}", params.join("&"))
}

fn ask(zap: &Daemon, call: &str, params: &[(&str, &str)]) -> Value {
    let patient = zap.api().clone().timeout(Duration::from_secs(60));
    patient.get(&path(call, params)).unwrap_or_else(|error| panic!("{call} {params:?}: {error:#}"))
}

/// The code and the detail of an error.
fn refusal(zap: &Daemon, call: &str, params: &[(&str, &str)]) -> Value {
    let reply = zap.api().reply(&path(call, params)).unwrap();
    let error: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(reply.status, 400, "{call} {params:?}: {error}");
    json!([error["code"], error["detail"]])
}

const RULE: [(&str, &str); 6] = [
    ("description", "login"),
    ("enabled", "true"),
    ("matchType", "REQ_HEADER"),
    ("matchRegex", "false"),
    ("matchString", "X-Lab"),
    ("replacement", "yes"),
];

fn add_rule(zap: &Daemon, more: &[(&str, &str)]) -> Value {
    ask(zap, "replacer/action/addRule", &[&RULE, more].concat())
}

/// Scans to the end, and gives the scan's id; a minute is a failure.
fn scan(zap: &Daemon, component: &str, url: &str) -> String {
    let id = ask(zap, &format!("{component}/action/scan"), &[("url", url)])["scan"].clone();
    let id = id.as_str().unwrap().to_owned();
    for _ in 0..600 {
        if ask(zap, &format!("{component}/view/status"), &[("scanId", &id)])["status"] == "100" {
            return id;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the {component} of {url} does not end");
}

/// An address where nobody listens.
fn closed() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

/// A careless shop that goes with the test's process.
fn shop() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::start(Care::Careless, ([127, 0, 0, 1], 0).into()).unwrap();
            tell.send(shop.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// A page with a link, which remembers what was asked for, and sends away who asks for `/away/` and a host.
struct Site {
    url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

#[derive(Debug, Clone, Default)]
struct Request {
    /// Its method and path.
    line: String,
    /// What it has for `X-Lab`.
    header: String,
    body: String,
}

impl Site {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<Request>>>::default();
        let log = Arc::clone(&seen);
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(&stream);
                let mut lines = (&mut reader).lines().map_while(Result::ok);
                let Some(first) = lines.next() else { continue };
                let line = first.trim_end_matches(" HTTP/1.1").to_owned();
                let mut request = Request { line, ..Request::default() };
                let mut length = 0;
                for line in lines.take_while(|line| !line.is_empty()) {
                    let Some((name, value)) = line.split_once(':') else { continue };
                    match name.to_ascii_lowercase().as_str() {
                        "x-lab" => value.trim().clone_into(&mut request.header),
                        "content-length" => length = value.trim().parse().unwrap(),
                        _ => {}
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                request.body = String::from_utf8(body).unwrap();
                let status = match request.line.strip_prefix("GET /away/") {
                    Some(host) => format!("302 Found\r\nLocation: http://{host}"),
                    None => "200 OK".to_owned(),
                };
                log.lock().unwrap().push(request);
                let page = "<a href=\"/page?x=1\">on</a>";
                let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nConnection: close");
                let _ = write!(&stream, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}
