//! Labels and annotations of our objects.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Labels or annotations.
pub(crate) type Labels = BTreeMap<String, String>;

/// Who made an object.
pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "dast-operator");

/// Which program a pod runs.
pub(crate) const NAME: &str = "app.kubernetes.io/name";

/// Puts labels together.
pub(crate) fn labels<const N: usize>(all: [(&str, &str); N]) -> Labels {
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A name as the value of a label. Of a longer one there is the beginning, and a hash of all of it.
pub(crate) fn value(name: &str) -> String {
    const MOST: usize = 63;
    if name.len() <= MOST {
        return name.to_owned();
    }
    let hash: String = Sha256::digest(name).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let beginning: String = name.chars().take(MOST - 1 - hash.len()).collect();
    format!("{}-{hash}", beginning.trim_end_matches(['-', '.']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_fit_and_differ(name in "[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?", other in "[a-z]{100}") {
            let short = value(&name);
            prop_assert!((1..=63).contains(&short.len()));
            let is_end = |c: char| c.is_ascii_alphanumeric();
            prop_assert!(short.starts_with(is_end) && short.ends_with(is_end), "{}", short);
            prop_assert_eq!(short == value(&other), name == other);
        }
    }
}
