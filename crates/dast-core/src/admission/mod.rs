//! Whether a route may expose what it leads to.
//!
//! [`Gate::decide`] is the whole decision, pure: what changes, what is known of Services and targets (a [`Catalog`], never
//! pods), which policies stand where (a [`Rulebook`](crate::rulebook::Rulebook)), and the time. Whoever asks, a webhook, an
//! audit or the command line, gets the same [`Decision`] for the same question.
//!
//! ```text
//!   Change { before, after, by, held_since }
//!      |
//!      |  nothing that it exposes is new, nobody gates it, or its author is exempted  ->  Passage
//!      v
//!   for every backend of every rule and annotation:
//!      what is known of it (Catalog)  +  the layers of both namespaces and of the route  ->  dast_policy::evaluate
//!      |
//!      v
//!   the strictest action of all  ->  Decision
//! ```
//!
//! Three rules keep it honest:
//!
//! - **Exposure is judged, not text.** An update that exposes nothing besides what it exposed before is let in, so that what
//!   is bad can always be taken away ([`is_within`]). Any other is judged as a whole.
//! - **Nothing is assumed.** A backend that does not exist, has no such port, or is no Service has no evidence, and no
//!   evidence is never a pass. A policy that cannot be read, or an annotation that does not parse, denies.
//! - **What was exposed stays so.** Only a new route is ever held; an unproven change of one that is exposed is denied.

mod catalog;
mod decide;
mod decision;
mod exposed;
mod known;
mod message;
mod scanned;

pub use catalog::Catalog;
pub use decide::{Change, Gate};
pub use decision::{BackendDecision, Decision, Passage};
pub use exposed::is_within;
pub use scanned::ScannedTarget;
