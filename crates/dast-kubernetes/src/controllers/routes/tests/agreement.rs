//! The audit loop says of a route what the gate says of it to whoever asks without a cluster.

use proptest::prelude::*;

use super::super::super::samples::settings;
use super::generated::{cases, target, web};
use super::*;
use crate::manifests::Manifests;

/// Takes an object as it is heard of.
fn hear(known: &Known, json: &Value) {
    let json = json.clone();
    let index = known.shared_index();
    let mut index = index.write().unwrap();
    match json["kind"].as_str().unwrap() {
        "Service" => drop(index.apply(facts::service(&object(json)).unwrap())),
        "Ingress" => drop(index.apply(facts::ingress(&object(json)).unwrap())),
        "HTTPRoute" => drop(index.apply(facts::http_route(&object(json)).unwrap())),
        "GRPCRoute" => drop(index.apply(facts::grpc_route(&object(json)).unwrap())),
        "ScanTarget" => assert!(known.targets.apply(object(json))),
        "ThresholdPolicy" => assert!(known.policies.apply(object(json))),
        "ClusterThresholdPolicy" => assert!(known.ceilings.apply(object(json))),
        "Exemption" => assert!(known.exemptions.apply(object(json))),
        kind => panic!("{kind} is not heard of"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_audit_loop_says_what_the_gate_says(case in cases()) {
        let service = facts::service(&object(web())).unwrap();
        let target = case.found.map(|found| target(found, &service.hash_of(&service.ports[0])));
        let objects: Vec<Value> = case.objects.into_iter().chain(target).collect();
        let (known, mut manifests) = (known(), Manifests::new("shop"));
        for object in objects.iter().chain(&case.before).chain([&case.after]) {
            hear(&known, object);
            manifests.read(&object.to_string()).unwrap();
        }
        let route = &manifests.routes()[0];
        let installation = settings("");
        let (catalog, rulebook) = (manifests.catalog(), manifests.rulebook(installation.rulebook_defaults()));
        let settings = installation.discovery_settings();
        let gate = Gate { catalog: &catalog, rulebook: &rulebook, settings: &settings };
        let asked = gate.audit(route, Timestamp::now());
        let made = gate.decide(&Change { held_since: None, ..Change::create(route) }, Timestamp::now());

        let (_, told) = judge(&route.name, &known, &installation).unwrap();
        prop_assert_eq!((told.action(), told.verdict(), told.passage()), (asked.action(), asked.verdict(), asked.passage()));
        prop_assert_eq!(told.to_string(), asked.to_string());
        // Whoever made it anew would be told the same, but for the grace of what is exposed already.
        let would_not = matches!(made.action(), Action::Hold | Action::Deny);
        prop_assert!(would_not || !told.is_drift(), "{} but {}", told, made);
    }
}
