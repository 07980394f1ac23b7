//! `network`: written by `cargo xtask generated`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::network::Network;
use crate::endpoint::endpoints;

endpoints! {
    impl Network("network");

    /// `network/view/getDnsTtlSuccessfulQueries` answers with a whole number under `getDnsTtlSuccessfulQueries`.
    view "getDnsTtlSuccessfulQueries" get_dns_ttl_successful_queries() -> i32 as "getDnsTtlSuccessfulQueries";

    /// `network/view/getPassThroughs` answers with JSON under `getPassThroughs`.
    view "getPassThroughs" get_pass_throughs() -> Value as "getPassThroughs";

    /// `network/view/getRootCaCertValidity` answers with a whole number under `getRootCaCertValidity`.
    view "getRootCaCertValidity" get_root_ca_cert_validity() -> i32 as "getRootCaCertValidity";

    /// `network/view/getServerCertValidity` answers with a whole number under `getServerCertValidity`.
    view "getServerCertValidity" get_server_cert_validity() -> i32 as "getServerCertValidity";

    /// `network/view/getSocksProxy` answers with a table under `getSocksProxy`.
    view "getSocksProxy" get_socks_proxy() -> BTreeMap<String, String> as "getSocksProxy";

    /// `network/view/isSocksProxyEnabled` answers with true or false under `isSocksProxyEnabled`.
    view "isSocksProxyEnabled" is_socks_proxy_enabled() -> bool as "isSocksProxyEnabled";

    /// `network/view/isUseGlobalHttpState` answers with true or false under `isUseGlobalHttpState`.
    view "isUseGlobalHttpState" is_use_global_http_state() -> bool as "isUseGlobalHttpState";

    /// `network/action/addPassThrough` answers with `OK`.
    action "addPassThrough" add_pass_through(authority: &str = "authority") => AddPassThroughRequest {
        /// Sends `enabled`.
        enabled: bool = "enabled",
    };

    /// `network/action/removePassThrough` answers with `OK`.
    action "removePassThrough" remove_pass_through(authority: &str = "authority");

    /// `network/action/setAliasEnabled` answers with `OK`.
    action "setAliasEnabled" set_alias_enabled(name: &str = "name", enabled: bool = "enabled");

    /// `network/action/setDnsTtlSuccessfulQueries` answers with `OK`.
    action "setDnsTtlSuccessfulQueries" set_dns_ttl_successful_queries(ttl: i32 = "ttl");

    /// `network/action/setHttpProxyExclusionEnabled` answers with `OK`.
    action "setHttpProxyExclusionEnabled" set_http_proxy_exclusion_enabled(
        host: &str = "host",
        enabled: bool = "enabled",
    );

    /// `network/action/setPassThroughEnabled` answers with `OK`.
    action "setPassThroughEnabled" set_pass_through_enabled(
        authority: &str = "authority",
        enabled: bool = "enabled",
    );

    /// `network/action/setRootCaCertValidity` answers with `OK`.
    action "setRootCaCertValidity" set_root_ca_cert_validity(validity: u32 = "validity");

    /// `network/action/setServerCertValidity` answers with `OK`.
    action "setServerCertValidity" set_server_cert_validity(validity: u32 = "validity");

    /// `network/action/setSocksProxy` answers with `OK`.
    action "setSocksProxy" set_socks_proxy(host: &str = "host", port: u16 = "port") => SetSocksProxyRequest {
        /// Sends `version`.
        version: u8 = "version",
        /// Sends `useDns`.
        use_dns: bool = "useDns",
        /// Sends `username`.
        username: &str = "username",
        /// Sends `password`.
        password: &str = "password",
    };

    /// `network/action/setSocksProxyEnabled` answers with `OK`.
    action "setSocksProxyEnabled" set_socks_proxy_enabled(enabled: bool = "enabled");

    /// `network/action/setUseGlobalHttpState` answers with `OK`.
    action "setUseGlobalHttpState" set_use_global_http_state(enabled: bool = "use");

    /// `network/other/proxy.pac` answers with bytes.
    other "proxy.pac" proxy_pac();

    /// `network/other/setProxy` answers with bytes.
    other "setProxy" set_proxy(proxy: &str = "proxy");
}
