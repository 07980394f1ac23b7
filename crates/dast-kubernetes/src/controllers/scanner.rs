//! Which Dast scans a target.

use std::sync::Arc;

use dast_core::discovery::{ObjectName, Problem, Wishes};
use kube::ResourceExt;

use super::settings::Settings;
use crate::crd::Dast;
use crate::known::Known;
use crate::name::is_label;

/// Something that is to be told of a target: why it is not scanned, or how it is scanned in another way than asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// A word for programs.
    pub(crate) reason: String,
    /// Words for people.
    pub(crate) message: String,
    /// Whether it may pass by itself within moments.
    pub(crate) is_transient: bool,
}

impl Remark {
    pub(crate) fn new(reason: &str, message: impl Into<String>) -> Self {
        Self { reason: reason.to_owned(), message: message.into(), is_transient: false }
    }
}

impl From<&Problem> for Remark {
    fn from(problem: &Problem) -> Self {
        let is_transient = problem.reason().is_transient();
        Self { is_transient, ..Self::new(problem.reason().as_str(), problem.to_string()) }
    }
}

/// The Dast that is to scan a target.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// What it is called, whether or not it is there.
    pub(crate) name: ObjectName,
    /// The Dast, or why it does not scan the target.
    pub(crate) dast: Result<Arc<Dast>, Remark>,
}

/// The Dast that a Service's owner names, by the name of its ZAP, or else that of the configuration.
pub(crate) fn of_wishes(wishes: &Wishes, namespace: &str, known: &Known, settings: &Settings) -> Resolved {
    let Some(wish) = &wishes.scanner else {
        let scanner = settings.default_scanner();
        let name = ObjectName::new(scanner.namespace, scanner.name);
        let missing = || {
            let message = format!("there is no Dast `{name}`, which is the configuration's `defaultScanner`");
            Remark::new("NoScanner", message)
        };
        let dast = known.dasts.get(&name).ok_or_else(missing);
        let dast = dast.and_then(|dast| allowed(dast, namespace));
        return Resolved { name, dast };
    };
    let group = known.dasts.group(&ObjectName::new(wish.namespace.clone(), ""));
    let mut named = group.iter().filter(|dast| dast.spec.zaproxy.name == *wish.name);
    let refused =
        |message: String| Resolved { name: wish.clone(), dast: Err(Remark::new("NoScanner", message)) };
    let place = format!("in namespace `{}` whose `spec.zaproxy.name` is `{}`", wish.namespace, wish.name);
    match (named.next(), named.next()) {
        (Some(dast), None) => Resolved {
            name: ObjectName::new(wish.namespace.clone(), dast.name_any()),
            dast: allowed(Arc::clone(dast), namespace),
        },
        (Some(one), Some(other)) => refused(format!(
            "annotation `zaproxy`: there is more than one Dast {place}, such as `{}` and `{}`",
            one.name_any(),
            other.name_any()
        )),
        (None, _) => refused(format!("annotation `zaproxy`: there is no Dast {place}")),
    }
}

/// What a Dast scans outside of the cluster, if it does: its name in the namespace, and its URL. The ScanTarget is called by that
/// name, so that it is one.
pub(crate) fn outside_of(dast: &Dast) -> Option<(ObjectName, &str)> {
    let analyzer = dast.spec.analyzer.as_ref().filter(|analyzer| is_label(&analyzer.name, ""))?;
    let name = ObjectName::new(dast.metadata.namespace.as_deref()?, analyzer.name.as_str());
    Some((name, analyzer.target.as_deref()?))
}

/// The Dasts that scan something outside of the cluster under this name. More than one cannot.
pub(crate) fn outside(name: &ObjectName, known: &Known) -> Vec<Arc<Dast>> {
    let mut dasts = known.dasts.group(&ObjectName::new(name.namespace.clone(), ""));
    dasts.retain(|dast| outside_of(dast).is_some_and(|(own, _)| own == *name));
    dasts
}

/// Whether a scanner is there for a namespace.
fn allowed(dast: Arc<Dast>, namespace: &str) -> Result<Arc<Dast>, Remark> {
    let own = dast.metadata.namespace.as_deref() == Some(namespace);
    let allows = dast.spec.allowed_namespaces.as_ref().is_none_or(|names| {
        dast_core::discovery::Namespaces::matching(Some(names.clone()), Vec::new()).contains(namespace)
    });
    if own || allows {
        return Ok(dast);
    }
    let message = "`allowedNamespaces` of the scanner do not name this namespace";
    Err(Remark::new("ScannerNotAllowed", message))
}

#[cfg(test)]
mod tests;
