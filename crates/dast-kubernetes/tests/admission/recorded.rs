//! What a real API server asked (recorded/README.md), and what it is answered.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::world::{PARKED, World, ceiling, patched, service, target};

/// What comes of a request at both doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is let in as it is.
    LetIn,
    /// It is parked, and would be kept out if it were not.
    Parked,
    /// It is kept out.
    KeptOut,
}

use Answer::{KeptOut, LetIn, Parked};

const KINDS: [&str; 4] = ["ingress", "httproute-v1", "httproute-v1beta1", "grpcroute-v1"];
/// By what was done: the answer as long as nothing was scanned, and once the route's first host has passed.
const DEEDS: [(&str, Answer, Answer); 10] = [
    ("dry-run", Parked, LetIn),
    ("create", Parked, LetIn),
    ("generate-name", Parked, LetIn),
    ("server-side-apply-new", Parked, LetIn),
    // To a host that nobody has looked at, of a route that is exposed.
    ("apply", KeptOut, KeptOut),
    ("server-side-apply", KeptOut, KeptOut),
    ("label", LetIn, LetIn),
    ("status", LetIn, LetIn),
    ("delete", LetIn, LetIn),
    ("status-annotation", KeptOut, KeptOut),
];

fn recording(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/admission/recorded");
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

#[tokio::test]
async fn what_api_servers_ask_is_answered() {
    let unproven = World::of(&[ceiling("hold"), service()]);
    let proven = World::of(&[ceiling("hold"), service(), target(0)]);
    for kind in KINDS {
        for (deed, at_first, later) in DEEDS {
            let reviews = recording(&format!("{kind}-{deed}.json"));
            // What a definition defines keeps its annotations, whoever writes its status.
            let kept = kind != "ingress" && deed == "status-annotation";
            for (world, expected) in [(&unproven, at_first), (&proven, later)] {
                let expected = if kept { LetIn } else { expected };
                assert_eq!(answered(world, &reviews).await, expected, "{kind} {deed}");
            }
        }
    }
}

async fn answered(world: &World, reviews: &Value) -> Answer {
    let review = &reviews["mutate"];
    let object = &review["request"]["object"];
    let response = world.ask("/mutate", review).await;
    assert_eq!(response["allowed"], true, "nothing is denied while routes may still change");
    let written = patched(object, &response);
    let is_parked = written["metadata"]["annotations"][PARKED].is_string();
    assert_eq!(is_parked, written != *object);
    let response = world.ask("/validate", &reviews["validate"]).await;
    // Whoever breaks no glass is answered the same there.
    assert_eq!(world.ask("/break-glass", &reviews["validate"]).await, response);
    let is_let_in = response["allowed"].as_bool().unwrap();
    assert!(!(is_parked && is_let_in), "it is parked, and let in as it is: {reviews}");
    match (is_parked, is_let_in) {
        (true, _) => Parked,
        (false, true) => LetIn,
        (false, false) => KeptOut,
    }
}

/// The recordings are of what they say.
#[test]
fn the_recordings_are_those_that_are_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/admission/recorded");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = names.filter(|name| name.ends_with(".json")).collect();
    let looked =
        KINDS.iter().flat_map(|kind| DEEDS.iter().map(move |(deed, ..)| format!("{kind}-{deed}.json")));
    assert_eq!(names, looked.collect());

    let request = |name: &str| recording(name)["validate"]["request"].clone();
    assert_eq!(request("ingress-dry-run.json")["dryRun"], true);
    assert_eq!(request("ingress-create.json")["dryRun"], false);
    assert_eq!(request("httproute-v1beta1-create.json")["kind"]["version"], "v1beta1");
    assert_eq!(request("ingress-delete.json")["operation"], "DELETE");
    assert_eq!(request("ingress-status.json")["subResource"], "status");
    let class = "/object/metadata/annotations/kubernetes.io~1ingress.class";
    assert_eq!(request("ingress-status-annotation.json").pointer(class).unwrap(), "internal");
    assert_eq!(request("httproute-v1-status-annotation.json").pointer(class), None);
    // It has no name yet where it may be changed.
    let reviews = recording("ingress-generate-name.json");
    assert!(reviews["mutate"]["request"]["object"]["metadata"]["generateName"].is_string());
}
