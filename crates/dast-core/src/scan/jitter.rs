//! What keeps targets with the same schedule from being scanned in the same moment.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// How far the routine scans of a target are moved: whole seconds from 0 to `most`, evenly spread over names, and
/// always the same for the same name, so that no restart and no second operator comes to another time.
///
/// ```
/// use std::time::Duration;
/// use dast_core::scan::jitter;
///
/// let most = Duration::from_secs(600);
/// let shop = jitter("shop/web:http", most);
/// assert!(shop <= most);
/// assert_eq!(shop, jitter("shop/web:http", most));
/// assert_ne!(shop, jitter("shop/api:http", most));
/// assert_eq!(jitter("shop/web:http", Duration::ZERO), Duration::ZERO);
/// ```
pub fn jitter(name: &str, most: Duration) -> Duration {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(Sha256::digest(name)) {
        *to = from;
    }
    // The hash as a fraction of its range, of one second more than `most`, rounded down.
    let share = (u128::from(u64::from_be_bytes(first)) * (u128::from(most.as_secs()) + 1)) >> 64;
    Duration::from_secs(u64::try_from(share).unwrap_or(most.as_secs()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_bounded_and_always_the_same(name in ".*", most in any::<u64>()) {
            let most = Duration::from_secs(most);
            let moved = jitter(&name, most);
            prop_assert!(moved <= most);
            prop_assert_eq!(moved, jitter(&name, most));
        }
    }

    #[test]
    fn it_is_the_same_in_every_version() {
        // Another number here means that every target of an installation is scanned at another time after an upgrade.
        assert_eq!(jitter("shop/web:http", Duration::from_secs(3600)).as_secs(), 2762);
    }

    #[test]
    fn names_are_spread_over_the_whole_range() {
        let mut tenths = [0_u32; 10];
        for number in 0..10_000 {
            let moved = jitter(&format!("shop/web-{number}:http"), Duration::from_secs(999)).as_secs();
            tenths[usize::try_from(moved / 100).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (800..1200).contains(count)), "{tenths:?}");
    }
}
