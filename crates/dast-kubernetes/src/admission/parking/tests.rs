use proptest::prelude::*;

use super::*;

const KINDS: [RouteKind; 3] = [RouteKind::Ingress, RouteKind::HttpRoute, RouteKind::GrpcRoute];

const SINCE: Timestamp = Timestamp::UNIX_EPOCH;

fn ingress(class: Option<&str>, annotation: Option<&str>, others: bool) -> Value {
    let mut object = json!({"metadata": {"name": "front"}, "spec": {"rules": [{"host": "a.test"}]}});
    if let Some(class) = class {
        object["spec"]["ingressClassName"] = json!(class);
    }
    if let Some(class) = annotation {
        object["metadata"]["annotations"] = json!({CLASS: class});
    }
    if others {
        object["metadata"]["annotations"]["example.com/a"] = json!("b");
    }
    object
}

fn route(parents: &[&str]) -> Value {
    let parents: Vec<Value> = parents.iter().map(|name| json!({"name": name})).collect();
    json!({"metadata": {"name": "front"}, "spec": {"hostnames": ["a.test"], "parentRefs": parents}})
}

/// A parked object after its patch, as an API server stores it: without a map of no annotations.
fn merged(kind: RouteKind, parked: &Value) -> Value {
    let mut object = parked.clone();
    json_patch::merge(&mut object, &release_patch(kind, parked).unwrap());
    let _ = annotate(&mut object, PARKED_ANNOTATION, None);
    object["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    object
}

proptest! {
    #[test]
    fn what_is_released_is_what_was_parked(
        class in proptest::option::of("[a-z]{1,8}"),
        annotation in proptest::option::of("\\PC{0,8}"),
        others: bool,
        parents in proptest::collection::vec("[a-z]{1,8}", 1..3),
    ) {
        let ingress = ingress(class.as_deref(), annotation.as_deref(), others);
        let parked = park(RouteKind::Ingress, ingress.clone(), SINCE);
        prop_assert!(is_served_by_nothing(RouteKind::Ingress, &parked));
        prop_assert_eq!(merged(RouteKind::Ingress, &parked), ingress.clone());
        prop_assert_eq!(release(RouteKind::Ingress, parked).unwrap(), ingress);
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        for kind in [RouteKind::HttpRoute, RouteKind::GrpcRoute] {
            let parked = park(kind, route(&parents), SINCE);
            prop_assert!(is_served_by_nothing(kind, &parked));
            prop_assert_eq!(merged(kind, &parked), route(&parents));
            prop_assert_eq!(release(kind, parked).unwrap(), route(&parents));
        }
    }
}

/// An experimental field of the Gateway API, by which a route without parents is served all the same.
#[test]
fn default_gateways_serve_a_route_too() {
    let mut asked = route(&["public"]);
    asked["spec"]["useDefaultGateways"] = json!("All");
    let parked = park(RouteKind::HttpRoute, asked.clone(), SINCE);
    assert!(is_served_by_nothing(RouteKind::HttpRoute, &parked));
    assert_eq!(merged(RouteKind::HttpRoute, &parked), asked);
    let mut back = parked.clone();
    back["spec"]["useDefaultGateways"] = json!("All");
    assert!(!is_served_by_nothing(RouteKind::HttpRoute, &back));
    back["spec"]["useDefaultGateways"] = json!("None");
    assert!(is_served_by_nothing(RouteKind::HttpRoute, &back));
}

#[test]
fn memory_that_a_client_writes_is_overwritten() {
    let forged = r#"{"ingressClassName":"public"}"#;
    let mut claimed = ingress(Some(PARKED_CLASS), None, false);
    annotate(&mut claimed, PARKED_ANNOTATION, Some(forged.to_owned()));
    let nothing = ingress(Some(PARKED_CLASS), None, false);
    // A new one has none, nor has one that was not parked, nor one that is served.
    assert_eq!(remember(RouteKind::Ingress, None, claimed.clone(), SINCE), nothing);
    let served = ingress(Some("internal"), None, false);
    assert_eq!(remember(RouteKind::Ingress, Some(&served), claimed.clone(), SINCE), nothing);
    let mut both = served.clone();
    annotate(&mut both, PARKED_ANNOTATION, Some(forged.to_owned()));
    assert_eq!(remember(RouteKind::Ingress, Some(&claimed), both, SINCE), served);
    // One that stays parked keeps what we wrote, whether the client changed it or left it out.
    let parked = park(RouteKind::Ingress, served, SINCE);
    assert_eq!(remember(RouteKind::Ingress, Some(&parked), claimed, SINCE), parked);
    assert_eq!(remember(RouteKind::Ingress, Some(&parked), nothing, SINCE), parked);
}

#[test]
fn it_is_known_since_when_a_route_is_held_back() {
    let mut parked = Route::new(dast_core::discovery::RouteRef::new(
        RouteKind::Ingress,
        dast_core::discovery::ObjectName::new("shop", "front"),
    ));
    let memory = park(RouteKind::Ingress, ingress(Some("public"), None, false), SINCE);
    let memory = annotation(&memory, PARKED_ANNOTATION).unwrap().to_owned();
    parked.annotations = [(PARKED_ANNOTATION, memory)].into_iter().collect();
    assert_eq!(held_since(&parked), Some(SINCE));
    parked.served_by.insert("class `public`".to_owned());
    assert_eq!(held_since(&parked), None, "it is served");
    parked.served_by.clear();
    parked.annotations = [(PARKED_ANNOTATION, "{}")].into_iter().collect();
    assert_eq!(held_since(&parked), None, "it does not say");
}

#[test]
fn both_spellings_are_two_ways_to_be_served() {
    let parked = park(RouteKind::Ingress, ingress(Some("internal"), None, false), SINCE);
    let both = ingress(Some(PARKED_CLASS), Some("public"), false);
    assert!(!is_served_by_nothing(RouteKind::Ingress, &both));
    assert_eq!(remember(RouteKind::Ingress, Some(&parked), both.clone(), SINCE), both);
}

/// `kubectl apply` sets what its manifest has, and leaves alone what it never had.
#[test]
fn the_old_spelling_is_released_as_it_was_written_however_often() {
    let asked = ingress(None, Some("public"), false);
    let parked = park(RouteKind::Ingress, asked.clone(), SINCE);
    let mut again = parked.clone();
    annotate(&mut again, CLASS, Some("public".to_owned()));
    let again = park(RouteKind::Ingress, remember(RouteKind::Ingress, Some(&parked), again, SINCE), SINCE);
    assert_eq!(again, parked);
    assert_eq!(release(RouteKind::Ingress, again).unwrap(), asked);
}

#[test]
fn what_is_no_memory_releases_nothing() {
    for kind in KINDS {
        assert!(matches!(release(kind, route(&[])), Err(ParkingError::NotParked)));
        for memory in ["", "public", "7", r#"{"class": "public"}"#] {
            let mut object = route(&[]);
            annotate(&mut object, PARKED_ANNOTATION, Some(memory.to_owned()));
            assert!(matches!(release(kind, object), Err(ParkingError::Unreadable(_))), "{memory}");
        }
    }
}
