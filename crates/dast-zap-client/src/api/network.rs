//! Connections that ZAP makes and takes: proxies, time limits, rate limits, local servers.

use std::time::Duration;

use serde::Deserialize;

use crate::endpoint::endpoints;
use crate::open_enum::open_enum;
use crate::wire::{plain, wire};

endpoints! {
    /// Connections that ZAP makes and takes: proxies, time limits, rate limits, local servers.
    ///
    /// ```no_run
    /// # async fn shown() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use dast_zap_client::{ZapClient, network::GroupBy};
    ///
    /// let zap = ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// zap.network().set_connection_timeout(Duration::from_secs(10)).send().await?;
    /// zap.network().add_rate_limit_rule("shop", true, false, "shop.test", 20, GroupBy::Host).send().await?;
    /// zap.network().set_http_proxy("proxy.test", 3128).username("ann").password("a secret").send().await?;
    /// # Ok(()) }
    /// ```
    pub struct Network("network");

    /// Time for a target to answer.
    view "getConnectionTimeout" connection_timeout() -> Duration as "getConnectionTimeout" in seconds;

    /// Sets the time for a target to answer.
    action "setConnectionTimeout" set_connection_timeout(timeout: Duration as seconds = "timeout");

    /// The `User-Agent` of what ZAP sends.
    view "getDefaultUserAgent" default_user_agent() -> String as "getDefaultUserAgent";

    /// Sets the `User-Agent` of what ZAP sends.
    action "setDefaultUserAgent" set_default_user_agent(user_agent: &str = "userAgent");

    /// The HTTP proxy that targets are reached through, without its password.
    view "getHttpProxy" http_proxy() -> HttpProxy as "getHttpProxy";

    /// Sets the HTTP proxy that targets are reached through; [`Network::set_http_proxy_enabled`] makes it work.
    action "setHttpProxy" set_http_proxy(host: &str = "host", port: u16 = "port") => SetHttpProxy {
        /// The realm of its authentication.
        realm: &str = "realm",
        /// The name for its authentication.
        username: &str = "username",
        /// The password for its authentication.
        password: &str = "password",
    };

    /// Whether targets are reached through the HTTP proxy.
    view "isHttpProxyEnabled" is_http_proxy_enabled() -> bool as "isHttpProxyEnabled";

    /// Says whether targets are reached through the HTTP proxy.
    action "setHttpProxyEnabled" set_http_proxy_enabled(enabled: bool = "enabled");

    /// Whether the HTTP proxy is sent name and password.
    view "isHttpProxyAuthEnabled" is_http_proxy_auth_enabled() -> bool as "isHttpProxyAuthEnabled";

    /// Says whether the HTTP proxy is sent name and password.
    action "setHttpProxyAuthEnabled" set_http_proxy_auth_enabled(enabled: bool = "enabled");

    /// Hosts that are reached without the HTTP proxy.
    view "getHttpProxyExclusions" http_proxy_exclusions() -> Vec<ProxyExclusion> as "getHttpProxyExclusions";

    /// Adds a regular expression of hosts that are reached without the HTTP proxy.
    action "addHttpProxyExclusion" add_http_proxy_exclusion(host: &str = "host") => AddProxyExclusion {
        /// Whether it counts.
        enabled: bool = "enabled",
    };

    /// Removes a regular expression of hosts that are reached without the HTTP proxy.
    action "removeHttpProxyExclusion" remove_http_proxy_exclusion(host: &str = "host");

    /// Rules that slow down what ZAP sends.
    view "getRateLimitRules" rate_limit_rules() -> Vec<RateLimitRule> as "getRateLimitRules";

    /// Adds a rule that slows down what ZAP sends to the hosts that contain `match_string`, or match it if it is a
    /// regular expression. Its description is its name.
    action "addRateLimitRule" add_rate_limit_rule(
        description: &str = "description",
        enabled: bool = "enabled",
        is_regex: bool = "matchRegex",
        match_string: &str = "matchString",
        requests_per_second: u32 = "requestsPerSecond",
        group_by: GroupBy = "groupBy",
    );

    /// Removes a rule that slows down.
    action "removeRateLimitRule" remove_rate_limit_rule(description: &str = "description");

    /// Enables a rule that slows down, or disables it.
    action "setRateLimitRuleEnabled" set_rate_limit_rule_enabled(
        description: &str = "description",
        enabled: bool = "enabled",
    );

    /// Ports that ZAP listens at besides its main one.
    view "getLocalServers" local_servers() -> Vec<LocalServer> as "getLocalServers";

    /// Listens at another port.
    action "addLocalServer" add_local_server(address: &str = "address", port: u16 = "port") => AddLocalServer {
        /// Whether the API is served there.
        api: bool = "api",
        /// Whether it is a proxy.
        proxy: bool = "proxy",
        /// Whether it stands behind a translation of addresses.
        behind_nat: bool = "behindNat",
        /// Whether compressed responses are unpacked.
        decode_response: bool = "decodeResponse",
        /// Whether the header field `Accept-Encoding` is taken out of requests.
        remove_accept_encoding: bool = "removeAcceptEncoding",
    };

    /// Listens at a port no more.
    action "removeLocalServer" remove_local_server(address: &str = "address", port: u16 = "port");

    /// Names that ZAP takes for its own.
    view "getAliases" aliases() -> Vec<Alias> as "getAliases";

    /// Adds a name that ZAP takes for its own.
    action "addAlias" add_alias(name: &str = "name") => AddAlias {
        /// Whether it counts.
        enabled: bool = "enabled",
    };

    /// Removes a name that ZAP takes for its own.
    action "removeAlias" remove_alias(name: &str = "name");

    /// Takes a client certificate from a PKCS#12 file on ZAP's disk, and uses it from then on. `index` is its place
    /// in the file, from 0; ZAP refuses a call without it.
    action "addPkcs12ClientCertificate" add_client_certificate(
        file: &str = "filePath",
        password: &str = "password",
        index: u32 = "index",
    );

    /// Says whether the client certificate is used.
    action "setUseClientCertificate" set_use_client_certificate(used: bool = "use");

    /// The certificate, in PEM, that signs those which ZAP as a proxy shows to clients.
    other "rootCaCert" root_ca_certificate();

    /// Makes a new certificate that signs those which ZAP as a proxy shows to clients.
    action "generateRootCaCert" generate_root_ca_certificate();

    /// Takes the certificate that signs, with its key, from a PEM file on ZAP's disk.
    action "importRootCaCert" import_root_ca_certificate(file: &str = "filePath");
}

open_enum! {
    /// What a rate counts.
    pub enum GroupBy {
        /// Everything that the rule matches, together.
        Rule = "RULE",
        /// Each host by itself.
        Host = "HOST",
    }
}

/// An HTTP proxy. ZAP sends its password too, and it is not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct HttpProxy {
    /// Its host.
    #[serde(deserialize_with = "wire")]
    pub host: String,
    /// Its port.
    #[serde(deserialize_with = "wire")]
    pub port: u16,
    /// The realm of its authentication; empty for none.
    #[serde(deserialize_with = "wire")]
    pub realm: String,
    /// The name for its authentication; empty for none.
    #[serde(deserialize_with = "wire")]
    pub username: String,
}

/// Hosts that are reached without the HTTP proxy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProxyExclusion {
    /// The regular expression of their names.
    #[serde(deserialize_with = "wire")]
    pub host: String,
    /// Whether it counts.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
}

/// A rule that slows down what ZAP sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RateLimitRule {
    /// Its description, by which it is known.
    #[serde(deserialize_with = "wire")]
    pub description: String,
    /// Whether it counts.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
    /// Whether hosts are matched by a regular expression.
    #[serde(rename = "matchRegex", deserialize_with = "wire")]
    pub is_regex: bool,
    /// What hosts contain or match.
    #[serde(deserialize_with = "wire")]
    pub match_string: String,
    /// Requests in a second, at most.
    #[serde(deserialize_with = "wire")]
    pub requests_per_second: u32,
    /// What the rate counts.
    #[serde(deserialize_with = "wire")]
    pub group_by: GroupBy,
}

/// A port that ZAP listens at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LocalServer {
    /// Its address.
    #[serde(deserialize_with = "wire")]
    pub address: String,
    /// Its port.
    #[serde(deserialize_with = "wire")]
    pub port: u16,
    /// Whether the API is served there.
    #[serde(deserialize_with = "wire")]
    pub api: bool,
    /// Whether it is a proxy.
    #[serde(deserialize_with = "wire")]
    pub proxy: bool,
    /// Whether it stands behind a translation of addresses.
    #[serde(deserialize_with = "wire")]
    pub behind_nat: bool,
    /// Whether it listens.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
}

/// A name that ZAP takes for its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Alias {
    /// The name.
    #[serde(deserialize_with = "wire")]
    pub name: String,
    /// Whether it counts.
    #[serde(deserialize_with = "wire")]
    pub enabled: bool,
}

plain!(HttpProxy, ProxyExclusion, RateLimitRule, LocalServer, Alias);
