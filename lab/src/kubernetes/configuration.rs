//! The files that the components read: templates from `lab/kubernetes/configuration`.

use std::fs;
use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::folder::Folder;
use super::{Options, cgroup, component, network, programs};

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../kubernetes/configuration/", $name)))),*]
    };
}

const ALWAYS: [(&str, &str); 2] = templates!["audit-policy.yaml", "roles.yaml"];
const NODE: [(&str, &str); 5] =
    templates!["Corefile", "containerd.toml", "kube-proxy.yaml", "kubelet.yaml", "resolv.conf"];
/// CNI reads a folder of networks.
const NETWORK: [(&str, &str); 1] = templates!["lab.conflist"];

/// Writes the files that a cluster with these options needs.
pub(super) fn write(folder: &Folder, options: &Options) -> Result<()> {
    let facts = facts(folder, options)?;
    let configuration = folder.join("configuration");
    let networks = folder.join("networks");
    let mut files: Vec<_> = ALWAYS.iter().map(|file| (&configuration, file)).collect();
    if !options.control_plane_only {
        files.extend(NODE.iter().map(|file| (&configuration, file)));
        files.extend(NETWORK.iter().map(|file| (&networks, file)));
    }
    for (into, (name, template)) in files {
        let text = render(template, facts.clone()).with_context(|| format!("in the template `{name}`"))?;
        fs::write(into.join(name), text).with_context(|| format!("could not write `{name}`"))?;
    }
    Ok(())
}

fn facts(folder: &Folder, options: &Options) -> Result<Value> {
    Ok(context! {
        folder => folder.path().display().to_string(),
        node => network::NODE.to_string(),
        bridge => network::BRIDGE,
        network => network::NAME,
        pods => network::PODS,
        cgroup => cgroup::name()?,
        pause => programs::PAUSE,
        address => component::address(options).to_string(),
    })
}

/// Adds a name of the outside to what DNS reads.
pub(super) fn write_names(folder: &Folder, host: &str, address: Ipv4Addr) -> Result<()> {
    let [(name, template), ..] = NODE;
    let text = render(template, facts(folder, &Options::default())?)?;
    let more = context! { node => network::NODE.to_string(), host, address => address.to_string() };
    let more = render(include_str!("../../kubernetes/configuration/outside.corefile"), more)?;
    fs::write(folder.configuration(name), text + &more).context("could not write what DNS reads")
}

/// Fills in a template. A name in it that nobody gave is an error.
pub(super) fn render(template: &str, facts: Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let text = environment.render_str(template, facts).context("could not fill in a template")?;
    // It leaves out the one that a template ends with.
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_filled_in() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Folder::of(cache.path()).unwrap();
        folder.create().unwrap();
        write(&folder, &Options::default()).unwrap();
        let kubelet = fs::read_to_string(folder.configuration("kubelet.yaml")).unwrap();
        assert!(kubelet.contains("cgroupRoot: /dast-lab\n") && kubelet.ends_with('\n'), "{kubelet}");
        let network: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("networks/lab.conflist")).unwrap()).unwrap();
        assert_eq!(network["name"], network::NAME);
    }

    #[test]
    fn a_name_of_the_outside_comes_to_the_others() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Folder::of(cache.path()).unwrap();
        folder.create().unwrap();
        write(&folder, &Options::default()).unwrap();
        let before = fs::read_to_string(folder.configuration("Corefile")).unwrap();
        for address in [[203, 0, 113, 10], [203, 0, 113, 11]] {
            write_names(&folder, "shop.example", address.into()).unwrap();
        }
        let after = fs::read_to_string(folder.configuration("Corefile")).unwrap();
        let more = after.strip_prefix(&before).unwrap();
        assert!(more.contains("shop.example {\n  bind 10.213.0.1\n"), "{more}");
        assert!(
            more.contains("answer \"{{ .Name }} 1 IN A 203.0.113.11\"") && !more.contains("113.10"),
            "{more}"
        );
    }

    #[test]
    fn a_name_that_nobody_gave_is_an_error() {
        assert_eq!(render("{{ a }}\n", context! { a => "b" }).unwrap(), "b\n");
        assert!(render("{{ b }}", context! { a => "b" }).is_err());
    }
}
