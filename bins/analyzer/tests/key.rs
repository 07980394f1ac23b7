//! The key of a pod's own ZAP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use support::run;

fn make(folder: &Path) -> (i32, String, String) {
    run(folder, &["key", "--folder", "."])
}

fn files(folder: &Path) -> [String; 2] {
    ["key", "zap.properties"].map(|name| fs::read_to_string(folder.join(name)).unwrap())
}

#[test]
fn a_key_is_made_once_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(make(folder.path()), (0, String::new(), String::new()));
    let made = files(folder.path());
    let [key, properties] = &made;
    assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    assert_eq!(*properties, format!("api.key={key}\n"));
    for name in ["key", "zap.properties"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{name}");
    }
    assert_eq!(make(folder.path()).0, 0);
    assert_eq!(files(folder.path()), made, "an init container that is run again changes nothing");

    fs::remove_file(folder.path().join("zap.properties")).unwrap();
    assert_eq!(make(folder.path()).0, 0);
    assert_eq!(files(folder.path()), made, "what is missing is made for the key that is there");

    let other = tempfile::tempdir().unwrap();
    assert_eq!(make(other.path()).0, 0);
    assert_ne!(files(other.path())[0], *key);
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(make(folder.path()).0, 0);
    let [key, _] = files(folder.path());
    for (name, text, words) in [
        ("zap.properties", "api.key=another\n", "with another key: remove it"),
        ("key", "", "no key: remove it"),
        ("key", &key[1..], "no key: remove it"),
        ("key", "a key of somebody's", "no key: remove it"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        let (code, _, stderr) = make(folder.path());
        assert_eq!(code, 2, "{text}");
        assert!(stderr.contains(words) && !stderr.contains(&key), "{text}: {stderr}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text);
    }
    let (code, _, stderr) = run(folder.path(), &["key", "--folder", "none"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("cannot write `none/key`"), "{stderr}");
}
