//! The processes that a cluster is made of, and how each is started.

use std::fmt;
use std::net::Ipv4Addr;

use super::folder::Folder;
use super::network::SERVICES;
use super::{Options, network};

/// A process that a cluster is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Component {
    /// The store of all objects.
    Etcd,
    /// What everybody talks to.
    ApiServer,
    /// What makes pods of Deployments and Jobs, among much else.
    ControllerManager,
    /// What assigns pods to nodes.
    Scheduler,
    /// What runs containers.
    Containerd,
    /// What runs the pods of the node.
    Kubelet,
    /// What makes Services answer.
    Proxy,
    /// What answers for names of Services.
    Dns,
}

impl Component {
    const CONTROL_PLANE: [Self; 4] = [Self::Etcd, Self::ApiServer, Self::ControllerManager, Self::Scheduler];
    const ALL: [Self; 8] = [
        Self::Etcd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Containerd,
        Self::Kubelet,
        Self::Proxy,
        Self::Dns,
    ];

    /// Those of a cluster with these options, in the order of their starts.
    pub(super) fn of(options: &Options) -> &'static [Self] {
        if options.control_plane_only { &Self::CONTROL_PLANE } else { &Self::ALL }
    }

    /// The program's name, which its log is named after, too.
    pub fn program(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Containerd => "containerd",
            Self::Kubelet => "kubelet",
            Self::Proxy => "kube-proxy",
            Self::Dns => "coredns",
        }
    }

    /// Where it listens. These ports are fixed, so there is one cluster a machine.
    pub(super) fn ports(self, options: &Options) -> Vec<(Ipv4Addr, u16)> {
        let (own, node) = (Ipv4Addr::LOCALHOST, address(options));
        match self {
            Self::Etcd => vec![(own, 2379), (own, 2380)],
            Self::ApiServer => vec![(node, 6443)],
            Self::ControllerManager => vec![(own, 10257)],
            Self::Scheduler => vec![(own, 10259)],
            Self::Containerd => Vec::new(),
            Self::Kubelet => vec![(node, 10250), (own, 10248)],
            Self::Proxy => vec![(own, 10256), (own, 10249)],
            Self::Dns => vec![(node, 53)],
        }
    }

    /// What follows the program's name.
    pub(super) fn arguments(self, folder: &Folder, options: &Options) -> Vec<String> {
        let key = |name: &str| folder.key(name).display().to_string();
        let configuration = |name: &str| folder.configuration(name).display().to_string();
        let own = |name: &str| folder.join(name).display().to_string();
        let address = address(options);
        match self {
            Self::Etcd => owned([
                // Nobody minds if a crash of the machine loses the lab's objects.
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-client-urls=http://127.0.0.1:2379",
                "--advertise-client-urls=http://127.0.0.1:2379",
                "--listen-peer-urls=http://127.0.0.1:2380",
                "--initial-advertise-peer-urls=http://127.0.0.1:2380",
                "--initial-cluster=default=http://127.0.0.1:2380",
                &format!("--data-dir={}", own("etcd")),
            ]),
            Self::ApiServer => api_server(folder, options, address),
            Self::ControllerManager => owned([
                controllers(options),
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
                "--profiling=false",
                "--use-service-account-credentials=true",
                // At the default of 20, a test that makes a hundred objects waits for this client and not for ours.
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
                &format!("--kubeconfig={}", key("controller-manager.kubeconfig")),
                &format!("--service-account-private-key-file={}", key("service-accounts.key")),
                &format!("--root-ca-file={}", key("ca.crt")),
                &format!("--cluster-signing-cert-file={}", key("ca.crt")),
                &format!("--cluster-signing-key-file={}", key("ca.key")),
                &format!("--cert-dir={}", own("keys")),
            ]),
            Self::Scheduler => owned([
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
                "--profiling=false",
                &format!("--kubeconfig={}", key("scheduler.kubeconfig")),
                &format!("--cert-dir={}", own("keys")),
            ]),
            Self::Containerd => owned(["--config", &configuration("containerd.toml")]),
            Self::Kubelet => owned([
                &format!("--config={}", configuration("kubelet.yaml")),
                &format!("--kubeconfig={}", key("node.kubeconfig")),
                &format!("--root-dir={}", own("kubelet")),
                &format!("--cert-dir={}", own("keys")),
                "--hostname-override=lab",
                &format!("--node-ip={address}"),
            ]),
            Self::Proxy => owned([&format!("--config={}", configuration("kube-proxy.yaml"))]),
            Self::Dns => owned(["-conf", &configuration("Corefile")]),
        }
    }
}

/// Those that the controller manager runs. Where there is no node, pods that a test plays would be cleared away after 40 s.
fn controllers(options: &Options) -> &'static str {
    if options.control_plane_only {
        "--controllers=*,-pod-garbage-collector-controller"
    } else {
        "--controllers=*"
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program())
    }
}

/// Where the API server and the node are. Without a node, nothing but this machine needs to reach the API server.
pub(super) fn address(options: &Options) -> Ipv4Addr {
    if options.control_plane_only { Ipv4Addr::LOCALHOST } else { network::NODE }
}

fn api_server(folder: &Folder, options: &Options, address: Ipv4Addr) -> Vec<String> {
    let key = |name: &str| folder.key(name).display().to_string();
    let mut arguments = owned([
        "--secure-port=6443",
        "--profiling=false",
        "--etcd-servers=http://127.0.0.1:2379",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--kubelet-preferred-address-types=InternalIP",
        &format!("--bind-address={address}"),
        &format!("--advertise-address={address}"),
        &format!("--service-cluster-ip-range={SERVICES}"),
        &format!("--cert-dir={}", folder.join("keys").display()),
        &format!("--tls-cert-file={}", key("api-server.crt")),
        &format!("--tls-private-key-file={}", key("api-server.key")),
        &format!("--client-ca-file={}", key("ca.crt")),
        &format!("--service-account-key-file={}", key("service-accounts.pub")),
        &format!("--service-account-signing-key-file={}", key("service-accounts.key")),
        &format!("--kubelet-client-certificate={}", key("kubelet-client.crt")),
        &format!("--kubelet-client-key={}", key("kubelet-client.key")),
        &format!("--kubelet-certificate-authority={}", key("ca.crt")),
    ]);
    if options.control_plane_only {
        // There are no pods that could come by the Service `kubernetes`, and a loopback address is refused for it.
        arguments.push("--endpoint-reconciler-type=none".to_owned());
    }
    if options.audit_log {
        arguments.push(format!("--audit-log-path={}", folder.audit_log().display()));
        arguments
            .push(format!("--audit-policy-file={}", folder.configuration("audit-policy.yaml").display()));
    }
    arguments
}

fn owned<const N: usize>(arguments: [&str; N]) -> Vec<String> {
    arguments.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn arguments(component: Component, options: &Options) -> String {
        let cache = tempfile::tempdir().unwrap();
        component.arguments(&Folder::of(cache.path()).unwrap(), options).join("\n")
    }

    #[test]
    fn each_port_has_one_owner() {
        let options = Options::default();
        let ports: Vec<_> = Component::ALL.iter().flat_map(|component| component.ports(&options)).collect();
        assert_eq!(ports.iter().map(|(_, port)| port).collect::<BTreeSet<_>>().len(), ports.len());
    }

    #[test]
    fn authorization_is_on_and_audit_is_asked_for() {
        let plain = arguments(Component::ApiServer, &Options::default());
        assert!(plain.contains("--authorization-mode=Node,RBAC\n") && !plain.contains("--audit"), "{plain}");
        let audited = Options { audit_log: true, ..Options::default() };
        assert!(arguments(Component::ApiServer, &audited).contains("--audit-policy-file="));
    }

    #[test]
    fn without_a_node_everything_is_on_loopback() {
        let options = Options { control_plane_only: true, ..Options::default() };
        let components = Component::of(&options);
        assert_eq!(components, Component::CONTROL_PLANE);
        assert!(
            components.iter().flat_map(|one| one.ports(&options)).all(|(address, _)| address.is_loopback())
        );
        assert!(arguments(Component::ApiServer, &options).contains("--bind-address=127.0.0.1\n"));
    }
}
