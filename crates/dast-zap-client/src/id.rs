//! Numbers by which ZAP knows its things. Each is a type of its own, since spider 0 and active scan 0 live side by side.

use std::fmt;

use serde::Deserializer;

use crate::parameter::Value;
use crate::wire::Wire;

macro_rules! ids {
    ($($(#[$meta:meta])* $Name:ident($number:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $Name($number);

        impl $Name {
            /// The id of that number.
            pub const fn new(number: $number) -> Self {
                Self(number)
            }

            /// Its number.
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Value for $Name {
            fn text(&self) -> String {
                self.0.to_string()
            }
        }

        impl Wire for $Name {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$number>::read(deserializer).map(Self)
            }
        }
    )*};
}

ids! {
    /// A crawl of the spider. Numbers begin at 0 again in a new session.
    SpiderScanId(u32);
    /// An active scan. Numbers begin at 0 again in a new session.
    ActiveScanId(u32);
    /// A crawl of the client spider. Numbers begin at 0 again in a new session.
    ClientSpiderScanId(u32);
    /// A plan of the automation framework that was started.
    PlanId(u32);
    /// A context.
    ContextId(u32);
    /// A user within a context.
    UserId(u32);
    /// An alert within a session.
    AlertId(u32);
    /// A message, that is a request with its response, in the history of a session.
    MessageId(i32);
    /// A rule, passive or active: ZAP says "plugin id" too. -1 is that of alerts made by hand.
    RuleId(i32);
}
