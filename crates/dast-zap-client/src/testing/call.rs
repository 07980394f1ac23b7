//! A call as it arrived.

use std::fmt;

/// A call as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct FakeCall {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) parameters: Vec<(String, String)>,
}

impl FakeCall {
    /// Takes a request apart. A form replaces what stands in the address, as it does in ZAP.
    pub(super) fn new(method: &str, target: &str, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let encoded = if method == "POST" { body } else { query.as_bytes() };
        let parameters = url::form_urlencoded::parse(encoded).into_owned().collect();
        Self { method: method.to_owned(), target: target.to_owned(), headers, parameters }
    }

    /// What was called, such as `spider/action/scan`.
    pub fn endpoint(&self) -> String {
        let [_, component, kind, name] = self.segments();
        format!("{component}/{kind}/{name}")
    }

    /// The method of HTTP, such as `GET`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Path and query, as they stood in the request.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All parameters, decoded, in their order.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The value of a parameter, decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Format, component, kind and name, empty where they are missing.
    pub(super) fn segments(&self) -> [&str; 4] {
        let path = self.target.split('?').next().unwrap_or_default();
        let mut parts = path.trim_start_matches('/').split('/');
        [(); 4].map(|()| parts.next().unwrap_or_default())
    }
}

/// Headers are left out: the key is among them.
impl fmt::Debug for FakeCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FakeCall");
        shown.field("method", &self.method).field("target", &self.target);
        shown.field("parameters", &self.parameters).finish_non_exhaustive()
    }
}
