//! What the fake knows, and who gets an answer at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::alert::FakeAlert;
use super::answers::{self, Asked, Refusal};
use super::call::FakeCall;
use super::fault::{Fault, Faults};
use super::policy::Policy;
use super::session::Session;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

/// What the fake was told before it started.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) key: String,
    pub(super) version: String,
    pub(super) absent: BTreeSet<String>,
    pub(super) reports_permission_errors: bool,
    pub(super) reports_error_details: bool,
    pub(super) pages: Vec<String>,
    pub(super) browser_pages: Vec<String>,
    pub(super) login_holds_for: Option<u32>,
    pub(super) spider_takes: u32,
    pub(super) active_scan_takes: u32,
    pub(super) browser_takes: u32,
    pub(super) plan_takes: u32,
    pub(super) plan_jobs: Vec<String>,
    pub(super) records_per_look: usize,
    pub(super) alerts: Vec<FakeAlert>,
    pub(super) passive_alerts: Vec<FakeAlert>,
    pub(super) active_alerts: Vec<FakeAlert>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: "a fake key".to_owned(),
            version: "2.17.0".to_owned(),
            absent: BTreeSet::new(),
            reports_permission_errors: false,
            reports_error_details: false,
            pages: Vec::new(),
            browser_pages: Vec::new(),
            login_holds_for: None,
            spider_takes: 2,
            active_scan_takes: 2,
            browser_takes: 2,
            plan_takes: 2,
            plan_jobs: vec!["spider".to_owned()],
            records_per_look: 1,
            alerts: Vec::new(),
            passive_alerts: Vec::new(),
            active_alerts: Vec::new(),
        }
    }
}

/// All that the fake knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) session: Session,
    pub(super) mode: String,
    /// Options that were set, by component and name.
    pub(super) options: BTreeMap<String, String>,
    /// Rules of the replacer.
    pub(super) replacements: Vec<Json>,
    pub(super) policies: Vec<Policy>,
    /// Thresholds of passive rules that were set.
    pub(super) thresholds: BTreeMap<u32, String>,
    /// Rules that limit the rate of requests.
    pub(super) rate_limits: Vec<Json>,
    /// Names of files that were uploaded.
    pub(super) files: BTreeSet<String>,
    pub(super) faults: Faults,
    pub(super) answers: BTreeMap<String, Json>,
    pub(super) calls: Vec<FakeCall>,
}

/// What goes back to the caller.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// Nothing: the connection is closed.
    Closed,
    /// Nothing, ever.
    Never,
    /// An answer.
    Answer { status: u16, content_type: &'static str, body: Vec<u8>, delivery: Delivery },
}

/// How the body travels.
#[derive(Debug, PartialEq)]
pub(super) enum Delivery {
    Whole,
    Unannounced,
    ByteByByte(Duration),
    BrokenOff,
}

const JSON: &str = "application/json;charset=utf-8";
const TEXT: &str = "text/plain; charset=UTF-8";

impl Reply {
    fn json(status: u16, body: &Json) -> Self {
        Self::sent(status, JSON, body.to_string().into_bytes(), Delivery::Whole)
    }

    fn text(status: u16, body: &str) -> Self {
        Self::sent(status, TEXT, body.as_bytes().to_vec(), Delivery::Whole)
    }

    fn sent(status: u16, content_type: &'static str, body: Vec<u8>, delivery: Delivery) -> Self {
        Self::Answer { status, content_type, body, delivery }
    }
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let mut session = Session::default();
        for alert in &settings.alerts {
            let message = session.history.skip();
            session.raise(alert.clone(), message);
        }
        Self {
            settings,
            session,
            mode: "standard".to_owned(),
            options: BTreeMap::new(),
            replacements: Vec::new(),
            policies: vec![Policy::new("Default Policy")],
            thresholds: BTreeMap::new(),
            rate_limits: Vec::new(),
            files: BTreeSet::new(),
            faults: Faults::default(),
            answers: BTreeMap::new(),
            calls: Vec::new(),
        }
    }

    /// Answers a call, well or badly, and remembers it.
    pub(super) fn answer(&mut self, call: FakeCall) -> Reply {
        self.calls.push(call.clone());
        match self.faults.next(&call.endpoint()) {
            None => self.truly(&call),
            Some(fault) => self.badly(fault, &call),
        }
    }

    fn truly(&mut self, call: &FakeCall) -> Reply {
        // To any other name ZAP takes a request for one to be passed on.
        let host = call.header("host").unwrap_or_default();
        if host.split(':').next() != Some("zap") {
            return Reply::text(502, "ZAP Error [java.net.ConnectException]: Connection refused");
        }
        let [format, component, kind, name] = call.segments();
        let kind = [Kind::View, Kind::Action, Kind::Other].into_iter().find(|known| known.as_str() == kind);
        if !["JSON", "OTHER"].contains(&format) {
            return Reply::text(400, "Bad Format");
        }
        let Some(kind) = kind else { return self.refuse(Kind::View, &Refusal::new(ErrorCode::BadType)) };
        let key = call.header("x-zap-api-key").or_else(|| call.parameter("apikey"));
        if key != Some(self.settings.key.as_str()) {
            if !self.settings.reports_permission_errors {
                return Reply::Closed;
            }
            return self.refuse(kind, &Refusal::new(ErrorCode::BadApiKey));
        }
        let form = call.header("content-type") == Some("application/x-www-form-urlencoded");
        if call.method() == "POST" && !form {
            return self.refuse(kind, &Refusal::new(ErrorCode::ContentTypeNotSupported));
        }
        if self.settings.absent.contains(component) {
            return self.refuse(kind, &Refusal::new(ErrorCode::NoImplementor));
        }
        if let Some(answer) = self.answers.get(&call.endpoint()) {
            return Reply::json(200, answer);
        }
        match answers::answer(self, component, &Asked { call, kind, name }) {
            Ok(answer) => Reply::json(200, &answer),
            // A parameter is missed before the component is asked.
            Err(refusal)
                if kind == Kind::Other
                    && component == "core"
                    && refusal.code != ErrorCode::MissingParameter =>
            {
                Reply::json(200, &self.error(&refusal))
            }
            Err(refusal) => self.refuse(kind, &refusal),
        }
    }

    /// Endpoints of kind `other` do not say what is wrong.
    fn refuse(&self, kind: Kind, refusal: &Refusal) -> Reply {
        let status = if refusal.code == ErrorCode::InternalError { 500 } else { 400 };
        match kind {
            Kind::Other => Reply::sent(status, JSON, Vec::new(), Delivery::Whole),
            Kind::View | Kind::Action => Reply::json(status, &self.error(refusal)),
        }
    }

    fn error(&self, refusal: &Refusal) -> Json {
        let (code, message) = (refusal.code.as_str(), refusal.message());
        match refusal.detail.as_ref().filter(|_| self.settings.reports_error_details) {
            Some(detail) => json!({ "code": code, "message": message, "detail": detail }),
            None => json!({ "code": code, "message": message }),
        }
    }

    fn badly(&mut self, fault: Fault, call: &FakeCall) -> Reply {
        let padded = |length: usize| {
            let mut body = br#"{"version":"2.17.0"}"#.to_vec();
            body.resize(length.max(body.len()), b' ');
            body
        };
        match fault {
            Fault::Drop => Reply::Closed,
            Fault::Stall => Reply::Never,
            Fault::Status(status, body) => Reply::text(status, &body),
            Fault::Html => {
                let page = b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>";
                Reply::sent(200, "text/html", page.to_vec(), Delivery::Whole)
            }
            Fault::Body(body) => Reply::sent(200, JSON, body, Delivery::Whole),
            Fault::ApiError(code) => self.refuse(Kind::View, &Refusal::new(code)),
            Fault::ApiErrorOk(code) => Reply::json(200, &self.error(&Refusal::new(code))),
            Fault::Oversized(length) => Reply::sent(200, JSON, padded(length), Delivery::Whole),
            Fault::OversizedUnannounced(length) => {
                Reply::sent(200, JSON, padded(length), Delivery::Unannounced)
            }
            Fault::Truncated => self.changed(call, |body| {
                body.truncate(body.len() / 2);
                Delivery::Whole
            }),
            Fault::BrokenOff => self.changed(call, |_| Delivery::BrokenOff),
            Fault::Slow(delay) => self.changed(call, |_| Delivery::ByteByByte(delay)),
        }
    }

    /// The true answer, sent otherwise.
    fn changed(&mut self, call: &FakeCall, change: impl FnOnce(&mut Vec<u8>) -> Delivery) -> Reply {
        match self.truly(call) {
            Reply::Answer { status, content_type, mut body, .. } => {
                let delivery = change(&mut body);
                Reply::sent(status, content_type, body, delivery)
            }
            other => other,
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
