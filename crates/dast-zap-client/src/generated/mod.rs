//! Endpoints that nobody typed by hand: written by `cargo xtask generated`.

pub mod access_control;
pub mod acsrf;
pub mod breakpoints;
pub mod custom_payloads;
pub mod dev;
pub mod http_sessions;
pub mod oast;
pub mod param_digger;
pub mod params;
pub mod pnh;
pub mod quickstartlaunch;
pub mod retest;
pub mod reveal;
pub mod revisit;
pub mod script;
pub mod wappalyzer;
pub mod websocket;

/// Methods that were generated for handlers that are written by hand, and their requests.
pub mod more {
    pub mod ajax_spider;
    pub mod alert_filter;
    pub mod ascan;
    pub mod autoupdate;
    pub mod client_spider;
    pub mod core;
    pub mod exim;
    pub mod graphql;
    pub mod network;
    pub mod pscan;
    pub mod search;
    pub mod spider;
    pub mod stats;
    pub mod users;
}

use crate::client::ZapClient;
use crate::endpoint::Endpoint;

impl ZapClient {
    /// The component `accessControl`.
    pub fn access_control(&self) -> access_control::AccessControl {
        access_control::AccessControl::new(self.clone())
    }

    /// The component `acsrf`.
    pub fn acsrf(&self) -> acsrf::Acsrf {
        acsrf::Acsrf::new(self.clone())
    }

    /// The component `break`.
    pub fn breakpoints(&self) -> breakpoints::Breakpoints {
        breakpoints::Breakpoints::new(self.clone())
    }

    /// The component `custompayloads`.
    pub fn custom_payloads(&self) -> custom_payloads::CustomPayloads {
        custom_payloads::CustomPayloads::new(self.clone())
    }

    /// The component `dev`.
    pub fn dev(&self) -> dev::Dev {
        dev::Dev::new(self.clone())
    }

    /// The component `httpSessions`.
    pub fn http_sessions(&self) -> http_sessions::HttpSessions {
        http_sessions::HttpSessions::new(self.clone())
    }

    /// The component `oast`.
    pub fn oast(&self) -> oast::Oast {
        oast::Oast::new(self.clone())
    }

    /// The component `paramDigger`.
    pub fn param_digger(&self) -> param_digger::ParamDigger {
        param_digger::ParamDigger::new(self.clone())
    }

    /// The component `params`.
    pub fn params(&self) -> params::Params {
        params::Params::new(self.clone())
    }

    /// The component `pnh`.
    pub fn pnh(&self) -> pnh::Pnh {
        pnh::Pnh::new(self.clone())
    }

    /// The component `quickstartlaunch`.
    pub fn quickstartlaunch(&self) -> quickstartlaunch::Quickstartlaunch {
        quickstartlaunch::Quickstartlaunch::new(self.clone())
    }

    /// The component `retest`.
    pub fn retest(&self) -> retest::Retest {
        retest::Retest::new(self.clone())
    }

    /// The component `reveal`.
    pub fn reveal(&self) -> reveal::Reveal {
        reveal::Reveal::new(self.clone())
    }

    /// The component `revisit`.
    pub fn revisit(&self) -> revisit::Revisit {
        revisit::Revisit::new(self.clone())
    }

    /// The component `script`.
    pub fn script(&self) -> script::Script {
        script::Script::new(self.clone())
    }

    /// The component `wappalyzer`.
    pub fn wappalyzer(&self) -> wappalyzer::Wappalyzer {
        wappalyzer::Wappalyzer::new(self.clone())
    }

    /// The component `websocket`.
    pub fn websocket(&self) -> websocket::Websocket {
        websocket::Websocket::new(self.clone())
    }
}

/// The endpoints that are generated, as facts.
pub fn generated_endpoints() -> impl Iterator<Item = &'static Endpoint> {
    let all = [
        access_control::AccessControl::GENERATED,
        acsrf::Acsrf::GENERATED,
        breakpoints::Breakpoints::GENERATED,
        custom_payloads::CustomPayloads::GENERATED,
        dev::Dev::GENERATED,
        http_sessions::HttpSessions::GENERATED,
        oast::Oast::GENERATED,
        param_digger::ParamDigger::GENERATED,
        params::Params::GENERATED,
        pnh::Pnh::GENERATED,
        quickstartlaunch::Quickstartlaunch::GENERATED,
        retest::Retest::GENERATED,
        reveal::Reveal::GENERATED,
        revisit::Revisit::GENERATED,
        script::Script::GENERATED,
        wappalyzer::Wappalyzer::GENERATED,
        websocket::Websocket::GENERATED,
        crate::api::ajax_spider::AjaxSpider::GENERATED,
        crate::api::alert_filter::AlertFilters::GENERATED,
        crate::api::ascan::ActiveScanner::GENERATED,
        crate::api::autoupdate::Autoupdate::GENERATED,
        crate::api::client_spider::ClientSpider::GENERATED,
        crate::api::core::Core::GENERATED,
        crate::api::exim::Exim::GENERATED,
        crate::api::graphql::GraphQl::GENERATED,
        crate::api::network::Network::GENERATED,
        crate::api::pscan::PassiveScanner::GENERATED,
        crate::api::search::Search::GENERATED,
        crate::api::spider::Spider::GENERATED,
        crate::api::stats::Stats::GENERATED,
        crate::api::users::Users::GENERATED,
    ];
    all.into_iter().flatten()
}
