//! Names of runs and of their attempts, which keep the same scan from being started twice.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::scan::{Basis, Trigger};

/// The name of a run, which says by itself what the run is: two programs that see the same state, or one that is
/// killed and begins anew, come to the same name, and the second of them is told that it exists already.
///
/// It is a hash of the target, of all that the scan rests on, of what made it due, and of the name of the run before
/// it, so that a workload that goes back to an older revision gets a run of its own. What can be read of the target's
/// name stands before the hash.
///
/// Both it and the names of attempts are labels of RFC 1123, since the name of a Job becomes the value of a label of its
/// pods and has at most 63 characters for that reason
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/job/>).
///
/// ```
/// use dast_core::scan::{Basis, RunName, Trigger};
/// use dast_policy::Profile;
///
/// let basis = Basis::new(Profile { name: "baseline".into(), hash: "1".into() }, "shop/zap");
/// let first = RunName::new("shop/web:http", &basis, Trigger::FirstScan, None);
/// assert!(first.as_str().starts_with("shop-web-http-"));
/// assert_eq!(first, RunName::new("shop/web:http", &basis, Trigger::FirstScan, None));
///
/// let second = RunName::new("shop/web:http", &basis, Trigger::Interval, Some(first.as_str()));
/// assert_ne!(first, second);
/// assert_eq!(first.attempt(2), format!("{first}-2"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunName(String);

impl RunName {
    /// The longest a run's name can be, in characters. The number of any attempt fits behind it.
    pub const MOST: usize = 52;
    /// 96 bits: nobody finds another target with the same name.
    const HASH_BYTES: usize = 12;

    /// Names the run of a target. `target` has to identify it: with the uid of its object, if one of the same name may
    /// come after it. `previous` is the name of the newest run of the target, if there was one.
    pub fn new(target: &str, basis: &Basis, trigger: Trigger, previous: Option<&str>) -> Self {
        let Basis { revision, profile, scanner, exposures, request } = basis;
        let mut hash = Parts::default();
        hash.text(target);
        hash.text(trigger.as_str());
        hash.option(previous);
        hash.option(revision.as_ref().map(|revision| revision.as_str()));
        hash.text(&profile.name);
        hash.text(&profile.hash);
        hash.text(scanner);
        hash.option(request.as_deref());
        for exposure in exposures {
            hash.text(&exposure.host);
            hash.text(&exposure.path);
        }
        Self(format!("{}-{}", readable(target), hash.hex(Self::HASH_BYTES)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of an attempt, counted from 1: that of its Job.
    pub fn attempt(&self, number: u32) -> String {
        format!("{self}-{number}")
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A hash of a list of texts. Each is preceded by its length, so that no two lists are the same bytes.
#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn option(&mut self, text: Option<&str>) {
        self.0.update([u8::from(text.is_some())]);
        self.text(text.unwrap_or_default());
    }

    fn hex(self, bytes: usize) -> String {
        self.0.finalize().iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What can be said of a text in lower-case ASCII letters, digits and single hyphens, neither first nor last.
fn readable(text: &str) -> String {
    const MOST: usize = RunName::MOST - 1 - 2 * RunName::HASH_BYTES;
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(MOST).collect();
    match cut.trim_end_matches('-') {
        "" => "scan".to_owned(),
        cut => cut.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dast_policy::{Exposure, Profile, Revision};
    use proptest::prelude::*;

    use super::*;

    fn basis() -> Basis {
        Basis::new(Profile { name: "baseline".to_owned(), hash: "1".to_owned() }, "shop/zap")
    }

    fn is_label(name: &str) -> bool {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        name.len() <= 63 && name.chars().all(inner) && ends(name.chars().next()) && ends(name.chars().last())
    }

    #[test]
    fn a_name_never_changes() {
        // Runs that were made by an earlier version have to be known again.
        let name = RunName::new("shop/web:http", &basis(), Trigger::FirstScan, None);
        assert_eq!(name.as_str(), "shop-web-http-ed6139bd44d9116886ee6a95");
    }

    #[test]
    fn whatever_makes_a_scan_another_one_gives_it_another_name() {
        let exposed = |host: &str, path: &str| BTreeSet::from([Exposure::new(host, path)]);
        let plain = basis();
        let bases = [
            plain.clone(),
            Basis { revision: Some(Revision::new("")), ..plain.clone() },
            Basis { revision: Some(Revision::new("a")), ..plain.clone() },
            Basis { profile: Profile { name: "full".to_owned(), hash: "1".to_owned() }, ..plain.clone() },
            Basis { profile: Profile { name: "baseline".to_owned(), hash: "2".to_owned() }, ..plain.clone() },
            Basis { profile: Profile { name: "baseline1".to_owned(), hash: String::new() }, ..plain.clone() },
            Basis { scanner: "shop/other".to_owned(), ..plain.clone() },
            Basis { exposures: exposed("shop.test", "/"), ..plain.clone() },
            Basis { exposures: exposed("shop.test/", ""), ..plain.clone() },
            Basis { request: Some(String::new()), ..plain.clone() },
            Basis { request: Some("again".to_owned()), ..plain },
        ];
        let mut names = BTreeSet::new();
        for basis in &bases {
            for target in ["shop/web:http", "shop-web/http", "shop/web"] {
                for trigger in [Trigger::FirstScan, Trigger::Interval] {
                    for previous in [None, Some(""), Some("web-1"), Some("web-2")] {
                        names.insert(RunName::new(target, basis, trigger, previous));
                    }
                }
            }
        }
        assert_eq!(names.len(), bases.len() * 3 * 2 * 4);
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
            let name = RunName::new(target, &basis(), Trigger::FirstScan, None);
            let hash = name.as_str().strip_prefix(prefix);
            assert!(hash.is_some_and(|hash| hash.len() == 24), "{target}: {name}");
        }
    }

    proptest! {
        #[test]
        fn names_are_labels(target in ".{0,300}", scanner in ".*", number in any::<u32>()) {
            let basis = Basis { scanner, ..basis() };
            let name = RunName::new(&target, &basis, Trigger::NewRevision, Some(&target));
            prop_assert!(name.as_str().len() <= RunName::MOST);
            prop_assert!(is_label(name.as_str()), "{}", name);
            prop_assert!(is_label(&name.attempt(number)), "{}", name.attempt(number));
        }
    }
}
