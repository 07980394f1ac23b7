//! Policies of admission: what no role, however wide, may do
//! (<https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>).

use k8s_openapi::api::admissionregistration::v1::{
    MatchResources, NamedRuleWithOperations, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
    ValidatingAdmissionPolicyBindingSpec, ValidatingAdmissionPolicySpec, Validation, Variable,
};
use kube::core::ObjectMeta;

use super::ServiceAccount;
use crate::crd::GROUP;

/// A policy of admission, and the binding that puts it in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Protection {
    /// The policy.
    pub policy: ValidatingAdmissionPolicy,
    /// What puts it in force, everywhere.
    pub binding: ValidatingAdmissionPolicyBinding,
}

/// What only `operator` may do: write targets, reports and every status of ours, and our labels on namespaces.
///
/// Deleting stays a matter of roles: a verdict that is gone is no pass. The garbage collector may take its finalizer off.
/// Labels may also be set by those who may write cluster policies, since that is how a namespace is opted in.
pub fn protections(operator: &ServiceAccount) -> [Protection; 2] {
    [results(operator), namespaces(operator)]
}

/// An attempt is refused, and whoever keeps an audit log finds it there, as
/// `validation.policy.admission.k8s.io/validation_failure`
/// (<https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-actions>).
const ACTIONS: [&str; 2] = ["Deny", "Audit"];

/// Users as which a controller manager collects garbage: with and without service accounts of its own.
const COLLECTORS: &str =
    "['system:serviceaccount:kube-system:generic-garbage-collector', 'system:kube-controller-manager']";

fn results(operator: &ServiceAccount) -> Protection {
    protection(
        "results",
        operator,
        rule(
            GROUP,
            &["CREATE", "UPDATE"],
            &[
                "scantargets",
                "scanreports",
                "clusterthresholdpolicies/status",
                "dasts/status",
                "exemptions/status",
                "scanruns/status",
                "scantargets/status",
                "thresholdpolicies/status",
            ],
        ),
        &[(
            "collected",
            // Nothing but finalizers and owners, which say nothing.
            &format!(
                "request.operation == 'UPDATE' && request.userInfo.username in {COLLECTORS} \
                 && (has(object.spec) ? object.spec : null) == (has(oldObject.spec) ? oldObject.spec : null) \
                 && (has(object.status) ? object.status : null) == (has(oldObject.status) ? oldObject.status : null)"
            ),
        )],
        "request.userInfo.username == variables.operator || variables.collected",
        "only the operator writes scan targets, scan reports and the status of its resources: what they say is evidence",
    )
}

fn namespaces(operator: &ServiceAccount) -> Protection {
    let labels = |object: &str| {
        format!("{object} != null && has({object}.metadata.labels) ? {object}.metadata.labels : {{}}")
    };
    protection(
        "namespaces",
        operator,
        // Labels can be written with the status and when finalizing, too.
        rule("", &["CREATE", "UPDATE"], &["namespaces", "namespaces/finalize", "namespaces/status"]),
        &[
            ("before", &labels("oldObject")),
            ("after", &labels("object")),
            (
                "untouched",
                "variables.after.all(label, !label.startsWith('dast.security.banzaicloud.io/') \
                 || (label in variables.before && variables.before[label] == variables.after[label])) \
                 && variables.before.all(label, !label.startsWith('dast.security.banzaicloud.io/') \
                 || label in variables.after)",
            ),
        ],
        "variables.untouched || request.userInfo.username == variables.operator \
         || authorizer.group('security.banzaicloud.io').resource('clusterthresholdpolicies').check('update').allowed()",
        "only the operator, and those who may update clusterthresholdpolicies, set labels of dast.security.banzaicloud.io on namespaces",
    )
}

fn protection(
    name: &str,
    operator: &ServiceAccount,
    rule: NamedRuleWithOperations,
    variables: &[(&str, &str)],
    expression: &str,
    message: &str,
) -> Protection {
    let name = format!("dast-{name}");
    let metadata = || ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
    let operator = ("operator", format!("'{operator}'"));
    let others = variables.iter().map(|(name, expression)| (*name, (*expression).to_owned()));
    let variable = |(name, expression): (&str, String)| Variable { name: name.to_owned(), expression };
    Protection {
        policy: ValidatingAdmissionPolicy {
            metadata: metadata(),
            spec: Some(ValidatingAdmissionPolicySpec {
                failure_policy: Some("Fail".to_owned()),
                match_constraints: Some(MatchResources {
                    match_policy: Some("Equivalent".to_owned()),
                    resource_rules: Some(vec![rule]),
                    ..MatchResources::default()
                }),
                variables: Some(std::iter::once(operator).chain(others).map(variable).collect()),
                validations: Some(vec![Validation {
                    expression: expression.to_owned(),
                    message: Some(message.to_owned()),
                    reason: Some("Forbidden".to_owned()),
                    ..Validation::default()
                }]),
                ..ValidatingAdmissionPolicySpec::default()
            }),
            ..ValidatingAdmissionPolicy::default()
        },
        binding: ValidatingAdmissionPolicyBinding {
            metadata: metadata(),
            spec: Some(ValidatingAdmissionPolicyBindingSpec {
                policy_name: Some(name.clone()),
                validation_actions: Some(ACTIONS.map(str::to_owned).to_vec()),
                ..ValidatingAdmissionPolicyBindingSpec::default()
            }),
        },
    }
}

fn rule(group: &str, operations: &[&str], resources: &[&str]) -> NamedRuleWithOperations {
    let list = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    NamedRuleWithOperations {
        api_groups: list(&[group]),
        api_versions: list(&["*"]),
        operations: list(operations),
        resources: list(resources),
        ..NamedRuleWithOperations::default()
    }
}
