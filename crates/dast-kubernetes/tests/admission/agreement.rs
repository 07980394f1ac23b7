//! The webhook and `dast_core::admission` give one answer.

use dast_core::admission::{Change, Gate};
use dast_core::discovery::Settings;
use dast_core::rulebook::Defaults;
use dast_kubernetes::manifests::Manifests;
use dast_policy::Action;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::Value;

use super::generated::cases;
use super::world::{PARKED, World, ceiling, grpc_route, http_route, ingress, review, service, target};

#[tokio::test]
async fn a_review_is_answered_as_the_gate_decides() {
    let standings: [&[Value]; 4] = [&[], &[service()], &[service(), target(0)], &[service(), target(3)]];
    let routes = [ingress("shop.example"), ingress("other.example"), http_route("v1"), grpc_route()];
    let mut seen = [0; 5];
    for mode in ["audit", "warn", "enforce", "hold"] {
        for standing in standings {
            for route in &routes {
                for is_update in [false, true] {
                    let before =
                        is_update.then(|| ingress("before.example")).filter(|_| route["kind"] == "Ingress");
                    let objects = [&[ceiling(mode)][..], standing].concat();
                    let action = decided(&objects, before.as_ref(), route);
                    seen[action as usize] += 1;
                    agree(&objects, before.as_ref(), route, action).await;
                }
            }
        }
    }
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_and_whatever_is_written_the_answer_is_the_same(case in cases()) {
        let objects: Vec<Value> = case.objects.into_iter().chain(case.found.map(target)).collect();
        let action = decided(&objects, case.before.as_ref(), &case.after);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(agree(&objects, case.before.as_ref(), &case.after, action));
    }
}

/// The generated cases are worth something: over many of them, all is done that may be done.
#[test]
fn generated_cases_come_to_every_action() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut seen, mut unreadable) = ([0; 5], 0);
    for _ in 0..500 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let objects: Vec<Value> = case.objects.into_iter().chain(case.found.map(target)).collect();
        unreadable += usize::from(objects.iter().any(|object| object.to_string().contains(r#""none""#)));
        seen[decided(&objects, case.before.as_ref(), &case.after) as usize] += 1;
    }
    assert!(seen.iter().all(|times| *times > 10), "{seen:?}");
    assert!((1..100).contains(&unreadable), "{unreadable} have a policy that cannot be read");
}

/// The webhook does about a change what was decided.
async fn agree(objects: &[Value], before: Option<&Value>, after: &Value, action: Action) {
    let world = World::of(objects);
    let response = world.ask("/validate", &review(before, after)).await;
    let lets_in = matches!(action, Action::Admit | Action::Audit | Action::Warn);
    assert_eq!(response["allowed"], lets_in, "{action:?} {response}");
    assert_eq!(response["auditAnnotations"]["action"], action.word());
    assert_eq!(response["warnings"].is_array(), action == Action::Warn);
    let written = world.write(before, after).await;
    let is_parked = written.as_ref().is_ok_and(|it| it["metadata"]["annotations"][PARKED].is_string());
    assert_eq!((written.is_ok(), is_parked), (action != Action::Deny, action == Action::Hold));
}

fn decided(objects: &[Value], before: Option<&Value>, after: &Value) -> Action {
    let read = |objects: &[Value]| {
        let mut manifests = Manifests::new("shop");
        objects.iter().for_each(|object| manifests.read(&object.to_string()).unwrap());
        manifests
    };
    let known = read(objects);
    let (catalog, rulebook) = (known.catalog(), known.rulebook(Defaults::new("dast-system")));
    let settings = Settings::default();
    let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &settings };
    let before = before.map(|before| read(std::slice::from_ref(before)));
    let after = read(std::slice::from_ref(after));
    let before = before.as_ref().map(|before| &before.routes()[0]);
    gate.decide(&Change { before, after: &after.routes()[0], by: "jane", held_since: None }, Timestamp::now())
        .action()
}
