//! The shape of the definitions: what an API server asks for, and what people see.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod schema;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dast_kubernetes::crd::{self, Written};
use dast_policy::PolicyDocument;
use serde_json::{Value, json};

#[test]
fn names_and_columns() {
    let mut text = String::new();
    for definition in crd::definitions() {
        let spec = definition.spec;
        let version = &spec.versions[0];
        let names = spec.names;
        let status = version.subresources.as_ref().is_some_and(|parts| parts.status.is_some());
        writeln!(
            text,
            "{} {} {:?} {}{}",
            names.kind,
            names.plural,
            names.short_names.unwrap_or_default(),
            spec.scope,
            if status { ", status" } else { "" },
        )
        .unwrap();
        for column in version.additional_printer_columns.iter().flatten() {
            let wide = if column.priority.unwrap_or_default() > 0 { " (wide)" } else { "" };
            writeln!(text, "    {} {} {}{wide}", column.name, column.type_, column.json_path).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn all_are_of_one_group_version_and_category() {
    for definition in crd::definitions() {
        let spec = definition.spec;
        assert_eq!(spec.group, crd::GROUP);
        let [version] = spec.versions.as_slice() else { panic!("more than one version") };
        assert_eq!(version.name, crd::VERSION);
        assert!(version.served && version.storage);
        assert_eq!(spec.names.categories.unwrap(), [crd::CATEGORY]);
        assert_eq!(definition.metadata.name.unwrap(), format!("{}.{}", spec.names.plural, spec.group));
    }
}

/// Short and plural names of others: kubectl takes the first that it finds, so that ours must not be among them.
const OTHERS: &str = "
    bindings cm componentstatuses cs configmaps endpoints ep events ev limitranges limits namespaces ns nodes no
    persistentvolumeclaims pvc persistentvolumes pv pods po podtemplates replicationcontrollers rc resourcequotas quota
    secrets serviceaccounts sa services svc mutatingwebhookconfigurations validatingwebhookconfigurations
    validatingadmissionpolicies customresourcedefinitions crd crds apiservices controllerrevisions daemonsets ds
    deployments deploy replicasets rs statefulsets sts horizontalpodautoscalers hpa cronjobs cj jobs
    certificatesigningrequests csr leases endpointslices flowschemas ingressclasses ingresses ing networkpolicies netpol
    ipaddresses ip servicecidrs runtimeclasses poddisruptionbudgets pdb clusterrolebindings clusterroles rolebindings
    roles priorityclasses pc csidrivers csinodes storageclasses sc volumeattachments resourceclaims deviceclasses
    gatewayclasses gc gateways gtw grpcroutes httproutes referencegrants refgrant tcproutes tlsroutes udproutes
    backendtlspolicies btlspolicy listenersets lset
    certificates cert certs certificaterequests cr crs issuers clusterissuers challenges orders
    authorizationpolicies ap destinationrules dr envoyfilters peerauthentications pa proxyconfigs
    requestauthentications ra serviceentries se sidecars telemetries telemetry virtualservices vs wasmplugins
    workloadentries we workloadgroups wg
    applications app apps applicationsets appset appsets appprojects appproj appprojs workflows wf workflowtemplates
    wftmpl clusterworkflowtemplates clusterwftmpl cwft cronworkflows cwf workfloweventbindings wfeb workflowtaskresults
    workflowtasksets wfts workflowartifactgctasks wfat rollouts ro analysisruns ar analysistemplates at
    clusteranalysistemplates cat experiments exp eventbus eb eventsources es sensors sn
    configurations config cfg revisions rev routes rt services kservice ksvc domainmappings dm podautoscalers kpa pa
    metrics serverlessservices sks images img kingress king brokers triggers channels ch inmemorychannels imc
    subscriptions sub pingsources apiserversources sinkbindings containersources parallels sequences eventtypes
    clusterdomainclaims cdc certificates kcert
    alertmanagers am alertmanagerconfigs amcfg podmonitors pmon probes prb prometheuses prom prometheusagents promagent
    prometheusrules promrule scrapeconfigs scfg servicemonitors smon thanosrulers ruler
";

#[test]
fn short_names_collide_with_nobodys() {
    let others: BTreeSet<&str> = OTHERS.split_whitespace().collect();
    let mut ours = BTreeSet::new();
    for definition in crd::definitions() {
        let names = definition.spec.names;
        let all =
            [names.plural, names.singular.unwrap()].into_iter().chain(names.short_names.unwrap_or_default());
        for name in all {
            assert!(!others.contains(name.as_str()), "{name} is somebody else's");
            assert!(ours.insert(name.clone()), "{name} twice");
        }
    }
}

#[test]
fn every_schema_is_structural() {
    for kind in schema::kinds() {
        schema::walk(&schema::of(&kind), &kind, &mut |path, part| {
            for word in
                ["$ref", "$defs", "allOf", "anyOf", "oneOf", "not", "const", "title", "additionalProperties"]
            {
                // The title of the whole is the kind, which kube adds.
                assert!(part.get(word).is_none() || (word == "title" && path == kind), "{path} has {word}");
            }
            assert!(
                part["type"].is_string() || part["x-kubernetes-int-or-string"] == true,
                "{path} has no type: {part}"
            );
            // Kubernetes says so of the whole status, and nothing else may be null.
            let status = format!("{kind}.status");
            assert!(part.get("nullable").is_none() || path == status, "{path} may be null");
            if let Some(format) = part["format"].as_str() {
                assert!(["int32", "int64", "date-time"].contains(&format), "{path}: {format}");
            }
        });
    }
}

/// Without bounds, an API server reckons that a rule costs too much, and etcd fills up.
#[test]
fn everything_is_bounded() {
    for kind in schema::kinds() {
        schema::walk(&schema::of(&kind), &kind, &mut |path, part| {
            let is_bounded = match part["type"].as_str() {
                Some("string") => {
                    ["maxLength", "enum"].iter().any(|word| part.get(word).is_some())
                        || part["format"] == "date-time"
                }
                Some("array") => part.get("maxItems").is_some(),
                _ => true,
            };
            // What the original let be anything still may.
            assert!(is_bounded || path.starts_with("Dast.spec.analyzer.service"), "{path}: {part}");
        });
    }
}

#[test]
fn everything_is_explained() {
    for kind in schema::kinds() {
        schema::walk(&schema::of(&kind), &kind, &mut |path, part| {
            let text = part["description"].as_str().unwrap_or_default();
            let is_field = path.contains('.') && !path.ends_with("[]") && !path.ends_with(".metadata");
            assert!(!is_field || text.len() > 5, "{path} has no description");
            assert!(!text.contains("```") && !text.contains("[`"), "{path}: {text}");
        });
    }
}

#[test]
fn status_tells_conditions_and_generation() {
    for kind in schema::kinds().iter().filter(|kind| *kind != "ScanReport") {
        let status = &schema::of(kind)["properties"]["status"]["properties"];
        assert_eq!(status["observedGeneration"]["type"], "integer", "{kind}");
        let conditions = &status["conditions"];
        assert_eq!(conditions["x-kubernetes-list-type"], "map", "{kind}");
        assert_eq!(conditions["x-kubernetes-list-map-keys"], json!(["type"]), "{kind}");
    }
}

#[test]
fn defaults_are_those_of_the_original() {
    let schema = schema::of("Dast");
    assert_eq!(
        schema.pointer("/properties/spec/properties/zaproxy/properties/mode/default"),
        Some(&json!("Shared"))
    );
    assert_eq!(schema.pointer("/properties/spec/properties/allowedNamespaces/default"), None);
    let required = schema.pointer("/properties/spec/properties/zaproxy/required");
    assert_eq!(required, Some(&json!(["name"])));
    assert_eq!(
        schema.pointer("/properties/spec/properties/analyzer/required"),
        Some(&json!(["image", "name"]))
    );
}

/// The document in a file and the one in a resource are one type: the resource has all its fields, and no others.
#[test]
fn a_policy_in_a_resource_is_a_policy_in_a_file() {
    fn fields(schema: &Value, definitions: &Value, path: &str, into: &mut BTreeSet<String>) {
        let referred = |name: &str| definitions[name.trim_start_matches("#/$defs/")].clone();
        for one in schema["anyOf"].as_array().into_iter().flatten().chain([schema]) {
            let one = one["$ref"].as_str().map_or_else(|| one.clone(), referred);
            for (name, part) in one["properties"].as_object().into_iter().flatten() {
                let path = format!("{path}.{name}");
                into.insert(path.clone());
                fields(part, definitions, &path, into);
            }
            if one["items"].is_object() {
                fields(&one["items"], definitions, path, into);
            }
        }
    }
    let file = PolicyDocument::schema().to_value();
    let mut in_file = BTreeSet::new();
    fields(&file, &file["$defs"], "", &mut in_file);
    assert!(in_file.contains(".exemptions.fingerprint"), "{in_file:?}");
    for kind in ["ThresholdPolicy", "ClusterThresholdPolicy"] {
        let mut in_resource = BTreeSet::new();
        fields(&schema::of(kind)["properties"]["spec"], &Value::Null, "", &mut in_resource);
        let more: Vec<&String> = in_resource.difference(&in_file).collect();
        let own =
            ["acceptedBackends", "exemptCreators", "exemptionNamespaces", "namespaces", "trustedScanners"];
        assert!(more.iter().all(|field| own.iter().any(|own| field.contains(own))), "{kind}: {more:?}");
        assert!(in_file.is_subset(&in_resource), "{kind}: {:?}", in_file.difference(&in_resource));
    }
}

#[test]
fn a_policy_with_everything_fits_its_schema() {
    let document = PolicyDocument::from_json(
        r#"{
            "thresholds": {"alerts": {"high": {"fail": 0}}, "instances": {"low": {"fail": 4294967295, "warn": 3}}},
            "minimumConfidence": "Medium",
            "rules": [{"rule": 10038, "level": "WARN", "pathRegex": "/old/.*"}],
            "exemptions": [{"rule": "10021", "fingerprint": "2f31013efa832e53eb77700ab87e8709", "method": "GET",
                "param": "q", "reason": "r", "owner": "o", "expires": "2027-01-01T00:00:00Z"}],
            "maxAge": "7d", "grace": "30m", "engines": ["zap"], "profiles": ["full"], "coverage": {"pages": 3, "percent": 50},
            "authenticationRequired": true, "enforcement": {"mode": "hold", "unknown": "warn",
                "unknownReasons": {"InProgress": "hold", "Inconclusive": "enforce"}}
        }"#,
    )
    .unwrap();
    let written = Written::from(&document);
    assert_eq!(written.read().unwrap(), document);
    let object = schema::object("ThresholdPolicy", Value::Object(written.json().clone()));
    assert_eq!(schema::problems(&schema::of("ThresholdPolicy"), &object), [""; 0]);
    let policy: crd::ThresholdPolicy = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(policy.spec.policy.read().unwrap(), document);
    assert_eq!(serde_json::to_value(&policy).unwrap(), object);
}

/// What is wrong with a policy is for a condition to say, and no reason not to list it.
#[test]
fn a_policy_that_does_not_read_is_still_an_object() {
    let spec = json!({
        "namespaces": {"include": ["shop"]},
        "thresholds": {"alerts": {"high": {"fail": 0}}},
        "rules": [{"rule": "10038", "level": "WARN", "pathRegex": "("}],
    });
    let object = schema::object("ClusterThresholdPolicy", spec);
    let policy: crd::ClusterThresholdPolicy = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(policy.spec.namespaces.as_ref().unwrap().include.as_ref().unwrap(), &["shop"]);
    let error = policy.spec.policy.read().unwrap_err().to_string();
    assert!(error.starts_with("`rules[0].pathRegex`"), "{error}");
    assert_eq!(serde_json::to_value(&policy).unwrap(), object);
}

#[test]
fn an_exemption_keeps_its_namespaces_apart() {
    let spec = json!({
        "namespaces": ["shop-*"], "rule": "10038", "path": "/old/**", "reason": "moves", "owner": "web",
        "expires": "2027-01-01T00:00:00Z",
    });
    let object = schema::object("Exemption", spec);
    let exemption: crd::Exemption = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(exemption.spec.namespaces.as_ref().unwrap(), &["shop-*"]);
    assert_eq!(exemption.spec.exemption.read().unwrap().owner(), "web");
    assert_eq!(serde_json::to_value(&exemption).unwrap(), object);
}
