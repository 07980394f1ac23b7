//! What the chart renders.

use std::collections::{BTreeMap, BTreeSet};

use dast_kubernetes::job::{OPERATOR, RESULTS_PORT, SERVICE_ACCOUNT};
use serde_json::{Value, json};

use crate::helm::{ALL_VALUES, render};

const EVERYWHERE: [&str; 9] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

fn each(check: impl Fn(&Value)) {
    for values in ["", ALL_VALUES] {
        render(values).iter().for_each(&check);
    }
}

pub(crate) fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

pub(crate) fn named<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = of_kind(objects, kind).into_iter().find(|object| object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("there is no {kind} `{name}`"))
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn every_object_says_where_it_is_and_is_there_once() {
    each(|object| {
        let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
        let is_somewhere = metadata["namespace"].is_string();
        assert_eq!(is_somewhere, !EVERYWHERE.contains(&kind), "{kind} {metadata}");
        assert!(metadata["name"].as_str().unwrap().len() <= 63, "{metadata}");
        let labels = metadata["labels"].as_object().cloned().unwrap_or_default();
        assert!(
            labels.values().all(|value| value.as_str().is_some_and(|text| text.len() <= 63)),
            "{metadata}"
        );
    });
    for values in ["", ALL_VALUES] {
        let objects = render(values);
        let key = |object: &Value| {
            [&object["kind"], &object["metadata"]["namespace"], &object["metadata"]["name"]]
                .map(Value::to_string)
        };
        assert_eq!(objects.iter().map(key).collect::<BTreeSet<_>>().len(), objects.len());
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn every_pod_meets_the_restricted_standard() {
    let count = std::cell::Cell::new(0);
    each(|object| {
        let pod = match object["kind"].as_str().unwrap() {
            "Pod" => &object["spec"],
            "Deployment" | "Job" => &object["spec"]["template"]["spec"],
            _ => return,
        };
        count.set(count.get() + 1);
        let security = &pod["securityContext"];
        assert_eq!(security["runAsNonRoot"], true);
        assert!(security["runAsUser"].as_u64().unwrap() > 0);
        assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault");
        assert!(pod["volumes"].as_array().into_iter().flatten().all(|volume| volume["hostPath"].is_null()));
        for container in pod["containers"].as_array().unwrap() {
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false);
            assert_eq!(security["readOnlyRootFilesystem"], true);
            assert_eq!(security["capabilities"], json!({"drop": ["ALL"]}));
            assert!(container["resources"]["limits"]["memory"].is_string());
        }
    });
    assert_eq!(count.get(), 8, "the operator, its hook and its test, twice, and the webhook and its hook");
}

/// Helm, and a Deployment's condition `Available`, count those that may be missing as if they were there
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable>).
#[test]
#[ignore = "needs helm, which the lab builds"]
fn who_waits_for_a_release_waits_until_everything_is_ready() {
    each(|object| {
        if object["kind"] == "Deployment" {
            assert_eq!(object["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0, "{object}");
        }
    });
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn nobody_gets_a_right_to_everything_or_to_all_secrets() {
    each(|object| {
        let kind = object["kind"].as_str().unwrap();
        for rule in object["rules"].as_array().into_iter().flatten() {
            assert!(!rule.to_string().contains('*'), "{kind} {rule}");
            let secrets = rule["resources"].as_array().unwrap().contains(&json!("secrets"));
            assert!(!secrets || kind == "Role", "{kind} {rule}");
        }
        if kind.ends_with("RoleBinding") {
            let subjects = object["subjects"].as_array().unwrap();
            assert!(subjects.iter().all(|subject| subject["kind"] == "ServiceAccount"), "{object}");
            assert!(subjects.iter().all(|subject| subject["name"] != SERVICE_ACCOUNT), "{object}");
        }
    });
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn a_role_stands_where_a_shared_zap_may() {
    let objects = render(ALL_VALUES);
    let places: BTreeMap<_, Vec<_>> =
        of_kind(&objects, "Role").into_iter().fold(BTreeMap::new(), |mut map, role| {
            let metadata = &role["metadata"];
            let place = metadata["namespace"].as_str().unwrap();
            map.entry(place).or_insert_with(Vec::new).push(metadata["name"].as_str().unwrap());
            map
        });
    let expected = [
        ("scans", "security-gate"),
        ("security", "security-gate"),
        ("test", "security-gate-zap"),
        ("zaproxy", "security-gate-zap"),
    ];
    assert_eq!(places, expected.map(|(place, name)| (place, vec![name])).into());
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_policies_of_admission_let_this_operator_through() {
    for (values, user) in [
        ("", "system:serviceaccount:security:dast-operator"),
        (ALL_VALUES, "system:serviceaccount:security:gatekeeper"),
    ] {
        let objects = render(values);
        let policies = of_kind(&objects, "ValidatingAdmissionPolicy");
        assert_eq!(policies.len(), 2);
        for policy in policies {
            let variables = policy["spec"]["variables"].as_array().unwrap();
            let operator = variables.iter().find(|variable| variable["name"] == "operator").unwrap();
            assert_eq!(operator["expression"], format!("'{user}'"));
            assert!(!policy.to_string().contains("dast-system"));
        }
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn scans_find_the_operator_by_whatever_name() {
    for (values, name, port) in [("", "dast-operator", RESULTS_PORT), (ALL_VALUES, "security-gate", 443)] {
        let objects = render(values);
        let service = named(&objects, "Service", name);
        let ports = service["spec"]["ports"].as_array().unwrap();
        assert!(ports.iter().any(|one| one["port"] == port && one["targetPort"] == "results"), "{ports:?}");
        let template = &named(&objects, "Deployment", name)["spec"]["template"];
        let container = &template["spec"]["containers"][0];
        let url = format!("--results-url=https://{name}.security.svc:{port}");
        assert!(container["args"].as_array().unwrap().contains(&json!(url)), "{container}");
        assert!(
            container["ports"]
                .as_array()
                .unwrap()
                .contains(&json!({"name": "results", "containerPort": RESULTS_PORT}))
        );
        // What the NetworkPolicy of a scan lets through is found by this label.
        let labels = template["metadata"]["labels"].as_object().unwrap();
        let (label, value) = OPERATOR;
        assert_eq!(labels[label], value);
        let selector = service["spec"]["selector"].as_object().unwrap();
        assert!(selector.iter().all(|(name, value)| labels.get(name) == Some(value)), "{selector:?}");
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn only_scans_reach_the_port_for_results() {
    for (values, name, scans) in [("", "dast-operator", "dast-scans"), (ALL_VALUES, "security-gate", "scans")]
    {
        let objects = render(values);
        let policy = named(&objects, "NetworkPolicy", name);
        let rules = policy["spec"]["ingress"].as_array().unwrap();
        let results: Vec<_> =
            rules.iter().filter(|rule| rule["ports"] == json!([{"port": "results"}])).collect();
        let from = json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": scans}}}]);
        assert!(matches!(&*results, [rule] if rule["from"] == from), "{rules:?}");
        assert_eq!(named(&objects, "ServiceAccount", SERVICE_ACCOUNT)["metadata"]["namespace"], scans);
    }
    let usual = render("");
    let namespace = named(&usual, "Namespace", "dast-scans");
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
    assert!(of_kind(&render(ALL_VALUES), "Namespace").is_empty());
}
