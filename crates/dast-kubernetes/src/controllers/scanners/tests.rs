use kube::ResourceExt;
use serde_json::json;

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
