use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::api::Api;
use super::super::samples::{context, dast, known, object};
use super::*;

const DASTS: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/external/dasts";

fn accepted(api: &Api, name: &str) -> (String, String) {
    let dast: Dast = object(api.get(&format!("{DASTS}/{name}")));
    let conditions = dast.status.unwrap().conditions;
    let accepted = conditions.into_iter().find(|condition| condition.type_ == "Accepted").unwrap();
    (accepted.status, accepted.message)
}

#[tokio::test]
async fn two_that_call_what_is_outside_the_same_are_told_of_each_other() {
    let (api, known) = (Api::default(), known());
    for name in ["first", "second"] {
        let analyzer = json!({"name": "site", "image": "", "target": "https://shop.example.org/"});
        let dast = dast("external", name, json!({"analyzer": analyzer}));
        api.put(&format!("{DASTS}/{name}"), serde_json::to_value(&dast).unwrap());
        known.dasts.apply(object(api.get(&format!("{DASTS}/{}", dast.name_any()))));
    }
    let (context, _) = context(&api, known, "allowed: {externalHosts: [shop.example.org]}");
    for (name, other) in [("first", "second"), ("second", "first")] {
        reconcile(ObjectName::new("external", name), &context).await.unwrap();
        let (status, message) = accepted(&api, name);
        assert_eq!(status, "False");
        assert!(message.contains(&format!("Dast `{other}` has `site`, too")), "{message}");
    }
    context.known().dasts.delete(&ObjectName::new("external", "first"));
    reconcile(ObjectName::new("external", "second"), &context).await.unwrap();
    assert_eq!(accepted(&api, "second").0, "True");
}

/// The API server after a Dast was looked at beside what is known already.
async fn looked_at(name: &str, spec: Value, known: Known) -> Api {
    let (api, path) = (Api::default(), format!("{DASTS}/{name}"));
    api.put(&path, serde_json::to_value(dast("external", name, spec)).unwrap());
    known.dasts.apply(object(api.get(&path)));
    let (context, _) = context(&api, known, "");
    reconcile(ObjectName::new("external", name), &context).await.unwrap();
    api
}

/// The name of a ScanTarget is made of it, which the API server would refuse again and again.
#[tokio::test]
async fn what_is_outside_has_a_name_that_an_object_can_have() {
    for (name, status) in
        [("site", "True"), ("My Shop", "False"), ("-", "False"), ("a.b", "False"), ("", "True")]
    {
        let analyzer = json!({"name": name, "image": "", "target": "https://shop.example.org/"});
        let known = known();
        let dast = dast("external", "outside", json!({"analyzer": analyzer}));
        assert_eq!(scanner::outside_of(&dast).is_some(), name == "site", "{name}");
        let (api, path) = (Api::default(), format!("{DASTS}/outside"));
        api.put(&path, serde_json::to_value(&dast).unwrap());
        known.dasts.apply(object(api.get(&path)));
        let (context, _) = context(&api, known, "allowed: {externalHosts: [shop.example.org]}");
        reconcile(ObjectName::new("external", "outside"), &context).await.unwrap();
        let (is, message) = accepted(&api, "outside");
        assert_eq!(is, status, "{name}: {message}");
        assert_eq!(message.contains("spec.analyzer.name: `"), status == "False", "{message}");
    }
}

#[tokio::test]
async fn a_schedule_that_nobody_can_follow_is_told_where_it_was_written() {
    let api = looked_at("often", json!({"rescan": {"schedule": "61 3 * * 1"}}), known()).await;
    let (status, message) = accepted(&api, "often");
    assert_eq!(status, "False");
    assert!(message.starts_with("spec.rescan: ") && message.contains("61 3 * * 1"), "{message}");
}

#[tokio::test]
async fn what_was_shared_and_is_not_needed_any_more_is_told_with_what_to_do() {
    let known = known();
    let owner = json!({"apiVersion": "security.banzaicloud.io/v1alpha1", "kind": "Dast", "name": "sample", "uid": "1"});
    let metadata = json!({"namespace": "external", "name": "zap", "ownerReferences": [owner]});
    known.deployments.apply(object(json!({"metadata": metadata})));
    let api = looked_at("sample", json!({"zaproxy": {"name": "zap", "mode": "PerScan"}}), known).await;
    let said = api.get(&format!("{DASTS}/sample"))["status"]["conditions"].to_string();
    let command = "kubectl delete deployment,service,secret,networkpolicy zap --namespace external";
    assert!(said.contains(command), "{said}");
}

#[tokio::test]
async fn what_is_accepted_for_the_sake_of_old_manifests_is_said() {
    let zaproxy = json!({"name": "zap", "namespace": "elsewhere", "apikey": "abcd1234", "mode": "PerScan"});
    let api = looked_at("old", json!({"zaproxy": zaproxy}), known()).await;
    let (status, message) = accepted(&api, "old");
    assert_eq!(status, "True");
    for said in ["spec.zaproxy.namespace is ignored", "spec.zaproxy.apikey shows the key"] {
        assert!(message.contains(said), "{message}");
    }
    assert!(!api.get(&format!("{DASTS}/old"))["status"].to_string().contains("abcd1234"));
}
