//! What is scanned, and what the report says of it.

use std::io::Write;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use dast_kubernetes::crd::{self, Login, LoginKind, ProfileName, RunProgress, ScanProfile, TimeSpan};
use dast_kubernetes::order::{OrderedEngine, OrderedLogin};
use dast_policy::{Authentication, Cause, Completion, Exposure, Report};
use dast_shop::{Care, Shop};
use dast_zap_client::testing::{FakeAlert, FakeZap, FakeZapBuilder};

use crate::operator::{Authority, Operator, Post, RUNTIME, taken};
use crate::pod::{Pod, TOKEN, report, wait, write};
use crate::support::{Server, read_request};

const SHOP: &str = "http://shop.test";
const KEY: &str = "a fake key";

fn shop() -> Shop {
    let _runtime = RUNTIME.enter();
    Shop::start(Care::Careless, ([127, 0, 0, 1], 0).into()).unwrap()
}

fn delivered(operator: &Operator) -> Report {
    let reports = operator.reports();
    assert_eq!(reports.len(), 1);
    report(&reports[0].body)
}

#[track_caller]
fn is_incomplete(report: &Report, expected: Cause) {
    let Completion::Incomplete { cause, detail } = &report.evidence.scan().completion else {
        panic!("it is complete")
    };
    assert_eq!(*cause, expected, "{detail}");
}

#[test]
fn a_target_is_scanned_under_each_of_its_names() {
    let (shop, authority) = (shop(), Authority::new());
    let operator = Operator::start(&authority, taken);
    let port = shop.address().port();
    let (own, other) = (format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}"));
    let pod = Pod::new(&operator.url(), &authority, &[&own, &other]);
    let (code, log) = pod.run();
    assert_eq!(code, 0, "{log}");

    let report = delivered(&operator);
    let scan = report.evidence.scan();
    assert_eq!(
        (scan.subject.target.as_str(), scan.subject.origin.to_string()),
        ("shop/web:http", own.clone())
    );
    assert_eq!(scan.subject.covered, [Exposure::new("127.0.0.1", "/"), Exposure::new("localhost", "/")]);
    assert_eq!((&scan.profile, &scan.revision), (&pod.order.profile, &pod.order.revision));
    assert_eq!(scan.completion, Completion::Complete);
    for origin in [&own, &other] {
        let found = report.findings.iter().filter(|one| one.origin().to_string() == **origin).count();
        assert!(found > 3, "{origin}: {found}");
    }
    assert!(report.evidence.instances() == report.findings.len() as u64);

    let posts = operator.posts();
    assert!(posts.iter().all(|post| post.token == format!("Bearer {TOKEN}")));
    let base = "/v1/runs/shop/web-1/run-uid/attempts/2";
    assert_eq!(posts.last().unwrap().path, format!("{base}/report"));
    // What is logged is a JSON object a line, and has nothing in it that is secret.
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
    }
    assert!(log.contains("the scan is complete") && !log.contains(TOKEN), "{log}");
}

#[test]
fn a_name_under_which_nobody_answers_is_told() {
    let (shop, authority) = (shop(), Authority::new());
    let operator = Operator::start(&authority, taken);
    let own = format!("http://127.0.0.1:{}", shop.address().port());
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let pod = Pod::new(&operator.url(), &authority, &[&own, &format!("http://{nobody}")]);
    assert_eq!(pod.run().0, 0, "whatever the verdict");
    let report = delivered(&operator);
    is_incomplete(&report, Cause::Unreachable);
    assert!(report.findings.len() > 3, "what was found is in it");
}

/// Every page leads to two more, and takes its time.
fn endless() -> Server {
    Server::start(|mut stream| {
        let path = read_request(&mut stream).split(' ').nth(1).unwrap_or_default().to_owned();
        let body = format!("<a href='{path}a/'>a</a><a href='{path}b/'>b</a>");
        sleep(Duration::from_millis(200));
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
        let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
    })
}

#[test]
fn the_operator_is_told_how_far_a_scan_is() {
    let (server, authority) = (endless(), Authority::new());
    let operator = Operator::start(&authority, taken);
    let pod = Pod::new(&operator.url(), &authority, &[&format!("http://{}", server.address)]);
    let running = pod.start();
    let told = |post: &&Post| post.path == "/v1/runs/shop/web-1/run-uid/attempts/2/progress";
    wait(|| operator.posts().iter().filter(told).count() == 2);
    running.signal("-TERM");
    assert_eq!(running.outcome().0, 0);
    let posts = operator.posts();
    let progress = posts.iter().filter(told).map(|post| serde_json::from_slice(&post.body).unwrap());
    let progress: Vec<RunProgress> = progress.collect();
    assert!(progress[0].pages > 0 && progress[0].pages < progress[1].pages, "{progress:?}");
    assert!(progress.iter().all(|progress| progress.percent < 100), "{progress:?}");
    assert!(posts.last().unwrap().is_report());
}

/// A server that reads and never answers.
fn silent() -> Server {
    Server::start(|mut stream| {
        read_request(&mut stream);
        std::thread::park();
    })
}

#[test]
fn time_that_is_up_ends_the_scan_and_not_the_delivery() {
    let (server, authority) = (silent(), Authority::new());
    let operator = Operator::start(&authority, taken);
    let origin = format!("http://{}", server.address);
    let mut pod = Pod::new(&operator.url(), &authority, &[&origin, &origin]);
    pod.order.settings.timeout = Some(TimeSpan::new("2s"));
    let (code, log) = pod.run();
    assert_eq!(code, 0, "{log}");
    is_incomplete(&delivered(&operator), Cause::DeadlineExceeded);
}

#[test]
fn a_pod_that_is_told_to_end_delivers_what_there_is() {
    let (server, authority) = (silent(), Authority::new());
    let operator = Operator::start(&authority, taken);
    let pod = Pod::new(&operator.url(), &authority, &[&format!("http://{}", server.address)]);
    let mut running = pod.start();
    running.says("\"phase\":\"Running\"");
    running.signal("-TERM");
    let (code, log) = running.outcome();
    assert_eq!(code, 0, "{log}");
    is_incomplete(&delivered(&operator), Cause::Interrupted);
}

fn fake(builder: FakeZapBuilder) -> FakeZap {
    let alert =
        FakeAlert::new(40012, "Cross Site Scripting (Reflected)", "http://shop.test/search").risk("High");
    let site = builder.site("http://shop.test/").site("http://shop.test/search").records_per_look(9);
    RUNTIME.block_on(site.passive_alerts(vec![alert]).start()).unwrap()
}

fn by_zap(pod: &mut Pod, url: &str) {
    let key_file = pod.folder.path().join("key");
    write(&key_file, KEY);
    pod.order.engine = OrderedEngine::Zap { url: url.to_owned(), key_file };
    pod.order.profile.name = "full".to_owned();
    pod.order.settings = ScanProfile {
        name: Some(ProfileName::Full),
        timeout: Some(TimeSpan::new("1m")),
        requests_per_second: Some(50),
        exclude: vec![".*/logout".to_owned()],
        attack_strength: Some(crd::AttackStrength::Low),
        alert_threshold: Some(crd::AlertThreshold::High),
        ..ScanProfile::default()
    };
}

#[test]
fn a_zap_scans_as_it_is_ordered() {
    let (zap, authority) = (fake(FakeZap::builder()), Authority::new());
    let operator = Operator::start(&authority, taken);
    let mut pod = Pod::new(&operator.url(), &authority, &[SHOP]);
    by_zap(&mut pod, zap.url());
    let (code, log) = pod.run();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("ZAP is ready") && !log.contains(KEY), "{log}");

    let report = delivered(&operator);
    let scan = report.evidence.scan();
    assert_eq!((scan.engine.name.as_str(), scan.engine.version.as_str()), ("zap", "2.17.0"));
    assert_eq!((&scan.profile, &scan.completion), (&pod.order.profile, &Completion::Complete));
    assert_eq!(report.findings.iter().map(|one| one.alert_ref().as_str()).collect::<Vec<_>>(), ["40012"]);
    for endpoint in
        ["context/action/excludeFromContext", "network/action/addRateLimitRule", "ascan/action/scan"]
    {
        assert_eq!(zap.count(endpoint), 1, "{endpoint}");
    }
    let calls = format!("{:?}", zap.calls());
    assert!(calls.contains("LOW") && calls.contains("HIGH") && calls.contains(".*/logout"), "{calls}");
}

#[test]
fn a_login_is_the_one_that_is_ordered() {
    for (logged_in, logged_out, endpoint) in [
        (Some("Log out"), None, "authentication/action/setLoggedInIndicator"),
        (None, Some("Log in"), "authentication/action/setLoggedOutIndicator"),
    ] {
        let (zap, authority) = (fake(FakeZap::builder()), Authority::new());
        let operator = Operator::start(&authority, taken);
        let mut pod = Pod::new(&operator.url(), &authority, &[SHOP]);
        by_zap(&mut pod, zap.url());
        write(&pod.folder.path().join("username"), "demo\n");
        write(&pod.folder.path().join("password"), "correct-horse\n");
        let login = Login {
            kind: LoginKind::Form,
            url: Some("/login".to_owned()),
            data: Some("user={%username%}&password={%password%}".to_owned()),
            logged_in_url: Some("/account".to_owned()),
            logged_in: logged_in.map(str::to_owned),
            logged_out: logged_out.map(str::to_owned),
            secret_name: "shop-login".to_owned(),
        };
        pod.order.login = Some(OrderedLogin { login, folder: pod.folder.path().to_owned() });
        let (code, log) = pod.run();
        assert_eq!(code, 0, "{log}");
        let report = delivered(&operator);
        let scan = report.evidence.scan();
        assert_eq!((&scan.completion, scan.authentication), (&Completion::Complete, Authentication::Held));
        assert_eq!(zap.count(endpoint), 1, "{endpoint}");
        let calls = format!("{:?}", zap.calls());
        assert!(calls.contains("demo") && calls.contains("correct-horse"), "{calls}");
        assert!(!log.contains("correct-horse"), "{log}");
    }
}

/// The sidecar is there, but does not answer yet when the analyzer begins.
#[test]
fn a_zap_that_is_still_starting_is_waited_for() {
    let (zap, authority) = (fake(FakeZap::builder()), Authority::new());
    let operator = Operator::start(&authority, taken);
    let mut pod = Pod::new(&operator.url(), &authority, &[SHOP]);
    for _ in 0..6 {
        zap.fail_once("core/view/version", dast_zap_client::testing::Fault::Drop);
    }
    by_zap(&mut pod, zap.url());
    let (code, log) = pod.run();
    assert_eq!(code, 0, "{log}");
    assert_eq!(delivered(&operator).evidence.scan().completion, Completion::Complete);
}

#[test]
fn a_zap_that_never_comes_is_told() {
    let authority = Authority::new();
    let operator = Operator::start(&authority, taken);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut pod = Pod::new(&operator.url(), &authority, &[SHOP]);
    by_zap(&mut pod, &format!("http://{nobody}"));
    let mut running = pod.start();
    running.says("waiting for ZAP");
    running.signal("-TERM");
    let (code, log) = running.outcome();
    assert_eq!(code, 0, "{log}");
    is_incomplete(&delivered(&operator), Cause::Interrupted);
}
