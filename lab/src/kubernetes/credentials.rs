//! The cluster's own certificate authority, and what it says of each component.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::context;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

use super::configuration::render;
use super::folder::Folder;
use super::{Options, component, network};

type Authority = CertifiedIssuer<'static, KeyPair>;

const KUBECONFIG: &str = include_str!("../../kubernetes/configuration/kubeconfig.yaml");

/// Who the API server takes the bearer of a certificate for (its organisation is a group), and the kubeconfig that has
/// it.
const CLIENTS: [(&str, Option<&str>, &str); 6] = [
    ("admin", Some("system:masters"), "lab-admin"),
    ("controller-manager", None, "system:kube-controller-manager"),
    ("scheduler", None, "system:kube-scheduler"),
    ("proxy", None, "system:kube-proxy"),
    ("dns", None, "lab-dns"),
    // The node authorizer knows nodes by this name and group.
    ("node", Some("system:nodes"), "system:node:lab"),
];

/// A certificate and its key, as PEM.
struct Pair {
    certificate: String,
    key: String,
}

/// Makes all keys anew and writes them. They are worth nothing when the cluster is down.
pub(super) fn write(folder: &Folder, options: &Options) -> Result<()> {
    let authority = authority()?;
    private(&folder.key("ca.crt"), &authority.pem())?;
    private(&folder.key("ca.key"), &authority.key().serialize_pem())?;
    let address = component::address(options);
    for (user, group, name) in CLIENTS {
        let pair = issue(&authority, name, group, Use::Client)?;
        let kubeconfig = render(
            KUBECONFIG,
            context! {
                server => format!("https://{address}:6443"),
                user,
                authority => BASE64_STANDARD.encode(authority.pem()),
                certificate => BASE64_STANDARD.encode(pair.certificate),
                key => BASE64_STANDARD.encode(pair.key),
            },
        )?;
        private(&folder.key(&format!("{user}.kubeconfig")), &kubeconfig)?;
    }
    let (address, service) = (address.to_string(), network::API_SERVICE.to_string());
    let mut names = vec![address.as_str(), "127.0.0.1", service.as_str(), "localhost", "kubernetes"];
    names.extend(["kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]);
    let node = network::NODE.to_string();
    let servers: [(&str, &str, Option<&str>, &[&str]); 2] = [
        ("api-server", "kube-apiserver", None, &names),
        ("kubelet", "system:node:lab", Some("system:nodes"), &[&node, "lab"]),
    ];
    for (file, name, group, names) in servers {
        write_pair(folder, file, &issue(&authority, name, group, Use::Server(names))?)?;
    }
    // How the API server shows itself to the kubelet. A binding gives it what it needs there.
    write_pair(folder, "kubelet-client", &issue(&authority, "lab-kubelet-client", None, Use::Client)?)?;
    let service_accounts = KeyPair::generate()?;
    private(&folder.key("service-accounts.key"), &service_accounts.serialize_pem())?;
    private(&folder.key("service-accounts.pub"), &service_accounts.public_key_pem())
}

fn authority() -> Result<Authority> {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished("dast-lab", None);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// What a certificate is for.
enum Use<'a> {
    Client,
    /// Under these names and addresses.
    Server(&'a [&'a str]),
}

fn issue(authority: &Authority, name: &str, group: Option<&str>, purpose: Use<'_>) -> Result<Pair> {
    let (names, purpose) = match purpose {
        Use::Client => (Vec::new(), ExtendedKeyUsagePurpose::ClientAuth),
        Use::Server(names) => {
            (names.iter().map(|name| (*name).to_owned()).collect(), ExtendedKeyUsagePurpose::ServerAuth)
        }
    };
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = distinguished(name, group);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    let key = KeyPair::generate()?;
    let certificate =
        params.signed_by(&key, authority).with_context(|| format!("no certificate for `{name}`"))?;
    Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
}

fn distinguished(name: &str, group: Option<&str>) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    if let Some(group) = group {
        distinguished.push(DnType::OrganizationName, group);
    }
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn write_pair(folder: &Folder, file: &str, pair: &Pair) -> Result<()> {
    private(&folder.key(&format!("{file}.crt")), &pair.certificate)?;
    private(&folder.key(&format!("{file}.key")), &pair.key)
}

/// Writes a new file that nobody else may read, from the first byte on.
fn private(path: &Path, text: &str) -> Result<()> {
    let file = File::options().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("could not write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn everybody_has_keys_that_nobody_else_reads() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Folder::of(cache.path()).unwrap();
        folder.create().unwrap();
        write(&folder, &Options::default()).unwrap();
        let kubeconfig = fs::read_to_string(folder.kubeconfig()).unwrap();
        assert!(kubeconfig.contains("server: https://10.213.0.1:6443"), "{kubeconfig}");
        let files: Vec<_> =
            fs::read_dir(folder.join("keys")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 2 + CLIENTS.len() + 2 * 3 + 2);
        for file in files {
            assert_eq!(
                fs::metadata(&file).unwrap().permissions().mode() & 0o777,
                0o600,
                "{}",
                file.display()
            );
        }
    }
}
