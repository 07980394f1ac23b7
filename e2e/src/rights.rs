//! What roles grant.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::audit::Request;
use crate::stage::{SYSTEM, Stage};

/// One verb on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    /// The namespace; everywhere if there is none.
    pub namespace: Option<String>,
    /// The group of the API; empty for the core.
    pub group: String,
    /// The resource, with its subresource as in `pods/log`.
    pub resource: String,
    /// The name of the object; any if there is none.
    pub name: Option<String>,
    /// What is done to it.
    pub verb: String,
}

impl Right {
    /// Whether whoever has this right may make use of that one.
    pub fn covers(&self, used: &Self) -> bool {
        let place = self.namespace.is_none() || self.namespace == used.namespace;
        let named = self.name.is_none() || self.name == used.name;
        let same = (&self.group, &self.resource, &self.verb) == (&used.group, &used.resource, &used.verb);
        place && named && same
    }
}

/// Such as `get secrets "keys" in "shop"`, or `list pods`.
impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        self.name.iter().try_for_each(|name| write!(f, " {name:?}"))?;
        self.namespace.iter().try_for_each(|namespace| write!(f, " in {namespace:?}"))
    }
}

impl Stage {
    /// What is granted to a service account by roles that are bound to itself, and not to everybody.
    ///
    /// # Errors
    /// When a role that is bound to it cannot be read.
    pub fn granted_to(&self, namespace: &str, account: &str) -> Result<BTreeSet<Right>> {
        let mut granted = BTreeSet::new();
        for kind in ["clusterrolebindings", "rolebindings"] {
            let bindings = self.get(&[kind, "--all-namespaces"])?;
            for binding in list(&bindings, "/items").iter().filter(|one| binds(one, namespace, account)) {
                let place = text(binding, "/metadata/namespace");
                let (role, name) = (text(binding, "/roleRef/kind"), text(binding, "/roleRef/name"));
                let role = match place.is_empty() {
                    true => self.get(&[&role, &name])?,
                    false => self.get(&[&role, &name, "--namespace", &place])?,
                };
                granted.extend(rights(&role, Some(place).filter(|place| !place.is_empty())));
            }
        }
        Ok(granted)
    }

    /// What is granted to a service account of the installation and was not used since the cluster began, in order. What is
    /// watched is written down when the watch ends, so that whoever has the account should have ended.
    ///
    /// # Errors
    /// When a right was missing, or came from elsewhere than the roles that are bound to the account.
    pub fn unused_rights(&self, account: &str) -> Result<Vec<String>> {
        let requests = self.requests_of(&format!("system:serviceaccount:{SYSTEM}:{account}"))?;
        let refused = requests.iter().filter(|request| request.lacks_right).map(|request| &request.right);
        let refused: Vec<String> = refused.map(Right::to_string).collect();
        ensure!(refused.is_empty(), "rights are missing: {refused:#?}");
        let granted = self.granted_to(SYSTEM, account)?;
        let used: BTreeSet<Right> = requests.iter().flat_map(Request::takes).collect();
        let elsewhere = used.iter().filter(|used| !granted.iter().any(|granted| granted.covers(used)));
        let elsewhere: Vec<String> = elsewhere.map(Right::to_string).collect();
        ensure!(elsewhere.is_empty(), "rights come from elsewhere than the chart: {elsewhere:#?}");
        let unused = granted.iter().filter(|granted| !used.iter().any(|used| granted.covers(used)));
        let mut unused: Vec<String> = unused.map(Right::to_string).collect();
        unused.sort_unstable();
        eprintln!("{} rights are granted to {account}; not used are {unused:#?}", granted.len());
        Ok(unused)
    }
}

fn binds(binding: &Value, namespace: &str, account: &str) -> bool {
    list(binding, "/subjects").iter().any(|subject| {
        text(subject, "/kind") == "ServiceAccount"
            && text(subject, "/namespace") == namespace
            && text(subject, "/name") == account
    })
}

/// Every combination that the rules of a role grant where it is bound.
fn rights(role: &Value, namespace: Option<String>) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for rule in list(role, "/rules") {
        let names = match words(&rule, "/resourceNames") {
            names if names.is_empty() => vec![None],
            names => names.into_iter().map(Some).collect(),
        };
        for group in words(&rule, "/apiGroups") {
            for resource in words(&rule, "/resources") {
                for (verb, name) in
                    words(&rule, "/verbs").iter().flat_map(|verb| names.iter().map(move |name| (verb, name)))
                {
                    rights.insert(Right {
                        namespace: namespace.clone(),
                        group: group.clone(),
                        resource: resource.clone(),
                        name: name.clone(),
                        verb: verb.clone(),
                    });
                }
            }
        }
    }
    rights
}

fn list(of: &Value, path: &str) -> Vec<Value> {
    of.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn words(of: &Value, path: &str) -> Vec<String> {
    list(of, path).iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn text(of: &Value, path: &str) -> String {
    of.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn right(namespace: Option<&str>, name: Option<&str>, verb: &str) -> Right {
        Right {
            namespace: namespace.map(str::to_owned),
            group: String::new(),
            resource: "secrets".to_owned(),
            name: name.map(str::to_owned),
            verb: verb.to_owned(),
        }
    }

    #[test]
    fn a_rule_grants_every_combination() {
        let role = json!({"rules": [
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "list"]},
        ]});
        let here = Some("here");
        let expected = [
            right(here, Some("a"), "get"),
            right(here, Some("b"), "get"),
            right(here, None, "create"),
            right(here, None, "list"),
        ];
        assert_eq!(rights(&role, here.map(str::to_owned)), BTreeSet::from(expected));
        assert_eq!(right(here, Some("a"), "get").to_string(), r#"get secrets "a" in "here""#);
    }

    #[test]
    fn a_right_covers_what_is_in_its_place_and_has_its_name() {
        let used = right(Some("here"), Some("a"), "get");
        for (granted, covers) in [
            (right(None, None, "get"), true),
            (right(Some("here"), Some("a"), "get"), true),
            (right(Some("there"), None, "get"), false),
            (right(Some("here"), Some("b"), "get"), false),
            (right(None, None, "list"), false),
        ] {
            assert_eq!(granted.covers(&used), covers, "{granted}");
        }
        assert!(!right(Some("here"), None, "get").covers(&right(None, None, "get")), "it is everywhere");
    }

    #[test]
    fn a_binding_binds_an_account_by_both_its_names() {
        let binding = json!({"subjects": [{"kind": "ServiceAccount", "namespace": "s", "name": "o"}]});
        assert!(binds(&binding, "s", "o") && !binds(&binding, "t", "o") && !binds(&binding, "s", "p"));
    }
}
