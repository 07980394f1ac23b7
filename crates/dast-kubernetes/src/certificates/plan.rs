//! What is to be done about what the Secret holds.

use jiff::{SignedDuration, Timestamp};

use super::authority::Authority;
use super::error::CertificatesError;
use super::held::{Held, Issued};
use super::leaf::Leaf;
use super::pem::Written;

/// So long before the end of an authority its successor is made: time enough for an operator to come back.
const SUCCESSION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// So long a successor is trusted before it signs. A run that is told of its predecessor alone takes a day at most.
const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T = Held> {
    /// Nothing.
    Keep {
        /// When it is time to look again.
        until: Timestamp,
    },
    /// The Secret is to hold this.
    Write(T),
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
    if let Some(renewal) = leaf.and_then(|leaf| renewal(&leaf, &signer, names, now)) {
        return Ok(Step::Keep { until: renewal.min(succession) });
    }
    let leaf = Leaf::make(&signer, names, now)?;
    Ok(Step::Write(written(&signer, &others, &leaf)))
}

/// What is to be done about the Secret of another program, if it holds anything, at a time: it has a leaf that the authority
/// which is held signs, and no key but that of the leaf.
///
/// While a successor is trusted but does not sign yet, what its predecessor signed is kept. The predecessor's key is gone by
/// then, so what is missing is signed by the successor at once.
///
/// ```
/// use dast_kubernetes::certificates::{Step, next, next_issued, service_names};
///
/// let own = service_names("dast-system", "dast-operator", "cluster.local");
/// let names = service_names("dast-system", "dast-webhook", "cluster.local");
/// let now = "2026-06-01T00:00:00Z".parse()?;
/// let Step::Write(held) = next(None, &own, now)? else { panic!() };
/// let Step::Write(made) = next_issued(&held, None, &names, now)? else { panic!() };
/// assert_eq!(made.authorities, held.authorities);
/// let until = "2026-07-31T00:00:00Z".parse()?;
/// assert_eq!(next_issued(&held, Some(&made), &names, now)?, Step::Keep { until });
/// assert!(matches!(next_issued(&held, Some(&made), &names, until)?, Step::Write(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When what is held can sign nothing, or what is due cannot be made.
pub fn next_issued(
    held: &Held,
    issued: Option<&Issued>,
    names: &[String],
    now: Timestamp,
) -> Result<Step<Issued>, CertificatesError> {
    let State { signer, others, .. } = State::read(held, now).ok_or(CertificatesError::NoAuthority)?;
    let authorities = trusted(&signer, &others);
    let leaf = issued.and_then(|issued| {
        let known: Vec<Written> = Written::all(&authorities);
        known_leaf(&known, &issued.chain, &issued.key, now)
    });
    let kept = leaf.and_then(|leaf| Some((renewal(&leaf, &signer, names, now)?, leaf)));
    Ok(match (kept, issued) {
        (Some((until, _)), Some(issued)) if issued.authorities == authorities => Step::Keep { until },
        (Some((_, leaf)), _) => Step::Write(handed_out(authorities, &leaf)),
        (None, _) => Step::Write(handed_out(authorities, &Leaf::make(&signer, names, now)?)),
    })
}

/// When a leaf is renewed, if it may stay until then.
fn renewal(leaf: &Leaf, signer: &Authority, names: &[String], now: Timestamp) -> Option<Timestamp> {
    let is_own = leaf.certificate.is_signed_by(&signer.certificate);
    let takeover = after(signer.certificate.begins, OVERLAP);
    let renewal = if is_own { leaf.renewal() } else { leaf.renewal().min(takeover) };
    (leaf.is_for(names) && now < renewal).then_some(renewal)
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
        let leaf = known_leaf(&authorities, &held.chain, &held.key, now);
        let others = authorities.into_iter().filter(|other| *other != signer.certificate).collect();
        Some(Self { signer, others, leaf })
    }
}

/// The leaf that is written there, if it is whole, has not expired, and is of one of these authorities.
fn known_leaf(authorities: &[Written], chain: &str, key: &str, now: Timestamp) -> Option<Leaf> {
    let is_known = |leaf: &Leaf| authorities.iter().any(|authority| leaf.certificate.is_signed_by(authority));
    Leaf::read(chain, key).filter(|leaf| now < leaf.certificate.ends && is_known(leaf))
}

fn written(signer: &Authority, others: &[Written], leaf: &Leaf) -> Held {
    let Issued { authorities, chain, key } = handed_out(trusted(signer, others), leaf);
    Held { authorities, authority_key: signer.key_pem(), chain, key }
}

fn handed_out(authorities: String, leaf: &Leaf) -> Issued {
    Issued { authorities, chain: leaf.certificate.pem.clone(), key: leaf.key_pem() }
}

/// The certificates of all authorities, that of the signer first.
fn trusted(signer: &Authority, others: &[Written]) -> String {
    let authorities = std::iter::once(&signer.certificate).chain(others);
    authorities.map(|authority| authority.pem.as_str()).collect()
}

fn after(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.saturating_add(span).unwrap_or(Timestamp::MAX)
}

fn before(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.saturating_sub(span).unwrap_or(Timestamp::MIN)
}
