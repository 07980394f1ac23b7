//! A cluster as large as it is asked to be, the same one in every run.

use std::net::{IpAddr, Ipv4Addr};

use dast_core::discovery::{
    Backend, Container, Endpoint, EndpointPort, EndpointSlice, Env, Index, Namespace, ObjectName, Path, Pod,
    Route, RouteKind, RouteRef, Rule, Service, ServicePort, TargetPort, Volume, VolumeSource,
};

use super::Update;

const SLICES: u32 = 3;
const PODS: u32 = 5;
const SERVICES_OF_A_NAMESPACE: u32 = 50;

/// A cluster, and a choice of what changes next.
pub(super) struct Cluster {
    services: u32,
    random: fastrand::Rng,
    /// Grows with every update, so that each is news.
    generation: u32,
}

/// All objects of a cluster.
pub(super) struct Lists {
    namespaces: Vec<Namespace>,
    services: Vec<Service>,
    slices: Vec<EndpointSlice>,
    pods: Vec<Pod>,
    routes: Vec<Route>,
}

impl Lists {
    /// Tells an index of everything.
    pub(super) fn tell(self, index: &mut Index) {
        let Self { namespaces, services, slices, pods, routes } = self;
        let _ = index.reset(namespaces);
        let _ = index.reset(services);
        let _ = index.reset(slices);
        let _ = index.reset(pods);
        let _ = index.reset(routes);
    }
}

impl Cluster {
    pub(super) fn new(services: u32) -> Self {
        Self { services, random: fastrand::Rng::with_seed(7), generation: 0 }
    }

    /// All objects at once.
    pub(super) fn lists(&self) -> Lists {
        Lists {
            namespaces: self.namespaces().collect(),
            services: self.all().map(|number| self.service(number)).collect(),
            slices: self.slices().collect(),
            pods: self.pods().collect(),
            routes: self.routes().collect(),
        }
    }

    /// Tells an index of one object after the other, each made when its turn comes.
    pub(super) fn tell(&self, index: &mut Index) {
        let _ = index.reset(self.namespaces());
        let _ = index.reset(self.all().map(|number| self.service(number)));
        let _ = index.reset(self.slices());
        let _ = index.reset(self.pods());
        let _ = index.reset(self.routes());
    }

    /// Some of the Services, each once.
    pub(super) fn choose(&mut self, count: usize) -> Vec<u32> {
        self.random.choose_multiple(0..self.services, count)
    }

    /// A rollout comes to a pod.
    pub(super) fn other_image(&mut self, number: u32) -> Update {
        self.generation += 1;
        let which = self.random.u32(..PODS);
        let pod = self.pod(number, which);
        Box::new(|index| index.apply(pod))
    }

    /// The last pod is ready, and the only one that runs what it runs.
    pub(super) fn own_image(&mut self, index: &mut Index, number: u32) {
        self.generation += 1;
        let _ = index.apply(self.pod(number, PODS - 1));
        let _ = index.apply(self.slice(number, SLICES - 1));
    }

    /// That pod, the only one of its slice, is no longer ready.
    pub(super) fn not_ready(&mut self, number: u32) -> Update {
        let mut slice = self.slice(number, SLICES - 1);
        slice.endpoints.iter_mut().for_each(|endpoint| endpoint.ready = false);
        Box::new(|index| index.apply(slice))
    }

    /// A Service selects by a further label.
    pub(super) fn other_selector(&mut self, number: u32) -> Update {
        self.generation += 1;
        let mut service = self.service(number);
        service.selector.insert("generation".to_owned(), self.generation.to_string());
        Box::new(|index| index.apply(service))
    }

    fn all(&self) -> std::ops::Range<u32> {
        0..self.services
    }

    fn namespaces(&self) -> impl Iterator<Item = Namespace> {
        let names =
            (0..self.services.div_ceil(SERVICES_OF_A_NAMESPACE)).map(|number| format!("team-{number}"));
        names.map(|name| Namespace { name: name.into(), scan: Some("true".to_owned()) })
    }

    fn service(&self, number: u32) -> Service {
        let mut service = Service::new(name(number, ""), format!("3c1f6a2e-0000-4000-8000-{number:012}"));
        service.cluster_ips.push(address(172, number));
        service.selector.insert("app.kubernetes.io/name".to_owned(), format!("app-{number}"));
        let port = ServicePort::named("http", 80);
        service.ports.push(ServicePort { target: TargetPort::Name("http".into()), ..port });
        service
    }

    fn slices(&self) -> impl Iterator<Item = EndpointSlice> {
        self.all().flat_map(move |number| (0..SLICES).map(move |which| self.slice(number, which)))
    }

    /// The first two pods are the first slice's and so on, so that the last has one.
    fn slice(&self, number: u32, which: u32) -> EndpointSlice {
        let mut slice = EndpointSlice::new(name(number, &format!("-{which}")), format!("app-{number}"));
        slice.ports.push(EndpointPort::tcp("http", 8080));
        let pods = (0..PODS).filter(|pod| pod / 2 == which);
        slice.endpoints.extend(pods.map(|pod| Endpoint::ready(address(10, number * PODS + pod).into())));
        slice
    }

    fn pods(&self) -> impl Iterator<Item = Pod> {
        self.all().flat_map(move |number| (0..PODS).map(move |which| self.pod(number, which)))
    }

    /// A pod as many are: an application with a sidecar.
    fn pod(&self, number: u32, which: u32) -> Pod {
        let mut pod = Pod::new(name(number, &format!("-{which}")), [address(10, number * PODS + which)]);
        for part in ["app", "proxy"] {
            let digest = format!("{:064x}", u64::from(self.generation) + 1);
            let mut container = Container::new(part, format!("registry.test/team/{part}@sha256:{digest}"));
            container.command = vec![format!("/usr/local/bin/{part}"), "serve".to_owned()];
            container.args = vec!["--listen=:8080".to_owned(), "--log-format=json".to_owned()];
            for setting in 0..10 {
                let (key, value) = (format!("SETTING_{setting}"), format!("value {setting} of app-{number}"));
                container.env.push(Env::new(key, value));
            }
            for mount in ["/etc/app", "/var/run/secrets/kubernetes.io/serviceaccount"] {
                let source = format!("{{\"configMap\":{{\"name\":\"app-{number}\"}}}}");
                container
                    .volumes
                    .push(Volume { mount: mount.to_owned(), source: VolumeSource::Other(source) });
            }
            pod.containers.push(container);
        }
        pod
    }

    /// Every tenth Service has one.
    fn routes(&self) -> impl Iterator<Item = Route> {
        self.all().step_by(10).map(|number| {
            let mut route = Route::new(RouteRef::new(RouteKind::Ingress, name(number, "")));
            let backend = Backend::service(name(number, ""), 80);
            route.rules.push(Rule::new(format!("app-{number}.test"), Path::Prefix("/".to_owned()), backend));
            route
        })
    }
}

fn name(service: u32, suffix: &str) -> ObjectName {
    ObjectName::new(format!("team-{}", service / SERVICES_OF_A_NAMESPACE), format!("app-{service}{suffix}"))
}

fn address(first: u8, number: u32) -> IpAddr {
    let [_, b, c, d] = number.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(first, b, c, d))
}
