//! What no role may do, worked out by evaluating the policies of admission, and what the roles grant.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use dast_kubernetes::access::{Protection, ServiceAccount, developer_role, protections, viewer_role};
use dast_kubernetes::crd;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::core::cel::KubeCelExt;
use kube::core::cel::cel::{Context, Program, Value as Cel, extractors::This};
use serde_json::{Value, json};

const OPERATOR: &str = "system:serviceaccount:dast-system:dast-operator";
const COLLECTOR: &str = "system:serviceaccount:kube-system:generic-garbage-collector";

/// A request as a policy sees it.
struct Request {
    user: &'static str,
    object: Value,
    before: Value,
    /// Whether a role lets the user write cluster policies.
    writes_ceiling: bool,
}

impl Request {
    fn create(user: &'static str, object: Value) -> Self {
        Self { user, object, before: Value::Null, writes_ceiling: false }
    }

    fn update(user: &'static str, before: Value, object: Value) -> Self {
        Self { user, object, before, writes_ceiling: false }
    }

    /// Works through the variables in their order, and then the validations.
    fn is_admitted_by(&self, protection: &Protection) -> bool {
        let spec = protection.policy.spec.as_ref().unwrap();
        let mut context = Context::default().with_all();
        let operation = if self.before.is_null() { "CREATE" } else { "UPDATE" };
        let request = json!({"operation": operation, "userInfo": {"username": self.user}});
        context.add_variable("request", request).unwrap();
        context.add_variable("object", &self.object).unwrap();
        context.add_variable("oldObject", &self.before).unwrap();
        context.add_variable("authorizer", self.writes_ceiling).unwrap();
        // The authorizer's chain of calls, which asks about exactly one thing.
        let expect = |word: &'static str| {
            move |This(this): This<bool>, asked: std::sync::Arc<String>| this && *asked == word
        };
        context.add_function("group", expect("security.banzaicloud.io"));
        context.add_function("resource", expect("clusterthresholdpolicies"));
        context.add_function("check", expect("update"));
        context.add_function("allowed", |This(this): This<bool>| this);
        let mut variables: HashMap<String, Cel> = HashMap::new();
        for variable in spec.variables.iter().flatten() {
            context.add_variable_from_value("variables", variables.clone());
            let value = Program::compile(&variable.expression).unwrap().execute(&context);
            let value = value.unwrap_or_else(|error| panic!("{}: {error}", variable.name));
            variables.insert(variable.name.clone(), value);
        }
        context.add_variable_from_value("variables", variables);
        let mut verdicts = spec.validations.iter().flatten().map(|validation| {
            match Program::compile(&validation.expression).unwrap().execute(&context) {
                Ok(Cel::Bool(verdict)) => verdict,
                other => panic!("{}: {other:?}", validation.expression),
            }
        });
        verdicts.all(|verdict| verdict)
    }
}

#[test]
fn only_the_operator_writes_results() {
    let [results, _] = protections(&ServiceAccount::default());
    let target = |verdict: &str, finalizers: Value| json!({"metadata": {"name": "web-80", "finalizers": finalizers}, "spec": {"url": "http://a"}, "status": {"verdict": verdict}});
    let (fail, pass) = (target("Fail", json!([])), target("Pass", json!([])));
    for user in [
        "jane",
        "system:admin",
        COLLECTOR,
        "system:serviceaccount:dast-system:other",
        "system:serviceaccount:shop:dast-operator",
    ] {
        assert!(!Request::create(user, pass.clone()).is_admitted_by(&results), "{user}");
        assert!(!Request::update(user, fail.clone(), pass.clone()).is_admitted_by(&results), "{user}");
    }
    assert!(Request::create(OPERATOR, pass.clone()).is_admitted_by(&results));
    assert!(Request::update(OPERATOR, fail, pass.clone()).is_admitted_by(&results));
    // Or else what was deleted in the foreground would never go away.
    let deleted = target("Pass", json!(["foregroundDeletion"]));
    assert!(Request::update(COLLECTOR, deleted.clone(), pass.clone()).is_admitted_by(&results));
    assert!(!Request::update("jane", deleted, pass).is_admitted_by(&results));
    // A report has no status.
    let report = json!({"metadata": {"name": "web-80"}, "spec": {"data": ""}});
    assert!(Request::update(COLLECTOR, report.clone(), report).is_admitted_by(&results));
}

#[test]
fn every_status_and_no_trigger_is_protected() {
    let [results, _] = protections(&ServiceAccount::default());
    let constraints = results.policy.spec.unwrap().match_constraints.unwrap().resource_rules.unwrap();
    let [rule] = constraints.as_slice() else { panic!("more than one rule") };
    let resources = rule.resources.as_ref().unwrap();
    for definition in crd::definitions() {
        let plural = &definition.spec.names.plural;
        let status =
            definition.spec.versions[0].subresources.as_ref().is_some_and(|parts| parts.status.is_some());
        assert_eq!(resources.contains(&format!("{plural}/status")), status, "{plural}");
        let is_written_by_us = ["scantargets", "scanreports"].contains(&plural.as_str());
        assert_eq!(resources.contains(plural), is_written_by_us, "{plural}");
    }
}

#[test]
fn labels_of_ours_on_namespaces_are_not_anybodys() {
    let [_, namespaces] = protections(&ServiceAccount::default());
    let with = |labels: Value| json!({"metadata": {"name": "shop", "labels": labels}});
    let bare = json!({"metadata": {"name": "shop"}});
    let plain = with(json!({"team": "a"}));
    let ours = with(json!({"team": "a", "dast.security.banzaicloud.io/scan": "true"}));
    let other = with(json!({"team": "a", "dast.security.banzaicloud.io/scan": "false"}));
    let also = with(json!({"team": "b", "dast.security.banzaicloud.io/scan": "true"}));
    let admitted = |request: Request| request.is_admitted_by(&namespaces);

    for free in [
        Request::create("jane", bare.clone()),
        Request::create("jane", plain.clone()),
        Request::update("jane", bare.clone(), plain.clone()),
        Request::update("jane", plain.clone(), bare.clone()),
        Request::update("jane", ours.clone(), also.clone()),
    ] {
        assert!(admitted(free));
    }
    for (before, object) in [
        (Value::Null, &ours),
        (bare.clone(), &ours),
        (plain.clone(), &ours),
        (ours.clone(), &plain),
        (ours.clone(), &bare),
        (ours.clone(), &other),
    ] {
        let request =
            |user| Request { user, object: object.clone(), before: before.clone(), writes_ceiling: false };
        assert!(!admitted(request("jane")), "{before} → {object}");
        assert!(!admitted(request(COLLECTOR)), "{before} → {object}");
        assert!(admitted(request(OPERATOR)), "{before} → {object}");
        assert!(admitted(Request { writes_ceiling: true, ..request("jane") }), "{before} → {object}");
    }
}

#[test]
fn another_operator_is_another_user() {
    let operator = ServiceAccount { namespace: "security".to_owned(), name: "scanner".to_owned() };
    for protection in protections(&operator) {
        let text = serde_json::to_string(&protection.policy).unwrap();
        assert_eq!(text.matches("system:serviceaccount:security:scanner").count(), 1, "one place to fill in");
        assert!(!text.contains("dast-system"));
        let spec = protection.binding.spec.unwrap();
        assert_eq!(spec.policy_name, protection.policy.metadata.name);
        assert_eq!(spec.validation_actions.unwrap(), ["Deny", "Audit"]);
        assert_eq!(protection.policy.spec.unwrap().failure_policy.as_deref(), Some("Fail"));
    }
}

fn may(role: &ClusterRole, verb: &str, resource: &str) -> bool {
    role.rules.iter().flatten().any(|rule| {
        rule.verbs.iter().any(|known| known == verb)
            && rule.resources.iter().flatten().any(|known| known == resource)
            && rule.api_groups.as_deref() == Some(&[crd::GROUP.to_owned()])
    })
}

#[test]
fn roles_grant_what_they_say() {
    let (viewer, developer) = (viewer_role(), developer_role());
    let label = |role: &ClusterRole| role.metadata.labels.as_ref().unwrap().keys().next().unwrap().clone();
    assert_eq!(label(&viewer), "rbac.authorization.k8s.io/aggregate-to-view");
    assert_eq!(label(&developer), "rbac.authorization.k8s.io/aggregate-to-edit");
    for definition in crd::definitions() {
        let plural = definition.spec.names.plural;
        let is_guarded = ["dasts", "scanreports"].contains(&plural.as_str());
        assert_eq!(may(&viewer, "list", &plural), !is_guarded, "{plural}");
        assert_eq!(may(&developer, "list", &plural), is_guarded, "{plural}");
        for verb in ["create", "delete"] {
            assert!(!may(&viewer, verb, &plural));
            assert_eq!(may(&developer, verb, &plural), plural == "scanruns", "{verb} {plural}");
        }
        for verb in ["update", "patch", "*"] {
            assert!(!may(&viewer, verb, &plural) && !may(&developer, verb, &plural), "{verb} {plural}");
        }
    }
}
