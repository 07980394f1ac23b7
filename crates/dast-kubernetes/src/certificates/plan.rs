//! What is to be done about what the Secret holds.

use jiff::{SignedDuration, Timestamp};

use super::authority::Authority;
use super::error::CertificatesError;
use super::held::Held;
use super::leaf::Leaf;
use super::pem::Written;

/// So long before the end of an authority its successor is made: time enough for an operator to come back.
const SUCCESSION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// So long a successor is trusted before it signs. A run that is told of its predecessor alone takes a day at most.
const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Keep {
        /// When it is time to look again.
        until: Timestamp,
    },
    /// The Secret is to hold this.
    Write(Held),
}

/// What is to be done about what the Secret holds, if it holds anything, at a time.
///
/// What does not fit together is made anew, and so is what has expired. What is made anew is random; nothing else is.
///
/// ```
/// use dast_kubernetes::certificates::{Step, next, service_names};
///
/// let names = service_names("dast-system", "dast-operator", "cluster.local");
/// let now = "2026-06-01T00:00:00Z".parse()?;
/// let Step::Write(made) = next(None, &names, now)? else { panic!() };
/// let until = "2026-07-31T00:00:00Z".parse()?;
/// assert_eq!(next(Some(&made), &names, now)?, Step::Keep { until });
/// assert!(matches!(next(Some(&made), &names, until)?, Step::Write(renewed) if renewed.authorities == made.authorities));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When what is due cannot be made.
pub fn next(held: Option<&Held>, names: &[String], now: Timestamp) -> Result<Step, CertificatesError> {
    let Some(state) = held.and_then(|held| State::read(held, now)) else {
        let signer = Authority::make(now)?;
        let leaf = Leaf::make(&signer, names, now)?;
        return Ok(Step::Write(written(&signer, &[], &leaf)));
    };
    let State { signer, others, leaf } = state;
    let succession = before(signer.certificate.ends, SUCCESSION);
    if now >= succession {
        let successor = Authority::make(now)?;
        // Whoever does not know the successor yet is served by the predecessor, which never signs again.
        let leaf = Leaf::make(&signer, names, now)?;
        let others: Vec<Written> = std::iter::once(signer.certificate).chain(others).collect();
        return Ok(Step::Write(written(&successor, &others, &leaf)));
    }
    if let Some(leaf) = leaf.filter(|leaf| leaf.is_for(names)) {
        let is_own = leaf.certificate.is_signed_by(&signer.certificate);
        let takeover = after(signer.certificate.begins, OVERLAP);
        let renewal = if is_own { leaf.renewal() } else { leaf.renewal().min(takeover) };
        if now < renewal {
            return Ok(Step::Keep { until: renewal.min(succession) });
        }
    }
    let leaf = Leaf::make(&signer, names, now)?;
    Ok(Step::Write(written(&signer, &others, &leaf)))
}

/// What the Secret holds, as far as it can be used.
struct State {
    /// The authority whose key there is.
    signer: Authority,
    /// Those that are trusted besides.
    others: Vec<Written>,
    leaf: Option<Leaf>,
}

impl State {
    fn read(held: &Held, now: Timestamp) -> Option<Self> {
        let mut authorities = Written::all(&held.authorities);
        authorities.retain(|authority| now < authority.ends);
        let signer = Authority::read(&authorities, &held.authority_key)?;
        let is_known =
            |leaf: &Leaf| authorities.iter().any(|authority| leaf.certificate.is_signed_by(authority));
        let leaf =
            Leaf::read(&held.chain, &held.key).filter(|leaf| now < leaf.certificate.ends && is_known(leaf));
        let others = authorities.into_iter().filter(|other| *other != signer.certificate).collect();
        Some(Self { signer, others, leaf })
    }
}

fn written(signer: &Authority, others: &[Written], leaf: &Leaf) -> Held {
    let authorities = std::iter::once(&signer.certificate).chain(others);
    Held {
        authorities: authorities.map(|authority| authority.pem.as_str()).collect(),
        authority_key: signer.key_pem(),
        chain: leaf.certificate.pem.clone(),
        key: leaf.key_pem(),
    }
}

fn after(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.saturating_add(span).unwrap_or(Timestamp::MAX)
}

fn before(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.saturating_sub(span).unwrap_or(Timestamp::MIN)
}
