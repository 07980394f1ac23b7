//! `stats`: written by `cargo xtask generated`.

use crate::api::stats::Stats;
use crate::endpoint::endpoints;

endpoints! {
    impl Stats("stats");

    /// The option `InMemoryEnabled`: true or false.
    view "optionInMemoryEnabled" option_in_memory_enabled() -> bool as "InMemoryEnabled";

    /// The option `StatsdEnabled`: true or false.
    view "optionStatsdEnabled" option_statsd_enabled() -> bool as "StatsdEnabled";

    /// The option `StatsdHost`: text.
    view "optionStatsdHost" option_statsd_host() -> String as "StatsdHost";

    /// The option `StatsdPort`: a whole number.
    view "optionStatsdPort" option_statsd_port() -> i32 as "StatsdPort";

    /// The option `StatsdPrefix`: text.
    view "optionStatsdPrefix" option_statsd_prefix() -> String as "StatsdPrefix";

    /// Sets the option `InMemoryEnabled`.
    action "setOptionInMemoryEnabled" set_option_in_memory_enabled(value: bool = "Boolean");

    /// Sets the option `StatsdHost`.
    action "setOptionStatsdHost" set_option_statsd_host(value: &str = "String");

    /// Sets the option `StatsdPort`.
    action "setOptionStatsdPort" set_option_statsd_port(value: i32 = "Integer");

    /// Sets the option `StatsdPrefix`.
    action "setOptionStatsdPrefix" set_option_statsd_prefix(value: &str = "String");
}
