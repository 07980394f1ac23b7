use std::sync::RwLock;

use dast_core::discovery::{Index, ObjectName};
use dast_core::rulebook::Rules;
use dast_policy::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::configuration::Configuration;
use crate::crd::{ClusterThresholdPolicy, Exemption, ThresholdPolicy};

const LIMITS: &str = "high";

fn ceiling(name: &str, more: Value) -> ClusterThresholdPolicy {
    let mut spec = json!({"thresholds": {"alerts": {LIMITS: {"fail": 0}}}});
    merge(&mut spec, more);
    object(json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ClusterThresholdPolicy",
        "metadata": {"name": name, "uid": name}, "spec": spec}))
}

fn policy_in(namespace: &str, name: &str, more: Value) -> ThresholdPolicy {
    let mut spec = json!({"thresholds": {"alerts": {LIMITS: {"fail": 5}}}});
    merge(&mut spec, more);
    object(json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "ThresholdPolicy",
        "metadata": {"name": name, "namespace": namespace, "uid": name}, "spec": spec}))
}

fn exemption(namespace: &str, rule: &str, more: Value) -> Exemption {
    let mut spec = json!({"rule": rule, "path": "/old", "reason": "r", "owner": "o",
        "expires": "2027-01-01T00:00:00Z"});
    merge(&mut spec, more);
    object(json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "Exemption",
        "metadata": {"name": format!("e{rule}"), "namespace": namespace, "uid": rule}, "spec": spec}))
}

fn merge(spec: &mut Value, more: Value) {
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
}

fn object<K: DeserializeOwned>(json: Value) -> K {
    serde_json::from_value(json).unwrap()
}

fn known() -> Known {
    Known::new(Arc::new(RwLock::new(Index::default())))
}

/// What stands over a namespace.
fn over(namespace: &str, known: &Known, yaml: &str) -> Arc<Rules> {
    let configuration = Configuration::from_yaml(yaml).unwrap();
    known.rulebook(configuration.rulebook_defaults("dast-system")).over(namespace)
}

/// The layers over a namespace, each with the rules that are exempted in it.
fn layers(namespace: &str, known: &Known) -> Vec<(Scope, String, Vec<String>)> {
    let rules = over(namespace, known, "");
    let layers = rules.policy().unwrap().layers().iter().map(|layer| {
        let exempted = layer.document().exemptions.iter().map(|exemption| exemption.rule().to_string());
        (layer.scope(), layer.name().to_owned(), exempted.collect())
    });
    layers.collect()
}

fn refusal(namespace: &str, known: &Known) -> Option<String> {
    over(namespace, known, "").policy().err().map(|error| error.to_string())
}

#[test]
fn where_nothing_stands_the_configuration_does() {
    let known = known();
    known.exemptions.apply(exemption("shop", "10038", json!({})));
    known.exemptions.apply(exemption("store", "10020", json!({})));
    let configuration = "configuration".to_owned();
    assert_eq!(layers("shop", &known), [(Scope::Cluster, configuration, vec!["10038".to_owned()])]);
}

#[test]
fn a_ceiling_stands_over_the_policies_of_its_namespaces() {
    let known = known();
    known.ceilings.apply(ceiling("all", json!({})));
    known.ceilings.apply(ceiling("not-shop", json!({"namespaces": {"exclude": ["shop"]}})));
    known.policies.apply(policy_in("shop", "own", json!({})));
    known.policies.apply(policy_in("store", "other", json!({})));
    let names = |namespace: &str| {
        let mut names: Vec<String> =
            layers(namespace, &known).into_iter().map(|(scope, name, _)| format!("{scope} {name}")).collect();
        names.sort();
        names
    };
    assert_eq!(names("shop"), ["cluster policy all", "namespace policy own"]);
    assert_eq!(names("store"), ["cluster policy all", "cluster policy not-shop", "namespace policy other"]);
}

#[test]
fn what_cannot_be_read_is_no_policy_that_may_be_left_out() {
    let cluster = known();
    cluster.ceilings.apply(ceiling("good", json!({})));
    cluster.ceilings.mark_unreadable(ObjectName::new("", "bad"), "`spec`: a number".to_owned());
    let says = refusal("shop", &cluster).unwrap();
    assert!(says.contains("cluster policy `bad`") && says.contains("a number"), "{says}");

    let cluster = known();
    cluster.policies.mark_unreadable(ObjectName::new("shop", "bad"), "`spec`: a number".to_owned());
    assert!(refusal("shop", &cluster).unwrap().contains("policy `bad`"));
    assert_eq!(refusal("store", &cluster), None, "it is the other namespace's");

    let cluster = known();
    cluster.ceilings.apply(ceiling("wrong", json!({"maxAge": "soon"})));
    cluster.policies.apply(policy_in("shop", "own", json!({})));
    assert!(refusal("shop", &cluster).unwrap().contains("cluster policy `wrong`"));
    let cluster = known();
    cluster.policies.apply(policy_in("shop", "own", json!({"thresholds": {}})));
    assert!(refusal("shop", &cluster).unwrap().contains("policy `own`"), "one without a limit");
}

#[test]
fn under_a_ceiling_nobody_exempts_themselves() {
    let known = known();
    known.ceilings.apply(ceiling("ceiling", json!({})));
    known.policies.apply(policy_in("shop", "own", json!({})));
    known.exemptions.apply(exemption("shop", "1", json!({"namespaces": ["shop"]})));
    known.exemptions.apply(exemption("dast-system", "2", json!({})));
    known.exemptions.apply(exemption("dast-system", "3", json!({"namespaces": ["sh*"]})));
    known.exemptions.apply(exemption("dast-system", "4", json!({"namespaces": ["store"]})));
    let exempted = layers("shop", &known).into_iter().map(|(scope, _, exempted)| (scope, exempted));
    assert_eq!(
        exempted.collect::<Vec<_>>(),
        [(Scope::Cluster, vec!["3".to_owned()]), (Scope::Namespace, vec![])]
    );
}

#[test]
fn a_ceiling_may_trust_other_namespaces_to_exempt() {
    let known = known();
    known.ceilings.apply(ceiling("ceiling", json!({"exemptionNamespaces": ["security", "shop"]})));
    known.exemptions.apply(exemption("security", "1", json!({"namespaces": ["*"]})));
    known.exemptions.apply(exemption("shop", "2", json!({})));
    known.exemptions.apply(exemption("dast-system", "3", json!({"namespaces": ["*"]})));
    let [(_, _, exempted)] = &mut layers("shop", &known)[..] else { panic!() };
    exempted.sort();
    assert_eq!(*exempted, ["1", "2"]);
    let [(_, _, exempted)] = &layers("store", &known)[..] else { panic!() };
    assert_eq!(*exempted, ["1"]);
}

#[test]
fn an_exemption_that_cannot_be_read_exempts_nothing() {
    let known = known();
    known.exemptions.apply(exemption("shop", "1", json!({"expires": "never"})));
    known.exemptions.apply(exemption("shop", "2", json!({})));
    let [(_, _, exempted)] = &layers("shop", &known)[..] else { panic!() };
    assert_eq!(*exempted, ["2"]);
}

#[test]
fn evidence_counts_from_whom_the_ceilings_or_the_configuration_trust() {
    let distrust = |known: &Known, yaml: &str, by: &ObjectName| over("shop", known, yaml).distrust(by);
    let (ours, own) = (ObjectName::new("dast-system", "default"), ObjectName::new("shop", "own"));
    let cluster = known();
    assert_eq!(distrust(&cluster, "", &ours), None);
    assert!(distrust(&cluster, "", &own).unwrap().contains("`trustedNamespaces`"));
    assert_eq!(distrust(&cluster, "trustedNamespaces: [sh*]", &own), None);
    assert!(distrust(&cluster, "trustedNamespaces: [sh*]", &ours).is_some(), "the list is the list");

    let trusting = |names: &[&ObjectName]| {
        let refs = names.iter().map(|name| json!({"namespace": &*name.namespace, "name": &*name.name}));
        json!({"trustedScanners": refs.collect::<Vec<_>>()})
    };
    cluster.ceilings.apply(ceiling("silent", json!({})));
    cluster.ceilings.apply(ceiling("one", trusting(&[&own, &ours])));
    assert_eq!(distrust(&cluster, "", &own), None);
    cluster.ceilings.apply(ceiling("two", trusting(&[&ours])));
    assert!(distrust(&cluster, "", &own).unwrap().contains("`trustedScanners`"), "every ceiling has to");
    assert_eq!(distrust(&cluster, "", &ours), None);
    assert!(distrust(&cluster, "", &ObjectName::new("dast-system", "other")).is_some());
}

#[test]
fn time_alone_changes_a_verdict_when_evidence_or_an_exemption_or_a_grace_ends() {
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let expires = |known: &Known, ended| over("shop", known, "").expires(ended, None, now);
    let cluster = known();
    cluster.ceilings.apply(ceiling("week", json!({"maxAge": "7d"})));
    cluster.policies.apply(policy_in("shop", "day", json!({"maxAge": "1d"})));
    let days = |days: i64| now + SignedDuration::from_hours(24 * days);
    assert_eq!(expires(&cluster, now), Some(days(1)));
    assert_eq!(expires(&cluster, days(-2)), Some(days(5)), "what is past is past");
    assert_eq!(expires(&cluster, days(-8)), None);
    let at = json!({"namespaces": ["shop"], "expires": "2026-06-01T01:00:00Z"});
    cluster.exemptions.apply(exemption("dast-system", "1", at));
    assert_eq!(expires(&cluster, now), Some(now + SignedDuration::from_hours(1)));

    cluster.policies.apply(policy_in("shop", "graceful", json!({"grace": "2h"})));
    let rules = over("shop", &cluster, "");
    let minutes = |minutes: i64| now + SignedDuration::from_mins(minutes);
    let rolled_out = |since| rules.expires(days(-8), Some(since), minutes(90));
    assert_eq!(rolled_out(now), Some(minutes(120)), "the exemption has ended by then");
    assert_eq!(rolled_out(days(-1)), None, "it is over");
}

#[test]
fn a_rulebook_is_made_once_for_what_is_known() {
    let cluster = known();
    cluster.ceilings.apply(ceiling("all", json!({})));
    let defaults = || Defaults::new("dast-system");
    let first = cluster.rulebook(defaults());
    assert!(Arc::ptr_eq(&first, &cluster.rulebook(defaults())));
    cluster.policies.apply(policy_in("shop", "own", json!({})));
    let second = cluster.rulebook(defaults());
    assert!(!Arc::ptr_eq(&first, &second) && second.over("shop").policy().unwrap().layers().len() == 2);
    assert!(!Arc::ptr_eq(&second, &cluster.rulebook(Defaults::new("elsewhere"))));
}
