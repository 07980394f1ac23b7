//! What a pod may reach.

use std::net::SocketAddr;

use dast_kubernetes::job::{Engine, Reach};
use dast_kubernetes::order::Order;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::job::Case;

fn policy(case: &Case, engine: Engine<'_>) -> Value {
    super::json(&case.objects(engine).network_policy)["spec"].clone()
}

#[test]
fn only_its_own_pod_is_meant() {
    let case = Case::new();
    let objects = case.objects(Engine::Builtin);
    let selector = super::json(&objects.network_policy)["spec"]["podSelector"]["matchLabels"].clone();
    let labels = super::json(&objects.job)["spec"]["template"]["metadata"]["labels"].clone();
    let selector = selector.as_object().unwrap();
    assert!(!selector.is_empty());
    assert!(selector.iter().all(|(name, value)| labels[name] == *value), "{selector:?} {labels}");
    let mut other = Case::new();
    other.order.attempt = 3;
    assert_ne!(policy(&other, Engine::Builtin)["podSelector"]["matchLabels"], json!(selector));
}

#[test]
fn a_shared_zap_is_reached_in_the_place_of_the_target() {
    let case = Case::new();
    let policy = policy(&case, case.shared());
    let text = policy.to_string();
    assert!(!text.contains(r#""app":"web""#) && !text.contains("8090"), "{text}");
    assert_eq!(
        policy["egress"][0]["to"][0]["podSelector"]["matchLabels"],
        json!({"app": "zaproxy", "controller": "dast-sample"})
    );
    assert_eq!(policy["egress"][0]["ports"], json!([{"port": 8080, "protocol": "TCP"}]));
}

#[test]
fn addresses_are_reached_at_their_own_ports_only() {
    let mut case = Case::new();
    let addresses = ["203.0.113.7:443", "203.0.113.8:443", "[2001:db8::1]:8443", "203.0.113.7:443"];
    case.reach = Reach::Addresses(addresses.map(|address| address.parse().unwrap()).into());
    let egress = policy(&case, Engine::Builtin)["egress"].clone();
    let block = |cidr: &str| json!({"ipBlock": {"cidr": cidr}});
    assert_eq!(egress[0]["to"], json!([block("203.0.113.7/32"), block("203.0.113.8/32")]));
    assert_eq!(egress[0]["ports"], json!([{"port": 443, "protocol": "TCP"}]));
    assert_eq!(
        egress[1],
        json!({"to": [block("2001:db8::1/128")], "ports": [{"port": 8443, "protocol": "TCP"}]})
    );
    assert_eq!(egress.as_array().unwrap().len(), 4);
}

#[test]
fn what_would_let_everything_through_is_refused() {
    let mut case = Case::new();
    let pods = |selector: &[(&str, &str)], ports| Reach::Pods {
        namespace: "shop".to_owned(),
        selector: selector.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ports,
    };
    for reach in [
        Reach::Addresses(Vec::new()),
        pods(&[], vec![IntOrString::Int(80)]),
        pods(&[("app", "web")], Vec::new()),
    ] {
        case.reach = reach;
        let error = case.dispatch(&case.order, Engine::Builtin).objects().unwrap_err();
        assert_eq!(error.category(), "nowhere");
    }
}

proptest! {
    /// A rule without peers, or one without ports, is one for everything.
    #[test]
    fn every_rule_names_peers_and_ports(
        addresses in prop::collection::vec(any::<([u8; 4], u16)>(), 1..20),
        is_shared in any::<bool>(),
    ) {
        let mut case = Case::new();
        case.reach = Reach::Addresses(addresses.into_iter().map(SocketAddr::from).collect());
        let policy = policy(&case, if is_shared { case.shared() } else { Engine::Builtin });
        prop_assert_eq!(&policy["policyTypes"], &json!(["Ingress", "Egress"]));
        prop_assert!(policy["ingress"].is_null());
        for rule in policy["egress"].as_array().unwrap() {
            prop_assert!(!rule["to"].as_array().unwrap().is_empty() && !rule["ports"].as_array().unwrap().is_empty());
            for peer in rule["to"].as_array().unwrap() {
                let is_named = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"].is_string();
                prop_assert!(is_named != peer["ipBlock"]["cidr"].is_string(), "{}", peer);
            }
            for port in rule["ports"].as_array().unwrap() {
                prop_assert!(port["port"].is_number() && port["protocol"].is_string());
            }
        }
    }
}

#[test]
fn a_dispatch_says_nothing_secret() {
    let case = Case::new();
    let order = Order { engine: case.shared().ordered(), ..case.order.clone() };
    let shown = format!("{:?}", case.dispatch(&order, case.shared()));
    assert!(!shown.contains("the-key-of-the-shared-zap"), "{shown}");
}
