//! A leaf for another program, in a Secret of its own.

use std::pin::pin;
use std::time::Duration;

use dast_kubernetes::certificates::{Held, Issued, Source, Step, next, next_issued, service_names};
use futures_util::StreamExt;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::timeout;

use crate::api::Api;
use crate::handshake::shake;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const SERVICE: &str = "dast-webhook.dast-system.svc";
const AUTHORITY: &str = "/api/v1/namespaces/dast-system/secrets/dast-certificates";
const SECRETS: &str = "/api/v1/namespaces/dast-system/secrets";
const SECRET: &str = "/api/v1/namespaces/dast-system/secrets/dast-webhook-certificates";

fn begin() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn own_names() -> Vec<String> {
    service_names("dast-system", "dast-operator", "cluster.local")
}

fn names() -> Vec<String> {
    service_names("dast-system", "dast-webhook", "cluster.local")
}

fn made(held: &Held, issued: Option<&Issued>, now: Timestamp) -> Issued {
    match next_issued(held, issued, &names(), now).unwrap() {
        Step::Write(made) => made,
        Step::Keep { until } => panic!("it is kept until {until}"),
    }
}

fn authority(now: Timestamp) -> Held {
    let Step::Write(held) = next(None, &own_names(), now).unwrap() else { panic!() };
    held
}

fn served(authorities: &str, issued: &Issued, now: Timestamp) -> bool {
    shake(authorities, &issued.chain, &issued.key, SERVICE, now).is_ok()
}

#[test]
fn it_has_a_key_of_its_own_and_none_to_sign_with() {
    let held = authority(begin());
    let issued = made(&held, None, begin());
    assert!(served(&held.authorities, &issued, begin()));
    assert!(
        shake(&issued.authorities, &issued.chain, &issued.key, "dast-operator.dast-system.svc", begin())
            .is_err()
    );
    assert_ne!(issued.key, held.key);
    let data = issued.data();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["ca.crt", "tls.crt", "tls.key"]);
    assert!(data.values().all(|part| !held.authority_key.as_bytes().eq(&part.0)));
    assert_eq!(Issued::read(&data), Some(issued.clone()));
    assert!(!format!("{issued:?}").contains("PRIVATE"), "{issued:?}");
}

/// Whoever was told of the authorities an hour ago talks to the webhook, at any time of four years; and whoever reads its
/// Secret finds all of them there.
#[test]
fn it_is_renewed_as_the_authorities_are() {
    let mut held = authority(begin());
    let mut issued = made(&held, None, begin());
    let (mut leaves, mut successions) = (1, 0);
    for hour in 0..4 * 365 * 24 {
        let now = begin() + SignedDuration::from_hours(hour);
        if hour % 24 == 0
            && let Step::Write(written) = next(Some(&held), &own_names(), now).unwrap()
        {
            let is_succession = written.authority_key != held.authority_key;
            successions += i32::from(is_succession);
            held = written;
        }
        // It is looked at a while later.
        if hour % 24 == 1
            && let Step::Write(written) = next_issued(&held, Some(&issued), &names(), now).unwrap()
        {
            assert!(written.chain != issued.chain || written.authorities != issued.authorities);
            leaves += i32::from(written.chain != issued.chain);
            issued = written;
        }
        if hour % 24 == 2 {
            // What has expired is left out.
            assert!(held.authorities.starts_with(&issued.authorities), "{now}");
            assert!(served(&held.authorities, &issued, now), "{now}");
        }
    }
    assert_eq!(successions, 5);
    assert!((24..40).contains(&leaves), "{leaves}");
}

#[test]
fn a_successor_is_handed_out_before_it_signs() {
    let first = authority(begin());
    let later = begin() + DAY * 250;
    let issued = made(&first, None, later);
    let succession = begin() + DAY * 275;
    let Step::Write(second) = next(Some(&first), &own_names(), succession).unwrap() else { panic!() };
    // The leaf stays, and is trusted by whoever knows the predecessor alone.
    let told = made(&second, Some(&issued), succession);
    assert_eq!((&told.chain, &told.key), (&issued.chain, &issued.key));
    assert_eq!(told.authorities, second.authorities);
    let takeover = succession + DAY * 7;
    let keep = next_issued(&second, Some(&told), &names(), succession).unwrap();
    assert_eq!(keep, Step::Keep { until: takeover });
    let taken_over = made(&second, Some(&told), takeover);
    assert!(served(&second.authorities, &taken_over, takeover));
    assert!(!served(&first.authorities, &taken_over, takeover));
}

#[test]
fn what_is_of_another_authority_or_broken_is_made_anew() {
    let (held, other) = (authority(begin()), authority(begin()));
    let issued = made(&held, None, begin());
    let foreign = made(&other, None, begin());
    for broken in [
        foreign.clone(),
        Issued { authorities: held.authorities.clone(), ..foreign.clone() },
        Issued { key: foreign.key.clone(), ..issued.clone() },
        Issued { chain: String::new(), ..issued.clone() },
        Issued { key: "nonsense".to_owned(), ..issued.clone() },
    ] {
        let mended = made(&held, Some(&broken), begin());
        assert!(mended.chain != issued.chain && served(&held.authorities, &mended, begin()));
    }
    // The leaf is whole: only what is told of the authorities is not.
    let less = Issued { authorities: String::new(), ..issued.clone() };
    assert_eq!(made(&held, Some(&less), begin()), issued);
    // It has expired, or is for another Service.
    assert_ne!(made(&held, Some(&issued), begin() + DAY * 91).chain, issued.chain);
    let names = service_names("dast-system", "gate-webhook", "cluster.local");
    assert!(matches!(next_issued(&held, Some(&issued), &names, begin()).unwrap(), Step::Write(_)));
    // Nobody signs with what is no authority, or has expired.
    for (broken, now) in [
        (Held { authority_key: String::new(), ..held.clone() }, begin()),
        (Held { authority_key: other.authority_key.clone(), ..held.clone() }, begin()),
        (held.clone(), begin() + DAY * 366),
    ] {
        let error = next_issued(&broken, Some(&issued), &names, now).unwrap_err();
        assert_eq!(error.category(), "no_authority");
    }
}

fn own(api: &Api) -> Source {
    Source::Own {
        client: api.client(),
        namespace: "dast-system".to_owned(),
        name: "dast-certificates".to_owned(),
        names: own_names(),
    }
}

fn source(api: &Api) -> Source {
    Source::Issued {
        client: api.client(),
        namespace: "dast-system".to_owned(),
        authority: "dast-certificates".to_owned(),
        name: "dast-webhook-certificates".to_owned(),
        names: names(),
    }
}

#[tokio::test]
async fn it_is_written_once_there_is_an_authority() {
    let api = Api::default();
    assert_eq!(source(&api).read(begin()).await.unwrap_err().category(), "no_authority");
    assert_eq!(api.calls(), [format!("GET {AUTHORITY}")]);

    let ours = own(&api).read(begin()).await.unwrap();
    let authority = api.get(AUTHORITY);
    api.calls();
    let made = source(&api).read(begin()).await.unwrap();
    let gets = [format!("GET {AUTHORITY}"), format!("GET {SECRET}")];
    let calls = [&gets[..], &[format!("POST {SECRETS}?&fieldManager=dast-operator")]].concat();
    assert_eq!(api.calls(), calls);
    assert_eq!(made.authorities(), ours.authorities());
    assert_ne!(made.chain(), ours.chain());
    let stored = api.get(SECRET);
    assert_eq!(stored["type"], "kubernetes.io/tls");
    let parts: Vec<_> = stored["data"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(parts, ["ca.crt", "tls.crt", "tls.key"]);
    assert_eq!(api.get(AUTHORITY), authority, "it is read only");

    let later = begin() + DAY;
    let kept = source(&api).read(later).await.unwrap();
    assert_eq!((kept.chain(), kept.until()), (made.chain(), later + SignedDuration::from_mins(10)));
    assert_eq!(api.calls(), gets);

    // Somebody else's is left alone.
    api.change(SECRET, |secret| secret["metadata"]["labels"] = json!({}));
    assert_eq!(source(&api).read(later).await.unwrap_err().category(), "foreign");
    api.meddle(|_, _| Some(StatusCode::FORBIDDEN));
    assert_eq!(source(&api).read(later).await.unwrap_err().category(), "api");
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_there_again() {
    let api = Api::default();
    own(&api).read(Timestamp::now()).await.unwrap();
    let mut watch = pin!(source(&api).watch());
    let first = watch.next().await.unwrap().unwrap();
    api.remove(SECRET);
    let second = timeout(Duration::from_secs(11 * 60), watch.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.authorities(), second.authorities());
    assert_ne!(first.chain(), second.chain());
    assert_eq!(
        api.get(SECRET)["metadata"]["labels"],
        json!({"app.kubernetes.io/managed-by": "dast-operator"})
    );
}
