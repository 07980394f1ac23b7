//! What is decided, over the years.

use std::collections::VecDeque;

use dast_kubernetes::certificates::{Held, Step, next, service_names};
use jiff::{SignedDuration, Timestamp};

use crate::handshake::{NAME, shake};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn begin() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn names() -> Vec<String> {
    service_names("dast-system", "dast-operator", "cluster.local")
}

fn made(held: Option<&Held>, now: Timestamp) -> Held {
    match next(held, &names(), now).unwrap() {
        Step::Write(made) => made,
        Step::Keep { until } => panic!("it is kept until {until}"),
    }
}

fn kept(held: &Held, now: Timestamp) -> Timestamp {
    match next(Some(held), &names(), now).unwrap() {
        Step::Keep { until } => until,
        Step::Write(_) => panic!("it is not kept"),
    }
}

fn authorities(held: &Held) -> Vec<String> {
    let parts = held.authorities.split_inclusive("-----END CERTIFICATE-----\n");
    parts.map(str::to_owned).collect()
}

fn served(authorities: &str, held: &Held, now: Timestamp) -> bool {
    shake(authorities, &held.chain, &held.key, NAME, now).is_ok()
}

#[test]
fn a_leaf_is_for_its_names_and_for_no_other() {
    let held = made(None, begin());
    let trusts = |name| shake(&held.authorities, &held.chain, &held.key, name, begin());
    assert_eq!(trusts(NAME), Ok(()));
    assert_eq!(trusts("dast-operator.dast-system.svc.cluster.local"), Ok(()));
    for name in ["dast-operator", "other.dast-system.svc", "dast-operator.shop.svc"] {
        assert!(trusts(name).is_err(), "{name}");
    }
    // A clock that is behind by less than an hour sees it as valid, too.
    assert!(served(&held.authorities, &held, begin() - SignedDuration::from_mins(59)));
    assert_ne!(made(None, begin()), held, "keys are random");
    assert!(!format!("{held:?}").contains("PRIVATE"), "{held:?}");
}

#[test]
fn what_is_held_is_written_as_it_is_read() {
    let held = made(None, begin());
    assert_eq!(Held::read(&held.data()), Some(held.clone()));
    let mut data = held.data();
    data.remove("ca.key");
    assert_eq!(Held::read(&data), None);
}

/// Whoever was told of the authorities up to six days ago talks to the operator, at any time of eight years; and the operator
/// looks only when it is told to.
#[test]
fn nobody_is_ever_left_alone() {
    let mut held = made(None, begin());
    let mut told: VecDeque<(Timestamp, String)> = VecDeque::new();
    let (mut due, mut renewals, mut successions) = (begin(), 0, 0);
    for step in 0..8 * 365 {
        let now = begin() + DAY * step;
        if now >= due {
            loop {
                match next(Some(&held), &names(), now).unwrap() {
                    Step::Keep { until } => {
                        assert!(until > now);
                        due = until;
                        break;
                    }
                    Step::Write(written) => {
                        renewals += 1;
                        successions += i32::from(authorities(&written)[0] != authorities(&held)[0]);
                        held = written;
                    }
                }
            }
        }
        told.push_back((now, held.authorities.clone()));
        while told.front().is_some_and(|(when, _)| now.duration_since(*when) > DAY * 6) {
            told.pop_front();
        }
        let (when, oldest) = told.front().unwrap();
        assert!(served(oldest, &held, now), "{now}: who was told at {when}");
        assert!(authorities(&held).len() <= 2, "{now}");
    }
    // A successor each 275 days, and a leaf each 60 days and two for each successor.
    assert_eq!(successions, 10);
    assert!((48..70).contains(&renewals), "{renewals}");
}

#[test]
fn a_successor_is_trusted_before_it_signs() {
    let first = made(None, begin());
    // The last day of the first's rule.
    let mut held = first.clone();
    let mut now = begin();
    while authorities(&held).len() == 1 {
        now = kept(&held, now);
        held = made(Some(&held), now);
    }
    assert_eq!(now, begin() + DAY * 275);
    assert_eq!(authorities(&held)[1], authorities(&first)[0]);
    assert!(served(&first.authorities, &held, now), "the predecessor still signs");
    assert!(!served(&authorities(&held)[0], &held, now));
    assert_ne!(held.authority_key, first.authority_key);

    let takeover = kept(&held, now);
    assert_eq!(takeover, now + DAY * 7);
    let taken_over = made(Some(&held), takeover);
    assert_eq!(taken_over.authorities, held.authorities, "the predecessor is trusted on");
    assert!(served(&authorities(&held)[0], &taken_over, takeover));
    assert!(!served(&first.authorities, &taken_over, takeover));
    assert_eq!(kept(&taken_over, takeover), takeover + DAY * 60);
}

#[test]
fn who_was_away_too_long_begins_anew() {
    let first = made(None, begin());
    // The leaf has expired, the authority has not.
    let late = begin() + DAY * 100;
    let renewed = made(Some(&first), late);
    assert_eq!(renewed.authorities, first.authorities);
    assert!(served(&first.authorities, &renewed, late));
    // The authority has hardly any time left.
    let later = begin() + DAY * 364;
    let succeeded = made(Some(&first), later);
    assert!(served(&first.authorities, &succeeded, later));
    let until = kept(&succeeded, later);
    assert!(until < begin() + DAY * 365, "before the predecessor ends: {until}");
    assert!(served(&succeeded.authorities, &made(Some(&succeeded), until), until));
    // All of it has expired.
    let latest = begin() + DAY * 400;
    let anew = made(Some(&first), latest);
    assert_eq!(authorities(&anew).len(), 1);
    assert!(served(&anew.authorities, &anew, latest));
}

#[test]
fn what_does_not_fit_together_is_made_anew() {
    let (held, other) = (made(None, begin()), made(None, begin()));
    assert_eq!(kept(&held, begin()), begin() + DAY * 60);
    // The authority is whole: it signs another leaf.
    for broken in [
        Held { chain: String::new(), ..held.clone() },
        Held { key: String::new(), ..held.clone() },
        Held { key: "nonsense".to_owned(), ..held.clone() },
        Held { key: other.key.clone(), ..held.clone() },
        Held { chain: other.chain.clone(), key: other.key.clone(), ..held.clone() },
        Held { chain: held.chain.replace('A', "B"), ..held.clone() },
    ] {
        let mended = made(Some(&broken), begin());
        assert_eq!((&mended.authorities, &mended.authority_key), (&held.authorities, &held.authority_key));
        assert!(served(&held.authorities, &mended, begin()));
    }
    // It is not, or is somebody else's.
    for broken in [
        Held { authorities: String::new(), ..held.clone() },
        Held {
            authorities: "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_owned(),
            ..held.clone()
        },
        Held { authorities: other.authorities.clone(), ..held.clone() },
        Held { authority_key: String::new(), ..held.clone() },
        Held { authority_key: other.authority_key.clone(), ..held.clone() },
    ] {
        let anew = made(Some(&broken), begin());
        assert!(![&held.authorities, &other.authorities].contains(&&anew.authorities));
        assert!(served(&anew.authorities, &anew, begin()));
    }
    // Besides ours there is one that is none.
    let noise = format!("{}-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", held.authorities);
    assert_eq!(kept(&Held { authorities: noise, ..held.clone() }, begin()), begin() + DAY * 60);
}

#[test]
fn other_names_need_another_leaf() {
    let held = made(None, begin());
    let names = service_names("dast-system", "dast-operator", "example.local");
    let Step::Write(renamed) = next(Some(&held), &names, begin()).unwrap() else { panic!() };
    assert_eq!(renamed.authorities, held.authorities);
    let trusts = |name| shake(&held.authorities, &renamed.chain, &renamed.key, name, begin());
    assert!(trusts("dast-operator.dast-system.svc.example.local").is_ok());
    assert!(trusts("dast-operator.dast-system.svc.cluster.local").is_err());
    let error = next(None, &["münchen".to_owned()], begin()).unwrap_err();
    assert_eq!((error.category(), error.to_string().as_str()), ("make", "the certificates cannot be made"));
}
