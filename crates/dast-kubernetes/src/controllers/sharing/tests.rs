use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::api::Api;
use super::super::samples::{context, dast, known, object};
use super::super::scanners::reconcile;
use super::super::work::{Desk, Next};
use super::*;

const SECRETS: &str = "/api/v1/namespaces/zaproxy/secrets";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/zaproxy/deployments/zap";
const SERVICE: &str = "/api/v1/namespaces/zaproxy/services/zap";
const POLICY: &str = "/apis/networking.k8s.io/v1/namespaces/zaproxy/networkpolicies/zap";
const DAST: &str = "/apis/security.banzaicloud.io/v1alpha1/namespaces/zaproxy/dasts/sample";
const CONFIGURATION: &str = "sharedZapNamespaces: [zaproxy]";

/// A Dast that shares a ZAP, which was made.
async fn shared(zaproxy: Value) -> (Api, Context) {
    let (api, known) = (Api::default(), known());
    api.put(&format!("{SECRETS}/named"), json!({"metadata": {"name": "named"}, "data": {"key": "b25l"}}));
    let mut zap = json!({"name": "zap", "mode": "Shared"});
    zap.as_object_mut().unwrap().extend(zaproxy.as_object().cloned().unwrap());
    let dast = dast("zaproxy", "sample", json!({"zaproxy": zap}));
    api.put(DAST, serde_json::to_value(&dast).unwrap());
    known.dasts.apply(object(api.get(DAST)));
    let (context, _) = context(&api, known, CONFIGURATION);
    look(&context).await;
    (api, context)
}

async fn look(context: &Context) {
    let next = reconcile(ObjectName::new("zaproxy", "sample"), context).await.unwrap();
    assert_eq!(next, Next::After(LOOK), "nobody would look at the key again");
}

/// What was written since this was asked last, but for the status of the Dast.
fn written(api: &Api) -> Vec<String> {
    let calls = api.calls().into_iter().filter(|call| !call.starts_with("GET"));
    let calls = calls.filter(|call| !call.contains("/dasts/"));
    let kind = |call: String| call.split('?').next()?.rsplit('/').nth(1).map(str::to_owned);
    calls.filter_map(kind).collect()
}

fn key_of(api: &Api) -> Value {
    api.get(&format!("{SECRETS}/zap"))["data"]["zap_api_key"].clone()
}

fn pod_of(api: &Api) -> Value {
    api.get(DEPLOYMENT)["spec"]["template"]["metadata"]["annotations"].clone()
}

#[tokio::test]
async fn what_is_as_it_was_left_is_not_written_again() {
    let (api, context) = shared(json!({})).await;
    assert_eq!(written(&api), ["secrets", "networkpolicies", "services", "deployments"]);
    look(&context).await;
    assert_eq!(written(&api), [""; 0]);
    // It is ready now, which is news but nobody's change.
    api.change(DEPLOYMENT, |deployment| deployment["status"] = json!({"readyReplicas": 1}));
    look(&context).await;
    assert_eq!(written(&api), [""; 0]);
    assert!(api.get(DAST)["status"]["conditions"].to_string().contains("Running"));
}

#[tokio::test]
async fn another_key_is_another_pod_as_soon_as_it_is_seen() {
    let (api, context) = shared(json!({"apiKeySecret": {"name": "named", "key": "key"}})).await;
    let before = pod_of(&api);
    assert_eq!(key_of(&api), "b25l");
    api.change(&format!("{SECRETS}/named"), |secret| secret["data"]["key"] = json!("b3RoZXI="));
    look(&context).await;
    assert_eq!(key_of(&api), "b3RoZXI=");
    assert_ne!(pod_of(&api), before);
}

#[tokio::test]
async fn a_scan_that_is_lent_another_key_than_its_zap_has_sees_to_it() {
    let (api, mut context) = shared(json!({"apiKeySecret": {"name": "named", "key": "key"}})).await;
    let (desk, mut asked) = Desk::new();
    context.desks.scanners = desk;
    let name = ObjectName::new("zaproxy", "sample");
    let dast = context.known().dasts.get(&name).unwrap();
    let mut is_asked_for = async |key: &str| {
        let lent = lent(&name, &dast, &context).await.unwrap();
        assert_eq!(lent.map(|lent| lent.expose_secret().to_owned()).unwrap_or_default(), key);
        asked.try_recv().is_ok()
    };
    assert!(!is_asked_for("one").await);
    api.change(&format!("{SECRETS}/named"), |secret| secret["data"]["key"] = json!("b3RoZXI="));
    assert!(is_asked_for("other").await);
    api.remove(&format!("{SECRETS}/named"));
    assert!(is_asked_for("").await);
}

#[tokio::test]
async fn a_secret_that_was_deleted_is_made_again() {
    let (api, context) = shared(json!({})).await;
    let (before, pod) = (key_of(&api), pod_of(&api));
    api.remove(&format!("{SECRETS}/zap"));
    look(&context).await;
    assert_ne!(key_of(&api), before, "nobody knows the old one any more");
    assert_ne!(pod_of(&api), pod);

    let (api, context) = shared(json!({"apikey": "abcd1234"})).await;
    let before = pod_of(&api);
    api.change(&format!("{SECRETS}/zap"), |secret| secret["data"] = json!({}));
    look(&context).await;
    assert_eq!(key_of(&api), "YWJjZDEyMzQ=");
    assert_eq!(pod_of(&api), before, "its key is the same");
}

#[tokio::test]
async fn what_somebody_else_changed_is_written_again() {
    let all = ["secrets", "networkpolicies", "services", "deployments"];
    let (api, context) = shared(json!({})).await;
    written(&api);
    for path in [DEPLOYMENT, &format!("{SECRETS}/zap"), SERVICE, POLICY] {
        api.change(path, |object| object["metadata"]["generation"] = json!(7));
        look(&context).await;
        assert_eq!(written(&api), all, "{path} was changed");
        look(&context).await;
        assert_eq!(written(&api), [""; 0], "{path} is as it is to be");
        api.remove(path);
        look(&context).await;
        assert_eq!(written(&api), all, "{path} was deleted");
    }
    api.change(DEPLOYMENT, |object| {
        drop(object["metadata"].as_object_mut().unwrap().remove("ownerReferences"))
    });
    look(&context).await;
    assert_eq!(written(&api), all, "nobody owns it");
}

#[tokio::test]
async fn of_two_that_share_one_name_neither_is_looked_after() {
    let (api, context) = shared(json!({})).await;
    written(&api);
    let rival = dast("zaproxy", "rival", json!({"zaproxy": {"name": "zap", "mode": "Shared"}}));
    context.known().dasts.apply(rival);
    reconcile(ObjectName::new("zaproxy", "sample"), &context).await.unwrap();
    assert_eq!(written(&api), [""; 0]);
    let said = api.get(DAST)["status"]["conditions"].to_string();
    assert!(said.contains("Dast `rival` shares a ZAP called `zap`, too"), "{said}");
}

#[tokio::test]
async fn who_needs_no_zap_is_nobodys_rival() {
    let (api, context) = shared(json!({})).await;
    let zap = json!({"name": "zap", "mode": "Shared"});
    let passive = dast("zaproxy", "passive", json!({"zaproxy": zap, "profile": {"name": "passive"}}));
    context.known().dasts.apply(passive);
    look(&context).await;
    let said = api.get(DAST)["status"]["conditions"].to_string();
    assert!(!said.contains("`passive`"), "{said}");
}
