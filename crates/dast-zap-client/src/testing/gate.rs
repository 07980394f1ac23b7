//! Who gets an answer at all, and how answers go wrong.

use serde_json::{Value as Json, json};

use super::answers;
use super::asked::{Asked, Refusal};
use super::call::FakeCall;
use super::fault::Fault;
use super::reply::{Delivery, JSON, Reply};
use super::state::State;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

impl State {
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
#[path = "gate_tests.rs"]
mod tests;
