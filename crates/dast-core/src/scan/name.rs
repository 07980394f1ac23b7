//! Names of runs and of their Jobs, which keep the same scan from being started twice.

use sha2::{Digest, Sha256};

/// The longest name of a run, in characters. The number of any attempt fits behind it.
const MOST: usize = 52;
/// 96 bits: nobody finds another target with the same name.
const HASH_BYTES: usize = 12;

/// The name of the run of a target that comes after `previous`, its newest run, if there was one.
///
/// A run has one successor: two programs that see the same newest run come to the same name, however old what else they
/// know, and so does one that was killed and begins anew. The API server takes one of them and tells the other that it
/// exists. Whoever is told so looks at the run that is there, since it may rest on something else than it wanted.
///
/// `target` has to identify the target in the cluster: with its namespace, and with the uid of its object if one of the
/// same name may come after it. What can be read of it stands before the hash.
///
/// ```
/// use dast_core::scan::run_name;
///
/// let first = run_name("shop/web:http", None);
/// assert!(first.starts_with("shop-web-http-"));
/// assert_eq!(first, run_name("shop/web:http", None));
/// assert_ne!(first, run_name("shop/web:http", Some(&first)));
/// ```
pub fn run_name(target: &str, previous: Option<&str>) -> String {
    let previous: &[&str] = previous.as_slice();
    format!("{}-{}", readable(target), hash(&[&["run", target], previous].concat()))
}

/// The name of the Job of an attempt, counted from 1. `run` has to identify the run in the cluster, so it is the uid of
/// its object: Jobs of all namespaces stand in one, people name the runs that they make themselves, and a run that was
/// deleted may come again under its name.
///
/// It is a label of RFC 1123 of at most 63 characters, because it becomes the value of a label of the Job's pods
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/job/>).
///
/// ```
/// use dast_core::scan::job_name;
///
/// let second = job_name("shop/web:http", "0b1f3f7e-6d7c-4a55-9c3b-0d8f5a5b7d10", 2);
/// assert!(second.starts_with("shop-web-http-") && second.ends_with("-2"));
/// ```
pub fn job_name(target: &str, run: &str, attempt: u32) -> String {
    format!("{}-{}-{attempt}", readable(target), hash(&["job", target, run]))
}

/// A hash of a list of texts, in lower-case hex. Each is preceded by its length, so that no two lists are the same bytes.
fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// What can be said of a text in lower-case ASCII letters, digits and single hyphens, neither first nor last.
fn readable(text: &str) -> String {
    const ROOM: usize = MOST - 1 - 2 * HASH_BYTES;
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(ROOM).collect();
    match cut.trim_end_matches('-') {
        "" => "scan".to_owned(),
        cut => cut.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn is_label(name: &str) -> bool {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty()
            && name.len() <= 63
            && name.chars().all(inner)
            && !name.starts_with('-')
            && !name.ends_with('-')
    }

    #[test]
    fn a_name_never_changes() {
        // What an earlier version made has to be known again.
        assert_eq!(run_name("shop/web:http", None), "shop-web-http-963a68501eeb0f76fc00bb53");
        assert_eq!(run_name("shop/web:http", Some("a")), "shop-web-http-2fb7897059c3c1c9e20358e2");
        assert_eq!(job_name("shop/web:http", "a", 1), "shop-web-http-0a286fccf5d7be426a9de583-1");
    }

    #[test]
    fn other_things_have_other_names() {
        let mut names = BTreeSet::new();
        for target in ["shop/web:http", "shop-web/http", "shop/web", "job", "run"] {
            names.extend(
                [None, Some(""), Some("a"), Some("b"), Some(target)].map(|last| run_name(target, last)),
            );
            names.extend(["", "a", "b"].map(|run| job_name(target, run, 1)));
            names.insert(job_name(target, "a", 2));
        }
        assert_eq!(names.len(), 5 * 9);
    }

    #[test]
    fn the_target_can_be_read() {
        for (target, prefix) in [
            ("shop/web:http", "shop-web-http-"),
            ("Shop//Web__HTTP:", "shop-web-http-"),
            ("https://shop.example:8443/a?b", "https-shop-example-8443-a-b-"),
            ("a-namespace-of-26-character/web", "a-namespace-of-26-character-"),
            ("a-namespace-of-26-characte/web", "a-namespace-of-26-characte-"),
            ("", "scan-"),
            ("日本", "scan-"),
            ("---", "scan-"),
        ] {
            let name = run_name(target, None);
            let hash = name.strip_prefix(prefix);
            assert!(hash.is_some_and(|hash| hash.len() == 24), "{target}: {name}");
        }
    }

    proptest! {
        #[test]
        fn names_are_labels(target in ".{0,300}", run in ".*", attempt in any::<u32>()) {
            let name = run_name(&target, Some(&run));
            prop_assert!(is_label(&name) && name.len() <= MOST, "{}", name);
            let job = job_name(&target, &run, attempt);
            prop_assert!(is_label(&job), "{}", job);
        }
    }
}
