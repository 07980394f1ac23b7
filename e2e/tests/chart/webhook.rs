//! What the chart renders for the webhook, and what the operator then registers.

use dast_kubernetes::registration::Registrations;
use serde_json::{Value, json};

use crate::helm::{ALL_VALUES, render};
use crate::objects::{named, of_kind};

const ON: &str = "webhook: {enabled: true}";

fn registrations(objects: &[Value]) -> (Registrations, Value) {
    let file = of_kind(objects, "ConfigMap")[0]["data"]["registrations.yaml"].as_str().unwrap().to_owned();
    (Registrations::from_yaml(&file).unwrap(), serde_saphyr::from_str(&file).unwrap())
}

fn names(webhooks: &Value) -> Vec<&str> {
    webhooks.as_array().unwrap().iter().map(|webhook| webhook["name"].as_str().unwrap()).collect()
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn nothing_of_it_is_there_until_it_is_wanted() {
    let text = serde_json::to_string(&render("")).unwrap();
    for word in ["webhookconfiguration", "dast-parked", "registrations", "break-glass", "dast-webhook"] {
        assert!(!text.to_lowercase().contains(word), "{word}");
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_operator_fills_what_the_chart_leaves_empty() {
    for (values, name) in [(ON, "dast-operator"), (ALL_VALUES, "security-gate")] {
        let objects = render(values);
        let webhook = format!("{name}-webhook");
        for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
            assert!(named(&objects, kind, &webhook).get("webhooks").is_none());
        }
        let (read, file) = registrations(&objects);
        assert_eq!((read.name(), &*read.service().name), (&*webhook, &*webhook));
        assert_eq!(names(&file["mutating"]), ["park.dast.security.banzaicloud.io"]);
        let validating = ["gate.dast.security.banzaicloud.io", "break-glass.dast.security.banzaicloud.io"];
        assert_eq!(names(&file["validating"]), validating);
        let ports = &named(&objects, "Service", &webhook)["spec"]["ports"];
        assert!(ports.as_array().unwrap().iter().any(|port| port["port"] == read.service().port));
        let operator = &named(&objects, "Deployment", name)["spec"]["template"]["spec"]["containers"][0];
        let argument = json!("--registrations=/etc/dast/registrations.yaml");
        assert!(operator["args"].as_array().unwrap().contains(&argument));
        let rules = named(&objects, "ClusterRole", name)["rules"].as_array().unwrap();
        let right = json!({"apiGroups": ["admissionregistration.k8s.io"], "resourceNames": [webhook],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "verbs": ["get", "patch"]});
        assert!(rules.contains(&right), "{rules:?}");
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn all_namespaces_are_gated_but_those_of_the_system_and_those_left_out() {
    let own = ["kube-system", "kube-public", "kube-node-lease", "security"];
    for (values, more, policy) in
        [(ON, &["dast-scans"][..], "Fail"), (ALL_VALUES, &["scans", "ingress"], "Ignore")]
    {
        let (_, file) = registrations(&render(values));
        for webhook in ["mutating", "validating"].iter().flat_map(|list| file[list].as_array().unwrap()) {
            let left_out = &webhook["namespaceSelector"]["matchExpressions"][0]["values"];
            assert_eq!(*left_out, json!([&own[..], more].concat()));
            // Whoever breaks the glass because nobody answers must not need an answer.
            let is_glass = webhook["path"] == "/break-glass";
            assert_eq!(webhook["failurePolicy"], if is_glass { "Ignore" } else { policy });
        }
    }
}

/// The API server takes annotations of an Ingress by way of its status, but not those of what a definition defines.
#[test]
#[ignore = "needs helm, which the lab builds"]
fn annotations_that_come_with_a_status_are_judged() {
    let (_, file) = registrations(&render(ON));
    for webhook in ["mutating", "validating"].iter().flat_map(|list| file[list].as_array().unwrap()) {
        let resources: Vec<_> =
            webhook["rules"].as_array().unwrap().iter().map(|rule| rule["resources"].clone()).collect();
        let judged = [json!(["ingresses", "ingresses/status"]), json!(["httproutes"]), json!(["grpcroutes"])];
        assert_eq!(resources, judged, "{}", webhook["name"]);
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn without_a_glass_nobody_gets_past() {
    let objects = render("webhook: {enabled: true, breakGlass: {enabled: false}}");
    let (_, file) = registrations(&objects);
    assert_eq!(names(&file["validating"]), ["gate.dast.security.banzaicloud.io"]);
    assert!(!serde_json::to_string(&objects).unwrap().contains("break-glass"));
    // With one, nobody is bound to it.
    let objects = render(ON);
    let role = named(&objects, "ClusterRole", "dast-break-glass");
    let right = json!([{"apiGroups": ["security.banzaicloud.io"], "resources": ["routes"], "verbs": ["break-glass"]}]);
    assert_eq!(role["rules"], right);
    let bindings = of_kind(&objects, "ClusterRoleBinding");
    assert!(bindings.iter().all(|binding| binding["roleRef"]["name"] != "dast-break-glass"));
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn the_webhook_mounts_its_own_certificate_and_nothing_to_sign_with() {
    for (values, name, secret, made) in [
        (ON, "dast-operator", "dast-webhook-certificates", true),
        (ALL_VALUES, "security-gate", "security-gate-webhook-tls", false),
    ] {
        let objects = render(values);
        let pod = &named(&objects, "Deployment", &format!("{name}-webhook"))["spec"]["template"]["spec"];
        let secrets: Vec<_> = pod["volumes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|volume| volume["secret"]["secretName"].as_str())
            .collect();
        assert_eq!(secrets, [secret]);
        let may_write = named(&objects, "Role", name)["rules"].to_string().contains(secret);
        assert_eq!(may_write, made);
        let certificates = of_kind(&objects, "Certificate");
        assert_eq!(certificates.iter().any(|one| one["spec"]["secretName"] == secret), !made);
    }
}

/// Those who are held back are asked about before nobody releases them any more.
#[test]
#[ignore = "needs helm, which the lab builds"]
fn it_is_not_taken_away_over_routes_that_are_held_back() {
    for (values, name, args, may) in [
        (ON, "dast-operator", json!(["parked"]), json!(["list"])),
        (
            ALL_VALUES,
            "security-gate",
            json!(["parked", "--release", "security-gate-webhook"]),
            json!(["get", "list", "patch"]),
        ),
    ] {
        let objects = render(values);
        let own = format!("{name}-parked");
        let job = named(&objects, "Job", &own);
        assert_eq!(job["metadata"]["annotations"]["helm.sh/hook"], "pre-delete");
        assert_eq!(job["spec"]["template"]["spec"]["containers"][0]["args"], args);
        let rules = named(&objects, "ClusterRole", &own)["rules"].as_array().unwrap();
        assert!(rules[..2].iter().all(|rule| rule["verbs"] == may), "{rules:?}");
        let deletes = json!({"apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "resourceNames": [format!("{name}-webhook")], "verbs": ["delete"]});
        assert_eq!(rules.contains(&deletes), rules.len() == 3);
        assert_eq!(rules.len() == 3, values == ALL_VALUES);
    }
}

#[test]
#[ignore = "needs helm, which the lab builds"]
fn two_replicas_answer_and_one_may_be_missing() {
    let objects = render(ON);
    assert_eq!(named(&objects, "Deployment", "dast-operator-webhook")["spec"]["replicas"], 2);
    assert_eq!(named(&objects, "PodDisruptionBudget", "dast-operator-webhook")["spec"]["minAvailable"], 1);
}

/// Labels, statuses and annotations of others pass without a call, and whoever may break the glass asks somebody else.
#[test]
#[ignore = "needs helm, which the lab builds"]
fn who_changes_nothing_that_is_exposed_asks_nobody() {
    let objects = render(ON);
    let (_, file) = registrations(&objects);
    for (webhook, conditions) in [
        (&file["mutating"][0], ["changes-what-is-exposed", "does-not-break-the-glass"]),
        (&file["validating"][0], ["changes-what-is-exposed", "does-not-break-the-glass"]),
        (&file["validating"][1], ["changes-what-is-exposed", "breaks-the-glass"]),
    ] {
        assert_eq!(names(&webhook["matchConditions"]), conditions, "{}", webhook["name"]);
        assert_eq!(webhook["matchPolicy"], "Equivalent");
    }
    // Why not `IfNeeded`: docs/admission.md.
    assert_eq!(file["mutating"][0]["reinvocationPolicy"], "Never");
}

/// Whoever reaches it is answered.
#[test]
#[ignore = "needs helm, which the lab builds"]
fn who_may_ask_it_is_for_whoever_installs_it_to_say() {
    let operator = |instance: &str| {
        json!({"podSelector": {"matchLabels":
            {"app.kubernetes.io/name": "dast-operator", "app.kubernetes.io/instance": instance}}})
    };
    let asked = |values: &str, name: &str| {
        let policy = named(&render(values), "NetworkPolicy", name).clone();
        let rules = policy["spec"]["ingress"].as_array().unwrap();
        rules.iter().find(|rule| rule["ports"] == json!([{"port": "https"}])).unwrap()["from"].clone()
    };
    assert_eq!(asked(ON, "dast-operator-webhook"), Value::Null);
    let from = asked(ALL_VALUES, "security-gate-webhook");
    let instance = from[0]["podSelector"]["matchLabels"]["app.kubernetes.io/instance"].as_str().unwrap();
    assert_eq!(from, json!([operator(instance), {"ipBlock": {"cidr": "192.0.2.0/28"}}]));
}
