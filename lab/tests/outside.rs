//! A program outside the workspace, which has nothing but the client and a runtime, scans with a real ZAP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use dast_lab::zap::{Daemon, Installation, Options};
use dast_shop::{Care, Shop};

/// Lines of the program, its comments included, must be fewer.
const LINES: usize = 40;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/zap_scan")
}

/// Builds it as its author would, with its own lock file.
fn build() -> PathBuf {
    let target = Installation::cache().join("outside");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(folder().join("Cargo.toml"));
    // What this test was built with is not what its author would have.
    cargo.arg("--target-dir").arg(&target).env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target.join("debug/zap-scan")
}

/// What the program prints of each alert, from ZAP's own list.
fn listed_by_zap(zap: &Daemon) -> Vec<String> {
    let alerts = zap.api().get("JSON/alert/view/alerts/").unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let line = |alert: &serde_json::Value| {
        format!("{}\t{}\t{}", text(&alert["pluginId"]), text(&alert["risk"]), text(&alert["url"]))
    };
    alerts["alerts"].as_array().unwrap().iter().map(line).collect()
}

/// The address of a shop that is there until the tests end.
fn careless_shop() -> String {
    let (tell, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::start(Care::Careless, ([127, 0, 0, 1], 0).into()).unwrap();
            tell.send(shop.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    address.recv().unwrap()
}

#[test]
#[ignore = "needs a real ZAP"]
fn a_program_of_few_lines_lists_what_zap_lists() {
    let source = fs::read_to_string(folder().join("src/main.rs")).unwrap();
    assert!(source.lines().count() < LINES, "{} lines", source.lines().count());
    let program = build();

    let zap = Installation::ensure(|_| ()).unwrap().start(Options::default()).unwrap();
    let shop = careless_shop();
    let key = tempfile::NamedTempFile::new().unwrap();
    fs::write(key.path(), format!("{}\n", zap.api_key())).unwrap();
    let said = Command::new(program).arg(zap.url()).arg(key.path()).arg(shop).output().unwrap();

    let (alerts, progress) =
        (String::from_utf8(said.stdout).unwrap(), String::from_utf8(said.stderr).unwrap());
    assert!(said.status.success(), "{progress}");
    let (mut found, mut listed) =
        (alerts.lines().map(str::to_owned).collect::<Vec<_>>(), listed_by_zap(&zap));
    found.sort();
    listed.sort();
    assert_eq!(found, listed);
    for rule in ["10021\tLow", "40012\tHigh", "40014\tHigh"] {
        assert!(found.iter().any(|line| line.starts_with(rule)), "{rule}: {alerts}");
    }
    assert!(progress.contains("crawl: ") && progress.contains("attack: "), "{progress}");
}

/// Whoever tries the program gets the versions that the project was tested with.
#[test]
fn its_lock_file_agrees_with_that_of_the_workspace() {
    let own = locked(&folder().join("Cargo.lock"));
    let all = locked(&folder().join("../../Cargo.lock"));
    let strangers: Vec<_> = own.iter().filter(|package| !all.contains(package)).collect();
    assert_eq!(strangers, [&("zap-scan".to_owned(), "0.0.0".to_owned())]);
}

/// Name and version of each package in a lock file, which writes one under the other.
fn locked(file: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let value = |line: &str, key: &str| Some(line.strip_prefix(key)?.trim_matches('"').to_owned());
    let lines: Vec<&str> = text.lines().collect();
    let pair = |pair: &[&str]| Some((value(pair[0], "name = ")?, value(pair[1], "version = ")?));
    lines.windows(2).filter_map(pair).collect()
}
