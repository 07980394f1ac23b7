//! A shop that the fake can reach, and questions about it.

use dast_zap_client::ZapError;
use dast_zap_client::testing::{FakeAlert, FakeZap};
use serde_json::{Value as Json, json};

pub(crate) const SHOP: &str = "http://shop.test/";

pub(crate) async fn fake() -> FakeZap {
    let found = |rule, name| FakeAlert::new(rule, name, SHOP);
    FakeZap::builder()
        .site(SHOP)
        .site("http://shop.test/cart")
        .reports_error_details()
        .alerts(vec![found(-1, "by hand"), found(2, "again").risk("High").tag("CWE-79", "")])
        .active_alerts(vec![found(40012, "script").risk("High")])
        .start()
        .await
        .unwrap()
}

/// The body of an answer, whatever it is.
pub(crate) async fn asked(fake: &FakeZap, endpoint: &str, parameters: &[(&str, &str)]) -> Json {
    let zap = fake.client();
    let (component, rest) = endpoint.split_once('/').unwrap();
    let (kind, name) = rest.split_once('/').unwrap();
    let request =
        if kind == "view" { zap.raw().view(component, name) } else { zap.raw().action(component, name) };
    let request = parameters.iter().fold(request, |request, (name, value)| request.text(*name, value));
    match request.send().await {
        Ok(reply) => reply,
        Err(ZapError::Api(error)) => {
            let mut body = json!({ "code": error.code().as_str(), "message": error.message() });
            if let Some(detail) = error.detail() {
                body["detail"] = json!(detail);
            }
            body
        }
        Err(other) => panic!("{endpoint}: {other}"),
    }
}
