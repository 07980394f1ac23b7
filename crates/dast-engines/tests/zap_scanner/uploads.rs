//! Texts on ZAP's disk.

use dast_zap_client::testing::{FakeCall, FakeZap};

/// Checks that a text was put on ZAP's disk and did not stay there; gives its path, as ZAP understands it.
pub(crate) fn uploaded_and_emptied(fake: &FakeZap, text: &str) -> String {
    let uploads = fake.calls().into_iter().filter(|call| call.endpoint() == "core/other/fileUpload");
    let of = |call: &FakeCall, name: &str| call.parameter(name).unwrap().to_owned();
    let uploads: Vec<_> = uploads.map(|call| (of(&call, "fileName"), of(&call, "fileContents"))).collect();
    let name = uploads[0].0.clone();
    assert_eq!(uploads, [(name.clone(), text.to_owned()), (name.clone(), "#".to_owned())]);
    format!("${{XFER}}/{name}")
}
