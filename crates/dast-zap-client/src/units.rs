//! Lengths of time as ZAP writes them: whole numbers of a unit.

#![allow(non_camel_case_types, reason = "named as they are written where endpoints are declared")]

use std::time::Duration;

use serde::Deserializer;
use serde::de::Error as _;

use crate::parameter::Value;
use crate::wire::Wire;

macro_rules! unit {
    ($($(#[$meta:meta])* $name:ident: $millis:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(u64);

        /// Rounds up, so that a short time does not become 0, which ZAP takes for "no limit".
        impl From<Duration> for $name {
            fn from(time: Duration) -> Self {
                let whole = time.as_millis().div_ceil($millis);
                // ZAP reads these as `int`.
                Self(u64::try_from(whole).map_or(i32::MAX as u64, |whole| whole.min(i32::MAX as u64)))
            }
        }

        impl From<$name> for Duration {
            fn from($name(count): $name) -> Self {
                Duration::from_millis(count.saturating_mul($millis))
            }
        }

        impl Value for $name {
            fn text(&self) -> String {
                self.0.to_string()
            }
        }

        impl Wire for $name {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let count = i64::read(deserializer)?;
                u64::try_from(count).map(Self).map_err(|_| {
                    D::Error::custom(format_args!("`{count}` is no length of time"))
                })
            }
        }
    )*};
}

unit! {
    /// Thousandths of a second.
    milliseconds: 1;
    /// Seconds.
    seconds: 1_000;
    /// Minutes.
    minutes: 60_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_time_does_not_become_none() {
        assert_eq!(minutes::from(Duration::from_secs(1)).text(), "1");
        assert_eq!(minutes::from(Duration::from_secs(61)).text(), "2");
        assert_eq!(seconds::from(Duration::ZERO).text(), "0");
        assert_eq!(milliseconds::from(Duration::MAX).text(), "2147483647");
    }
}
