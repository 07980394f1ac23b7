//! The demonstration, as the README promises it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use dast_policy::{Completion, Evidence};
use support::run;
use tempfile::TempDir;

#[test]
fn the_careless_shop_fails_and_the_repaired_one_passes() {
    let folder = TempDir::new().unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["demo", "--out", "evidence"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let (careless, repaired) = stdout.split_once("the repaired shop:").unwrap();
    assert!(careless.contains("FAIL") && careless.contains("of severity Medium, 0 accepted"), "{careless}");
    assert!(repaired.contains("PASS") && !repaired.contains("FAIL"), "{repaired}");
    for rule in ["10010", "10020-1", "10021", "10037", "10038-1", "10054-1", "10202"] {
        assert!(careless.contains(rule), "{rule}: {careless}");
        assert!(!repaired.contains(rule), "{rule}: {repaired}");
    }
    for name in ["careless.json", "repaired.json"] {
        let text = fs::read_to_string(folder.path().join("evidence").join(name)).unwrap();
        let evidence = Evidence::from_json(&text).unwrap();
        assert_eq!(evidence.scan().completion, Completion::Complete);
        assert!(evidence.scan().coverage.pages > 20, "{name}");
        assert_eq!(evidence.scan().coverage.failed, 0, "{name}");
    }
    assert!(run(folder.path(), &["explain", "evidence/careless.json"]).1.contains("FAIL"));
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let (code, _, stderr) = run(folder.path(), &["demo", "--out", "file/evidence"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("file/evidence"), "{stderr}");
}
