//! The gate's decision: what it costs, and whether it matters how large the cluster is.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_core::admission::{Catalog, Change, Gate, ScannedTarget};
use dast_core::discovery::{
    Backend, Namespaces, ObjectName, Path, Route, RouteKind, RouteRef, Rule, Service, ServicePort, Settings,
    TargetId,
};
use dast_core::rulebook::{Ceiling, Defaults, GrantedExemption, NamespacePolicy, Rulebook};
use dast_policy::{
    Action, Authentication, Collector, Completion, Coverage, Engine, Exemption, Exposure, Location,
    PathPattern, Profile, Revision, Scan, Subject,
};
use jiff::{SignedDuration, Timestamp};
use kube::core::DynamicObject;
use kube::core::admission::AdmissionReview;

use crate::options::Options;
use crate::sample::{self, Findings};
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, Stopwatch, interleave, slope};
use crate::webhook;

/// Targets of clusters.
const SIZES: [u32; 4] = [100, 1_000, 10_000, 50_000];
/// Targets in one namespace.
const TOGETHER: u32 = 10;
/// Policies of namespaces, and as many exemptions.
const POLICIES: u32 = 500;
/// Findings that a scan listed.
pub(crate) const FINDINGS: usize = 30;
/// Decisions that one turn makes, each about another route, so that no evidence is still in the processor's caches.
const DECISIONS: u32 = 1_000;
/// Of which so many routes were just made, as one is that an API server asks about.
const AT_ONCE: usize = 10;

const DECIDE_WITHIN: Duration = Duration::from_micros(10);

/// What a decision about a route with three backends costs in clusters of different sizes.
pub(crate) fn deciding(options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("deciding: routes with three backends, {SIZES:?} targets");
    let clusters = SIZES.map(Cluster::new);
    let [a, b, c, d] =
        clusters.each_ref().map(|cluster| move || cluster.as_ref().map_or_else(again, Cluster::turn));
    let (mut a, mut b, mut c, mut d) = (a, b, c, d);
    let review = webhook::review().to_string();
    let [small, medium, large, huge, reading] =
        interleave(options.rounds(15), [&mut a, &mut b, &mut c, &mut d, &mut || read(review.as_bytes())])?;
    let samples = [small, medium, large, huge];
    let mut points = Vec::new();
    for (size, samples) in SIZES.iter().zip(&samples) {
        points.push((f64::from(*size).ln(), samples.median()?.as_secs_f64().ln()));
    }
    for (size, samples) in SIZES.iter().zip(&samples) {
        table.push(row(*size, samples, &reading)?);
    }
    let [first, .., last] = &samples;
    table.push(Row {
        what: format!("a decision in clusters of {SIZES:?} targets: slope of log time over log targets"),
        ours: last.to_string(),
        peer: first.to_string(),
        ratio: Some(slope(&points)),
        goal: Goal::AtMost(0.1),
    });
    Ok(())
}

fn again(error: &anyhow::Error) -> Result<Duration> {
    Err(anyhow::anyhow!("{error:#}"))
}

/// The time of reading what an API server asks, which any webhook does: how fast the machine is shows in it.
fn read(review: &[u8]) -> Result<Duration> {
    let mut taken = Vec::new();
    for _ in 0..DECISIONS {
        let start = Stopwatch::start();
        black_box(serde_json::from_slice::<AdmissionReview<DynamicObject>>(black_box(review))?);
        taken.push(start.elapsed());
    }
    Samples::new(taken).median()
}

fn row(size: u32, samples: &Samples, reading: &Samples) -> Result<Row> {
    let median = samples.median()?;
    Ok(Row {
        what: format!(
            "a decision about three backends, {size} targets, {} policies and exemptions; reading its review",
            2 * POLICIES
        ),
        ours: samples.to_string(),
        peer: reading.to_string(),
        ratio: Some(samples.ratio_to(reading)?),
        goal: Goal::Judged(format!("≤ {DECIDE_WITHIN:?}"), median <= DECIDE_WITHIN),
    })
}

/// A cluster whose targets were all scanned, and have passed.
struct Cluster {
    catalog: Catalog,
    rulebook: Rulebook,
    settings: Settings,
    routes: Vec<Route>,
    now: Timestamp,
}

impl Cluster {
    fn new(size: u32) -> Result<Self> {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse()?;
        let mut catalog = Catalog::default();
        for number in 0..size {
            let (service, target) = target(number, size, FINDINGS, now)?;
            catalog.put_service(service);
            catalog.put_target(target);
        }
        let limits =
            || -> Result<_> { Ok(sample::document(sample::thresholds(100, 50)?, Vec::new(), Vec::new())) };
        let ceiling = Ceiling::new("ceiling", Namespaces::all(), Ok(limits()?));
        let mut policies = Vec::new();
        let mut exemptions = Vec::new();
        for number in 0..POLICIES {
            let namespace = format!("namespace-{number}");
            policies.push(NamespacePolicy {
                name: ObjectName::new(namespace.as_str(), "own"),
                document: Ok(limits()?),
            });
            let place = Location::Path(PathPattern::glob("/old/*")?);
            let exemption = Exemption::new(
                "10003".parse()?,
                place,
                "known",
                "team",
                now + SignedDuration::from_hours(1),
            )?;
            exemptions.push(GrantedExemption {
                name: ObjectName::new("dast-system", format!("exemption-{number}")),
                namespaces: Some(Namespaces::matching(Some(vec![namespace]), [])),
                exemption,
            });
        }
        let rulebook = Rulebook::new(Defaults::new("dast-system"), [ceiling], policies, exemptions);
        let routes = (0..DECISIONS).map(|number| route(number % (size / TOGETHER), size)).collect();
        let cluster = Self { catalog, rulebook, settings: Settings::default(), routes, now };
        for route in &cluster.routes {
            let decision = cluster.gate().decide(&Change::create(route), now);
            ensure!(decision.action() == Action::Admit && decision.backends().len() == 3, "{decision}");
        }
        Ok(cluster)
    }

    fn gate(&self) -> Gate<'_> {
        Gate { catalog: &self.catalog, rulebook: &self.rulebook, settings: &self.settings }
    }

    /// The time that half of many decisions in a row were faster than.
    fn turn(&self) -> Result<Duration> {
        let gate = self.gate();
        let mut taken = Vec::new();
        for routes in self.routes.chunks(AT_ONCE) {
            let asked = routes.to_vec();
            for route in &asked {
                let start = Stopwatch::start();
                black_box(gate.decide(&Change::create(black_box(route)), self.now));
                taken.push(start.elapsed());
            }
        }
        Samples::new(taken).median()
    }
}

fn name(number: u32, size: u32) -> ObjectName {
    ObjectName::new(format!("namespace-{}", number % (size / TOGETHER)), format!("service-{number}"))
}

/// A Service and its target, which was scanned an hour ago, with so many findings.
pub(crate) fn target(
    number: u32,
    size: u32,
    findings: usize,
    now: Timestamp,
) -> Result<(Service, ScannedTarget)> {
    let mut service = Service::new(name(number, size), format!("uid-{number}"));
    service.selector.insert("app".to_owned(), service.name.name.to_string());
    service.ports.push(ServicePort::named("http", 80));
    let port = service.ports.first().context("it has a port")?;
    let id = TargetId::new(service.name.clone(), port.port);
    let origin = format!("http://{}", service.name.dns_name());
    let mut target = ScannedTarget::new(id, origin.parse()?, ObjectName::new("dast-system", "default"));
    target.service_hash = Some(service.hash_of(port));
    target.revision = Some(Revision::new("1"));
    let profile = Profile { name: "full".to_owned(), hash: "1".to_owned() };
    target.profile = Some(profile.clone());
    let mut collector = Collector::new();
    for finding in Findings::new()?.take(findings) {
        collector.add(&finding?);
    }
    let ended = now - SignedDuration::from_hours(1);
    let evidence = collector.finish(Scan {
        subject: Subject {
            target: service.name.to_string(),
            origin: origin.parse()?,
            covered: vec![Exposure::new(format!("service-{number}.example"), "/")],
        },
        revision: target.revision.clone(),
        profile,
        engine: Engine {
            name: "zap".to_owned(),
            version: "2".to_owned(),
            rule_set: "1".to_owned(),
            passive: false,
        },
        started: ended,
        ended,
        completion: Completion::Complete,
        coverage: Coverage { pages: 20, failed: 0, skipped: 0 },
        authentication: Authentication::NotUsed,
    });
    target.evidence = Ok(Some(Arc::new(evidence)));
    Ok((service, target))
}

/// A route to three Services of its namespace.
fn route(namespace: u32, size: u32) -> Route {
    let namespaces = size / TOGETHER;
    let own = ObjectName::new(format!("namespace-{namespace}"), "front");
    let mut route = Route::new(RouteRef::new(RouteKind::Ingress, own));
    route.served_by.insert("class `public`".to_owned());
    for number in (0..3).map(|turn| namespace + turn * namespaces) {
        let backend = Backend::service(name(number, size), 80);
        route.rules.push(Rule::new(
            format!("service-{number}.example"),
            Path::Prefix("/".to_owned()),
            backend,
        ));
    }
    route
}
