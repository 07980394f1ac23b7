//! Where the certificate is by which analyzers know the operator.

use dast_kubernetes::certificates::{Source, service_names};
use kube::Client;

use crate::arguments::Arguments;

/// The Secret with the certificates that the operator makes for itself.
pub(crate) const SECRET: &str = "dast-certificates";
/// The Service that leads to the port for results.
const SERVICE: &str = "dast-operator";

/// Where the certificate is: somebody else keeps it, or the operator itself.
pub(crate) fn source(arguments: &Arguments, client: &Client, cluster_domain: &str) -> Source {
    match &arguments.certificates {
        Some(folder) => Source::Folder(folder.clone()),
        None => Source::Own {
            client: client.clone(),
            namespace: arguments.namespace.clone(),
            name: SECRET.to_owned(),
            names: names(arguments, cluster_domain),
        },
    }
}

/// Those of the Service and, if it is called otherwise, the one by which analyzers ask.
fn names(arguments: &Arguments, cluster_domain: &str) -> Vec<String> {
    let mut names = service_names(&arguments.namespace, SERVICE, cluster_domain);
    let url = arguments.results_url().parse::<hyper::Uri>().ok();
    let asked = url.and_then(|url| url.host().map(str::to_owned));
    names.extend(asked.filter(|name| !names.contains(name)));
    names
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_service_of_another_name_is_known_by_it() {
        let usual = ["dast-operator.scans.svc", "dast-operator.scans.svc.cluster.local"];
        let of = |more: &[&str]| {
            let arguments = [&["dast-operator", "--namespace=scans"], more].concat();
            names(&Arguments::parse_from(arguments), "cluster.local")
        };
        assert_eq!(of(&[]), usual);
        assert_eq!(of(&["--results-url=https://dast-operator.scans.svc:443"]), usual);
        let other = "gate.scans.svc";
        assert_eq!(of(&["--results-url=https://gate.scans.svc:8443"]), [usual[0], usual[1], other]);
    }
}
