//! APIs that are learned from their definitions.

use dast_engines::zap::{ApiDefinition, BrowserCrawler, DefinitionSource, ZapProfile, ZapScannerBuilder};
use dast_policy::Cause;
use dast_zap_client::ErrorCode;
use dast_zap_client::testing::Fault;

use crate::uploads::uploaded_and_emptied;
use crate::zap_shop::*;

#[tokio::test]
async fn an_openapi_definition_is_asked_of_the_target_whatever_servers_it_names() {
    let served = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
    let report = scan(scanner(&fake).profile(ZapProfile::Api(served))).await;
    assert_complete(&report);
    assert_eq!((found(&report), report.evidence.scan().coverage.pages), (vec!["40012"], 3));
    let import = call(&fake, "openapi/action/importUrl");
    let expected =
        [("contextId", "3"), ("hostOverride", "http://shop.test"), ("url", "http://shop.test/openapi.json")];
    assert_eq!(parameters(&import), expected);
    assert_eq!((fake.count("spider/action/scan"), fake.count("ascan/action/scan")), (0, 1));
    assert_tidy(&fake).await;

    let text = ApiDefinition::OpenApi(DefinitionSource::Text("openapi: 3.0.0".into()));
    let fake = zap().start().await.unwrap();
    assert_complete(&scan(scanner(&fake).profile(ZapProfile::Api(text))).await);
    let path = uploaded_and_emptied(&fake, "openapi: 3.0.0");
    let import = call(&fake, "openapi/action/importFile");
    assert_eq!(parameters(&import), [("contextId", "3"), ("file", &path), ("target", SHOP)]);
}

#[tokio::test]
async fn graphql_and_soap_are_learned_from_the_target_or_from_texts() {
    let graphql = |schema| ApiDefinition::GraphQl { endpoint: "/graphql".into(), schema };
    let url = || DefinitionSource::Url("/schema".into());
    let text = || DefinitionSource::Text("type Query { shop: String }".into());
    let (endpoint, schema) = (("endurl", "http://shop.test/graphql"), ("url", "http://shop.test/schema"));
    for (definition, endpoint, expected) in [
        (graphql(None), "graphql/action/importUrl", vec![endpoint]),
        (graphql(Some(url())), "graphql/action/importUrl", vec![endpoint, schema]),
        (graphql(Some(text())), "graphql/action/importFile", vec![endpoint, ("file", ".graphql")]),
        (ApiDefinition::Soap(url()), "soap/action/importUrl", vec![schema]),
        (ApiDefinition::Soap(text()), "soap/action/importFile", vec![("file", ".wsdl")]),
    ] {
        let fake = zap().active_alerts(vec![broken()]).start().await.unwrap();
        let report = scan(scanner(&fake).profile(ZapProfile::Api(definition))).await;
        assert_complete(&report);
        assert_eq!(found(&report), ["40012"], "{endpoint}");
        let import = call(&fake, endpoint);
        let given = parameters(&import);
        assert_eq!(given.len(), expected.len(), "{given:?}");
        for ((name, value), (expected_name, expected_value)) in given.into_iter().zip(expected) {
            assert_eq!(name, expected_name);
            assert!(value == expected_value || name == "file" && value.ends_with(expected_value), "{value}");
        }
        assert_tidy(&fake).await;
    }
}

#[tokio::test]
async fn an_add_on_that_is_absent_is_named() {
    let openapi = ApiDefinition::OpenApi(DefinitionSource::Url("/openapi.json".into()));
    let soap = ApiDefinition::Soap(DefinitionSource::Url("/wsdl".into()));
    let graphql = ApiDefinition::GraphQl { endpoint: "/graphql".into(), schema: None };
    type Told = Box<dyn Fn(ZapScannerBuilder) -> ZapScannerBuilder>;
    let api = |definition: ApiDefinition| -> Told {
        Box::new(move |scanner| scanner.profile(ZapProfile::Api(definition.clone())))
    };
    let cases: [(&str, Told); 7] = [
        ("replacer", Box::new(|scanner| scanner.header("Authorization", "Bearer abcdef"))),
        ("openapi", api(openapi)),
        ("soap", api(soap)),
        ("graphql", api(graphql)),
        ("ajaxSpider", Box::new(|scanner| scanner.browser(BrowserCrawler::Ajax))),
        ("clientSpider", Box::new(|scanner| scanner.browser(BrowserCrawler::Client))),
        ("automation", Box::new(|scanner| scanner.profile(ZapProfile::Plan("jobs: []".into())))),
    ];
    for (component, told) in cases {
        let fake = zap().without(component).start().await.unwrap();
        let report = scan(told(scanner(&fake))).await;
        assert_incomplete(&report, Cause::EngineError, component);
        if component == "replacer" {
            assert_eq!(fake.client().context().contexts().send().await.unwrap(), ["Default Context"]);
        } else {
            assert_tidy(&fake).await;
        }
    }
}

#[tokio::test]
async fn a_zap_that_takes_no_files_is_told_how_it_would() {
    let fake = zap().start().await.unwrap();
    fake.fail_always("core/other/fileUpload", Fault::ApiErrorOk(ErrorCode::Disabled));
    let report = scan(scanner(&fake).profile(ZapProfile::Plan("jobs: []".into()))).await;
    assert_incomplete(&report, Cause::EngineError, "`-config api.filexfer=true`");
    assert_tidy(&fake).await;
}
