//! Reviews as nobody would send them: whatever is wrong with one, there is an answer.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::world::{World, ceiling, grpc_route, http_route, ingress, review, service};

const PATHS: [&str; 3] = ["/mutate", "/validate", "/break-glass"];

/// Places of a review, all of which somebody may fill with something else.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, part)| places(part, &format!("{at}/{}", key.replace('/', "~1")), into)),
        Value::Array(parts) => {
            parts.iter().enumerate().for_each(|(index, part)| places(part, &format!("{at}/{index}"), into));
        }
        _ => {}
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null])),
        Just(json!({"name": "web", "port": {"number": 80}})),
        (1..200_usize).prop_map(|depth| (0..depth).fold(Value::Null, |inner, _| json!([inner]))),
    ]
}

/// There is a refusal in a few words, or an answer of its own.
async fn ask(world: &World, path: &str, body: String, expected_uid: &Value) -> Result<(), TestCaseError> {
    let (status, text) = world.post(path, "application/json", body).await;
    prop_assert!(status.is_success() || status.is_client_error(), "{status}: {text}");
    if !status.is_success() {
        prop_assert!(text.len() < 1024 && text.ends_with('\n'), "{text}");
        return Ok(());
    }
    let answer: Value = serde_json::from_str(&text).unwrap();
    let response = &answer["response"];
    if expected_uid.is_string() {
        prop_assert_eq!(&response["uid"], expected_uid);
    }
    prop_assert!(response["allowed"].is_boolean(), "{}", answer);
    Ok(())
}

#[test]
fn every_review_has_an_answer_whatever_is_in_it() {
    let runtime = runtime();
    let world = World::of(&[ceiling("enforce"), service()]);
    let objects = [ingress("shop.example"), http_route("v1"), http_route("v1beta1"), grpc_route()];
    let reviews: Vec<Value> =
        objects.iter().flat_map(|object| [review(None, object), review(Some(object), object)]).collect();
    let chosen = (0..reviews.len(), any::<prop::sample::Index>(), strange(), 0..PATHS.len());
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    runner
        .run(&chosen, |(which, place, value, path)| {
            let mut changed = reviews[which].clone();
            let mut all = Vec::new();
            places(&changed, "", &mut all);
            let place = place.get(&all).clone();
            *changed.pointer_mut(&place).unwrap() = value;
            let uid = changed.pointer("/request/uid").cloned().unwrap_or_default();
            runtime.block_on(ask(&world, PATHS[path], changed.to_string(), &uid))
        })
        .unwrap();
}

#[test]
fn every_text_has_an_answer_however_it_is_cut_and_spoilt() {
    let runtime = runtime();
    let world = World::of(&[ceiling("enforce"), service()]);
    let whole = review(None, &ingress("shop.example")).to_string().into_bytes();
    let spoilt = (any::<prop::sample::Index>(), any::<u8>(), any::<prop::sample::Index>(), 0..PATHS.len());
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    runner
        .run(&spoilt, |(at, byte, end, path)| {
            let mut body = whole.clone();
            let at = at.index(body.len());
            body[at] = byte;
            body.truncate(end.index(whole.len()) + 1);
            let (status, text) = runtime.block_on(world.post(PATHS[path], "application/json", body));
            prop_assert!(status.is_success() || status.is_client_error(), "{status}: {text}");
            Ok(())
        })
        .unwrap();
}

/// What the gate does not know of is not let in by a change of anything that it does not understand.
#[test]
fn no_change_of_one_place_lets_in_what_was_never_scanned() {
    let runtime = runtime();
    let world = World::of(&[ceiling("enforce"), service()]);
    let asked = review(None, &ingress("shop.example"));
    let mut backend = Vec::new();
    // What leads somewhere else is another question, and what deletes or serves nothing exposes nothing.
    places(&asked, "", &mut backend);
    let other = |place: &String| {
        place.contains("/spec/rules/0/host")
            || place.contains("/path")
            || place.contains("/options")
            || place.contains("userInfo")
    };
    let backend: Vec<String> =
        backend.into_iter().filter(other).filter(|place| !place.ends_with("/paths")).collect();
    let chosen = (prop::sample::select(backend), strange());
    let mut runner = TestRunner::new(Config { cases: 1_000, ..Config::default() });
    runner
        .run(&chosen, |(place, value)| {
            let mut changed = asked.clone();
            *changed.pointer_mut(&place).unwrap() = value;
            let (status, text) =
                runtime.block_on(world.post("/validate", "application/json", changed.to_string()));
            if status.is_success() {
                let answer: Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&answer["response"]["allowed"], &json!(false), "{}: {}", place, answer);
            }
            Ok(())
        })
        .unwrap();
}
