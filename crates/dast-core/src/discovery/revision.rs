//! What runs behind a port, as a hash.
//!
//! What makes a revision: of each ready pod its containers (name, image digest, command, arguments, environment, sources of
//! volumes and where they are mounted) and the port it is reached at; of the Service its uid, its selector and the port's
//! `targetPort`. How many pods there are makes no difference, nor does the order of pods, slices, containers, volumes and
//! variables, except where an order has a meaning. What ConfigMaps and Secrets contain is not seen.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dast_policy::{Revision, ValueError};
use sha2::{Digest, Sha256};

use super::image::ImageDigest;
use super::pod::{Container, ContainerKind, Env, EnvValue, Pod, VolumeSource};
use super::service::{Service, ServicePort, TargetPort};

/// What a pod runs.
pub(super) type PodDigest = [u8; 32];

/// What a pod runs.
///
/// # Errors
/// When the runtime does not say which image a container runs.
pub(super) fn pod_digest(pod: &Pod) -> Result<PodDigest, ValueError> {
    let mut containers: Vec<&Container> = pod.containers.iter().filter(|container| runs(container)).collect();
    // Init containers run in their order; all others at once.
    containers.sort_by_key(|container| {
        (container.kind, if container.kind == ContainerKind::Init { "" } else { container.name.as_str() })
    });
    let mut hash = Parts::default();
    for container in containers {
        let image: ImageDigest = container.image_id.parse()?;
        hash.text(match container.kind {
            ContainerKind::Init => "init",
            ContainerKind::Main => "main",
            ContainerKind::Ephemeral => "ephemeral",
        });
        hash.text(&container.name);
        hash.text(image.as_str());
        hash.list(container.command.iter().map(String::as_str));
        hash.list(container.args.iter().map(String::as_str));
        environment(&mut hash, &container.env);
        volumes(&mut hash, container, &pod.name.name);
    }
    Ok(hash.finish())
}

/// The revision behind a port, given what its ready pods run and at which ports they are reached; `None` without pods.
pub(super) fn revision(
    service: &Service,
    port: &ServicePort,
    pods: &BTreeSet<(u16, PodDigest)>,
) -> Option<Revision> {
    if pods.is_empty() {
        return None;
    }
    let mut hash = leading(service, port);
    for (port, digest) in pods {
        hash.number(*port);
        hash.0.update(digest);
    }
    Some(Revision::new(hash.digits()))
}

impl Service {
    /// Where a port leads, as a hash: over the Service's uid, its selector, and the port's target. A revision that was found
    /// out while it was another says nothing of what is behind the port now.
    ///
    /// ```
    /// use dast_core::discovery::{ObjectName, Service, ServicePort};
    ///
    /// let port = ServicePort::tcp(80);
    /// let mut web = Service::new(ObjectName::new("shop", "web"), "uid-1");
    /// let before = web.hash_of(&port);
    /// web.annotations = [("dast.security.banzaicloud.io/scan", "true")].into_iter().collect();
    /// assert_eq!(web.hash_of(&port), before);
    /// web.selector.insert("app".to_owned(), "other".to_owned());
    /// assert_ne!(web.hash_of(&port), before);
    /// ```
    pub fn hash_of(&self, port: &ServicePort) -> String {
        leading(self, port).digits()
    }
}

/// Where a Service's port leads.
fn leading(service: &Service, port: &ServicePort) -> Parts {
    let mut hash = Parts::default();
    hash.text(&service.uid);
    hash.count(service.selector.len());
    for (key, value) in &service.selector {
        hash.text(key);
        hash.text(value);
    }
    match &port.target {
        TargetPort::Number(number) => hash.number(*number),
        TargetPort::Name(name) => hash.text(name),
    }
    hash
}

/// An ephemeral container is there before its image is.
fn runs(container: &Container) -> bool {
    container.kind != ContainerKind::Ephemeral || !container.image_id.is_empty()
}

/// Variables in the order of their names, unless one is made from others: then it matters who comes first
/// (<https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>). Of two with
/// one name the later counts, so that those stay in their order, as do sources of many.
fn environment(hash: &mut Parts, env: &[Env]) {
    let mut env: Vec<&Env> = env.iter().collect();
    let refers = |variable: &&Env| matches!(&variable.value, EnvValue::Is(text) if text.contains("$("));
    if !env.iter().any(refers) {
        env.sort_by_key(|variable| match variable.value {
            EnvValue::AllOf(_) => (0, ""),
            _ => (1, variable.name.as_str()),
        });
    }
    hash.count(env.len());
    for Env { name, value } in env {
        let (kind, value) = match value {
            EnvValue::Is(text) => ("is", text),
            EnvValue::From(source) => ("from", source),
            EnvValue::AllOf(source) => ("all of", source),
        };
        hash.text(name);
        hash.text(kind);
        hash.text(value);
    }
}

/// Each pod of a StatefulSet has claims of its own, named `TEMPLATE-POD`
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage>): the template counts.
fn volumes(hash: &mut Parts, container: &Container, pod: &str) {
    let mut volumes: Vec<_> = container
        .volumes
        .iter()
        .map(|volume| {
            let (kind, source) = match &volume.source {
                VolumeSource::Claim(claim) => {
                    let template = claim.strip_suffix(pod).and_then(|claim| claim.strip_suffix('-'));
                    template.map_or(("claim", claim.as_str()), |template| ("template", template))
                }
                VolumeSource::Other(source) => ("other", source.as_str()),
            };
            [volume.mount.as_str(), kind, source]
        })
        .collect();
    volumes.sort_unstable();
    hash.count(volumes.len());
    volumes.iter().flatten().for_each(|text| hash.text(text));
}

/// A hash over texts, each preceded by its length and each list by its, so that no two contents are the same bytes.
#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }

    fn list<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.count(texts.len());
        texts.for_each(|text| self.text(text));
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    /// Marked, so that a number is no text.
    fn number(&mut self, number: u16) {
        self.0.update([0xff; 8]);
        self.0.update(number.to_be_bytes());
    }

    fn finish(self) -> PodDigest {
        self.0.finalize().into()
    }

    /// 160 bits: so many that nobody makes two workloads of one revision, in 40 digits.
    fn digits(self) -> String {
        let mut digits = String::with_capacity(40);
        for byte in self.finish().iter().take(20) {
            // A String takes everything.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{ObjectName, Volume};

    fn container() -> Container {
        let mut container = Container::new("web", format!("nginx@sha256:{}", "a".repeat(64)));
        container.command = vec!["/web".to_owned()];
        container.args = vec!["--port".to_owned(), "80".to_owned()];
        container.env = vec![Env::new("A", "1"), Env::new("B", "2")];
        container.volumes = vec![
            Volume { mount: "/a".to_owned(), source: VolumeSource::Other("{\"emptyDir\":{}}".to_owned()) },
            Volume { mount: "/b".to_owned(), source: VolumeSource::Claim("data-web-0".to_owned()) },
        ];
        container
    }

    fn pod(containers: Vec<Container>) -> Pod {
        Pod { containers, ..Pod::new(ObjectName::new("shop", "web-0"), []) }
    }

    fn digest(change: impl FnOnce(&mut Container)) -> PodDigest {
        let mut container = container();
        change(&mut container);
        pod_digest(&pod(vec![container])).unwrap()
    }

    #[test]
    fn everything_that_runs_counts() {
        let before = digest(|_| ());
        let changes: [fn(&mut Container); 12] = [
            |c| c.kind = ContainerKind::Init,
            |c| c.name = "app".to_owned(),
            |c| c.image_id = "b".repeat(64),
            |c| c.command.push("x".to_owned()),
            |c| c.args.reverse(),
            |c| c.args = c.command.split_off(0),
            |c| c.env = vec![Env::new("A", "1")],
            |c| c.env = vec![Env::new("A", "2"), Env::new("B", "1")],
            |c| c.env[0].value = EnvValue::From("1".to_owned()),
            |c| c.volumes[0].source = VolumeSource::Other("{}".to_owned()),
            |c| c.volumes[0].mount = "/c".to_owned(),
            |c| c.volumes[1].source = VolumeSource::Claim("other-web-0".to_owned()),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            assert_ne!(digest(change), before, "change {index}");
        }
    }

    #[test]
    fn an_order_without_meaning_does_not_count() {
        let before = digest(|_| ());
        assert_eq!(digest(|c| c.volumes.reverse()), before);
        assert_eq!(digest(|c| c.env.reverse()), before);
        let mut sidecar = container();
        sidecar.name = "sidecar".to_owned();
        let both = [container(), sidecar];
        let digest = |containers: &[Container]| pod_digest(&pod(containers.to_vec())).unwrap();
        let [first, second] = both.clone();
        assert_eq!(digest(&both), digest(&[second, first]));
        let init = both.map(|container| Container { kind: ContainerKind::Init, ..container });
        let [first, second] = init.clone();
        assert_ne!(digest(&init), digest(&[second, first]), "init containers run in their order");
    }

    #[test]
    fn an_order_with_a_meaning_counts() {
        let env = |pairs: [(&str, &str); 2]| digest(|c| c.env = pairs.map(|(n, v)| Env::new(n, v)).into());
        assert_ne!(env([("A", "1"), ("A", "2")]), env([("A", "2"), ("A", "1")]), "the later counts");
        assert_ne!(env([("A", "1"), ("B", "$(A)")]), env([("B", "$(A)"), ("A", "1")]), "not expanded");
    }

    #[test]
    fn a_digest_is_the_same_in_all_pods_of_a_stateful_set() {
        let mut first = pod(vec![container()]);
        let before = pod_digest(&first).unwrap();
        first.name = ObjectName::new("shop", "web-1");
        assert_ne!(pod_digest(&first).unwrap(), before, "a claim of another pod is another claim");
        first.containers[0].volumes[1].source = VolumeSource::Claim("data-web-1".to_owned());
        assert_eq!(pod_digest(&first).unwrap(), before);
    }

    #[test]
    fn any_form_of_an_image_id_is_the_same() {
        let before = digest(|_| ());
        for prefix in
            ["", "sha256:", "docker://sha256:", "docker-pullable://x/y@sha256:", "ghcr.io/x/y@sha256:"]
        {
            assert_eq!(digest(|c| c.image_id = format!("{prefix}{}", "a".repeat(64))), before, "{prefix}");
        }
    }

    #[test]
    fn an_unknown_image_has_no_digest() {
        for kind in [ContainerKind::Init, ContainerKind::Main] {
            let unknown = Container { kind, image_id: String::new(), ..container() };
            assert!(pod_digest(&pod(vec![container(), unknown])).is_err());
        }
        let waiting = Container { kind: ContainerKind::Ephemeral, image_id: String::new(), ..container() };
        let debugged = Container { kind: ContainerKind::Ephemeral, ..container() };
        let digest = |containers| pod_digest(&pod(containers)).unwrap();
        assert_eq!(digest(vec![container(), waiting]), digest(vec![container()]));
        assert_ne!(digest(vec![container(), debugged]), digest(vec![container()]));
    }

    #[test]
    fn a_revision_is_of_one_service() {
        let mut service = Service::new(ObjectName::new("shop", "web"), "1");
        service.selector.insert("app".to_owned(), "web".to_owned());
        let port = ServicePort::tcp(80);
        let pods = BTreeSet::from([(8080, [1; 32])]);
        let before = revision(&service, &port, &pods).unwrap();
        assert_eq!(before.as_str().len(), 40);
        assert_eq!(revision(&service, &port, &BTreeSet::new()), None);
        let other = |service: &Service, port: &ServicePort, pods: &BTreeSet<_>| {
            assert_ne!(revision(service, port, pods).unwrap(), before);
        };
        other(&Service { uid: "2".into(), ..service.clone() }, &port, &pods);
        let mut selecting = service.clone();
        selecting.selector.insert("tier".to_owned(), "front".to_owned());
        other(&selecting, &port, &pods);
        other(&service, &ServicePort { target: TargetPort::Number(81), ..port.clone() }, &pods);
        other(&service, &ServicePort { target: TargetPort::Name("80".into()), ..port.clone() }, &pods);
        other(&service, &port, &BTreeSet::from([(8081, [1; 32])]));
        other(&service, &port, &BTreeSet::from([(8080, [2; 32])]));
        other(&service, &port, &BTreeSet::from([(8080, [1; 32]), (8080, [2; 32])]));
    }
}
