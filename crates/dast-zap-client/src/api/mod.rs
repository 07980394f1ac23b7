//! Handlers: one a component of ZAP.

pub mod ajax_spider;
pub mod alert;
pub mod alert_filter;
pub mod ascan;
pub mod authentication;
pub mod authorization;
pub mod automation;
pub mod autoupdate;
pub mod client_spider;
pub mod context;
pub mod core;
pub mod exim;
pub mod forced_user;
pub mod graphql;
pub mod network;
pub mod openapi;
pub mod postman;
pub mod pscan;
pub mod replacer;
pub mod reports;
pub mod rule_config;
pub mod search;
pub mod session_management;
pub mod soap;
pub mod spider;
pub mod stats;
pub mod users;

use crate::client::ZapClient;
use crate::endpoint::Endpoint;
use crate::raw::Raw;

/// Declares which handlers a client gives out, and with that which endpoints are typed.
macro_rules! handlers {
    ($($(#[$meta:meta])* $function:ident: $Handler:path;)*) => {
        impl ZapClient {
            $(
                $(#[$meta])*
                pub fn $function(&self) -> $Handler {
                    <$Handler>::new(self.clone())
                }
            )*

            /// Any endpoint, by name.
            pub fn raw(&self) -> Raw {
                Raw::new(self.clone())
            }
        }

        /// The endpoints that are typed by hand, as facts.
        pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
            let all: [&[Endpoint]; 27] = [$(<$Handler>::ENDPOINTS),*];
            all.into_iter().flatten()
        }
    };
}

handlers! {
    /// ZAP itself: version, sessions, mode, history, sites, files.
    core: core::Core;
    /// Contexts: which addresses belong together.
    context: context::Context;
    /// Users of a context, with their credentials.
    users: users::Users;
    /// How the users of a context log in.
    authentication: authentication::Authentication;
    /// How sessions of a context are told apart.
    session_management: session_management::SessionManagement;
    /// How an answer says that something is forbidden.
    authorization: authorization::Authorization;
    /// A user that everything is sent as.
    forced_user: forced_user::ForcedUser;
    /// Connections that ZAP makes and takes: proxies, time limits, rate limits, local servers.
    network: network::Network;
    /// Add-ons that are installed.
    autoupdate: autoupdate::Autoupdate;
    /// Counters.
    stats: stats::Stats;
    /// Search in the history.
    search: search::Search;
    /// The spider: it follows links in what servers answer, and runs no scripts.
    spider: spider::Spider;
    /// The active scanner: it attacks.
    ascan: ascan::ActiveScanner;
    /// The passive scanner: it looks at what passes by.
    pscan: pscan::PassiveScanner;
    /// Alerts: what was found.
    alert: alert::Alerts;
    /// Filters that change the risk of alerts.
    alert_filter: alert_filter::AlertFilters;
    /// Settings of rules.
    rule_config: rule_config::RuleConfig;
    /// The AJAX spider, which drives a browser.
    ajax_spider: ajax_spider::AjaxSpider;
    /// The client spider, which drives a browser with an extension in it.
    client_spider: client_spider::ClientSpider;
    /// Import of OpenAPI documents.
    openapi: openapi::OpenApi;
    /// Import of GraphQL schemas.
    graphql: graphql::GraphQl;
    /// Import of WSDL documents.
    soap: soap::Soap;
    /// Import of Postman collections.
    postman: postman::Postman;
    /// Import and export of messages and addresses.
    exim: exim::Exim;
    /// Rules that change what is sent and what arrives.
    replacer: replacer::Replacer;
    /// Plans of the automation framework.
    automation: automation::Automation;
    /// Reports that ZAP writes.
    reports: reports::Reports;
}
