//! How a call can go wrong.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::error::ErrorCode;

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed without a byte, as ZAP does when it does not permit a call.
    Drop,
    /// A status with a body of plain text, as a proxy would answer.
    Status(u16, String),
    /// A page of HTML with status 200.
    Html,
    /// The reply ends in the middle of its JSON, and pretends to be whole.
    Truncated,
    /// The connection breaks in the middle of the reply.
    BrokenOff,
    /// The reply comes a byte at a time, with that delay before each.
    Slow(Duration),
    /// No answer ever comes.
    Stall,
    /// These bytes, as JSON with status 200.
    Body(Vec<u8>),
    /// An error of ZAP's with its usual status.
    ApiError(ErrorCode),
    /// An error of ZAP's with status 200.
    ApiErrorOk(ErrorCode),
    /// A reply of that many bytes, announced.
    Oversized(usize),
    /// A reply of that many bytes, not announced.
    OversizedUnannounced(usize),
}

/// What goes wrong where.
#[derive(Debug, Default)]
pub(super) struct Faults {
    once: BTreeMap<String, VecDeque<Fault>>,
    always: BTreeMap<String, Fault>,
}

impl Faults {
    pub(super) fn once(&mut self, endpoint: &str, fault: Fault) {
        self.once.entry(endpoint.to_owned()).or_default().push_back(fault);
    }

    pub(super) fn always(&mut self, endpoint: &str, fault: Fault) {
        self.always.insert(endpoint.to_owned(), fault);
    }

    pub(super) fn heal(&mut self, endpoint: &str) {
        self.once.remove(endpoint);
        self.always.remove(endpoint);
    }

    /// What goes wrong with this call, if anything does.
    pub(super) fn next(&mut self, endpoint: &str) -> Option<Fault> {
        let once = self.once.get_mut(endpoint).and_then(VecDeque::pop_front);
        once.or_else(|| self.always.get(endpoint).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_once_comes_before_what_happens_always() {
        let mut faults = Faults::default();
        faults.always("a", Fault::Html);
        faults.once("a", Fault::Drop);
        assert_eq!(faults.next("b"), None);
        assert_eq!(faults.next("a"), Some(Fault::Drop));
        assert_eq!(faults.next("a"), Some(Fault::Html));
        assert_eq!(faults.next("a"), Some(Fault::Html));
        faults.heal("a");
        assert_eq!(faults.next("a"), None);
    }
}
