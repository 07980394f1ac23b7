//! Metrics: how many, how long, how old. No label is a name that anybody can choose.

use std::fmt;

use dast_policy::Cause;
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::drift::Drifts;
use super::routes::waits;
use super::turns::Turns;
use crate::crd::{ScanRunStatus, VerdictName};
use crate::known::Known;
use crate::results::Category;

/// What is counted as it happens.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    runs: Family<Outcome, Counter>,
    durations: Histogram,
    failures: Family<Failure, Counter>,
    refusals: Family<Refused, Counter>,
}

/// How a run ended: `Complete`, or the cause why it is not.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// What a controller failed at.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    controller: &'static str,
    category: &'static str,
}

/// Why a post of an analyzer, or of whoever acts as one, was refused.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Refused {
    category: &'static str,
}

/// From some seconds, which the built-in engine takes, to hours.
const SECONDS: [f64; 10] = [5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0];

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            runs: Family::default(),
            durations: Histogram::new(SECONDS),
            failures: Family::default(),
            refusals: Family::default(),
        }
    }

    /// Makes them part of what is scraped.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("dast_runs", "Scan runs that are over", self.runs.clone());
        registry.register_with_unit(
            "dast_run_duration",
            "From the turn of a scan run to its end",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "dast_reconcile_errors",
            "Looks that did not work and are repeated",
            self.failures.clone(),
        );
        registry.register(
            "dast_results_refused",
            "Posts of results that were refused",
            self.refusals.clone(),
        );
    }

    /// A run is over.
    pub(super) fn ended(&self, status: &ScanRunStatus) {
        let completion = status.completion.as_ref();
        let outcome = match completion {
            Some(completion) if completion.complete => "Complete",
            _ => completion.and_then(|completion| completion.cause).map_or("Incomplete", Cause::word),
        };
        self.runs.get_or_create(&Outcome { outcome }).inc();
        if let (Some(turn), Some(ended)) = (&status.turn, &status.ended) {
            self.durations.observe(ended.0.duration_since(turn.0).as_secs_f64().max(0.0));
        }
    }

    /// A post was refused.
    pub(super) fn refused(&self, category: Category) {
        self.refusals.get_or_create(&Refused { category: category.0 }).inc();
    }

    /// A look did not work.
    pub(super) fn failed(&self, controller: &'static str, error: &kube::Error) {
        let category = match error {
            kube::Error::Api(status) => match status.code {
                401 | 403 => "forbidden",
                404 => "not_found",
                409 => "conflict",
                422 => "invalid",
                429 => "too_many_requests",
                500.. => "server",
                _ => "refused",
            },
            kube::Error::HyperError(_) | kube::Error::Service(_) => "connection",
            _ => "other",
        };
        self.failures.get_or_create(&Failure { controller, category }).inc();
    }
}

/// What is counted when somebody asks.
pub(super) struct Census {
    pub(super) known: Known,
    pub(super) turns: std::sync::Arc<Turns>,
    pub(super) drifts: Drifts,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Verdict {
    verdict: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

impl Collector for Census {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let verdicts = Family::<Verdict, Gauge>::default();
        for verdict in ["Pass", "Warn", "Unknown", "Fail"] {
            drop(verdicts.get_or_create(&Verdict { verdict }));
        }
        let (mut oldest, mut drifted) = (None, 0);
        for target in self.known.targets.all() {
            let Some(status) = &target.status else { continue };
            let verdict = match status.verdict {
                Some(VerdictName::Pass) => "Pass",
                Some(VerdictName::Warn) => "Warn",
                Some(VerdictName::Fail) => "Fail",
                Some(VerdictName::Unknown) | None => "Unknown",
            };
            verdicts.get_or_create(&Verdict { verdict }).inc();
            drifted += i64::from(status.conditions.iter().any(|condition| condition.reason == "Drift"));
            let scanned = status.last_scan_time.as_ref().map(|time| time.0);
            oldest = oldest.into_iter().chain(scanned).min();
        }
        write(&mut encoder, "dast_targets", "Targets by verdict", None, &verdicts)?;
        let drift = Gauge::<i64>::default();
        drift.set(drifted);
        let help = "Targets that routes expose which would not be let in now";
        write(&mut encoder, "dast_targets_drifted", help, None, &drift)?;
        let parked = Gauge::<i64>::default();
        let waiting = self.known.index().routes().filter(|route| waits(route)).count();
        parked.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        write(
            &mut encoder,
            "dast_routes_parked",
            "Routes that are held back until they pass",
            None,
            &parked,
        )?;
        let drifted = Gauge::<i64>::default();
        drifted.set(i64::try_from(self.drifts.len()).unwrap_or(i64::MAX));
        let help = "Routes that are served and would not be let in now";
        write(&mut encoder, "dast_routes_drifted", help, None, &drifted)?;
        let (waiting, running) = self.turns.depth();
        let queue = Family::<Stage, Gauge>::default();
        for (stage, number) in [("waiting", waiting), ("running", running)] {
            queue.get_or_create(&Stage { stage }).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
        write(
            &mut encoder,
            "dast_queue_runs",
            "Runs that wait for their turn, and runs under way",
            None,
            &queue,
        )?;
        let age = Gauge::<i64>::default();
        age.set(oldest.map_or(0, |oldest: Timestamp| Timestamp::now().duration_since(oldest).as_secs()));
        write(
            &mut encoder,
            "dast_evidence_oldest_age",
            "Age of the oldest evidence of any target",
            Some(&Unit::Seconds),
            &age,
        )
    }
}

impl fmt::Debug for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Census")
    }
}

fn write<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    metric: &M,
) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, unit, metric.metric_type())?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dast_core::admission::{Catalog, Decision, Gate};
    use dast_core::discovery::{ObjectName, Route, RouteKind, RouteRef, Settings};
    use dast_core::rulebook::{Defaults, Rulebook};
    use dast_core::scan::QueueLimits;
    use k8s_openapi::api::networking::v1::Ingress;
    use kube::core::Status;
    use prometheus_client::encoding::text::encode;
    use serde_json::{Value, json};

    use super::*;
    use crate::admission::PARKED_ANNOTATION;
    use crate::controllers::samples::{known, object};
    use crate::crd::{ScanRun, ScanTarget};
    use crate::events::Outbox;
    use crate::facts;

    const GUIDE: &str = include_str!("../../../../docs/operator.md");

    fn told(registry: &Registry) -> Vec<String> {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn what_happens_is_counted_under_words_of_our_own() {
        let (metrics, mut registry) = (Metrics::new(), Registry::default());
        metrics.register(&mut registry);
        let ended = |completion: Value| {
            metrics.ended(&object(json!({
                "turn": "2026-01-01T00:00:00.000000Z", "ended": "2026-01-01T00:00:20Z", "completion": completion,
            })));
        };
        ended(json!({"complete": true, "detail": ""}));
        ended(
            json!({"complete": false, "cause": "DeadlineExceeded", "detail": "what a tenant may have written"}),
        );
        for code in [409, 500, 503] {
            let refused = Status::failure("what a tenant may have written", "").with_code(code);
            metrics.failed("targets", &kube::Error::Api(Box::new(refused)));
        }
        let told = told(&registry);
        for line in [
            r#"dast_runs_total{outcome="Complete"} 1"#,
            r#"dast_runs_total{outcome="DeadlineExceeded"} 1"#,
            "dast_run_duration_seconds_sum 40.0",
            r#"dast_run_duration_seconds_bucket{le="15.0"} 0"#,
            r#"dast_run_duration_seconds_bucket{le="30.0"} 2"#,
            r#"dast_reconcile_errors_total{controller="targets",category="conflict"} 1"#,
            r#"dast_reconcile_errors_total{controller="targets",category="server"} 2"#,
        ] {
            assert!(told.iter().any(|told| told == line), "{line} is not in {told:#?}");
        }
        assert!(!told.concat().contains("tenant"), "{told:#?}");
    }

    /// Where nobody gates anything but by a route's own annotations.
    fn audit(route: &Route) -> Decision {
        let rulebook = Rulebook::new(Defaults::new("dast-system"), [], [], []);
        let gate = Gate { catalog: &Catalog::default(), rulebook: &rulebook, settings: &Settings::default() };
        gate.audit(route, Timestamp::now())
    }

    #[test]
    fn what_there_is_is_counted_when_somebody_asks() {
        let (known, turns) =
            (known(), Arc::new(Turns::new(QueueLimits { total: Some(1), per_namespace: None })));
        let hour_ago = Timestamp::now() - jiff::SignedDuration::from_hours(1);
        for (name, verdict) in [("a-80", "Pass"), ("b-80", "Fail"), ("c-80", "Fail")] {
            let target: ScanTarget = object(json!({
                "metadata": {"namespace": "shop", "name": name},
                "spec": {"origin": "http://a", "scanner": {"namespace": "dast-system", "name": "default"}},
                "status": {"verdict": verdict, "lastScanTime": hour_ago, "conditions": [{
                    "type": "Exposed", "status": "True", "reason": if name == "b-80" { "Drift" } else { "Proven" },
                    "message": "", "lastTransitionTime": hour_ago}]},
            }));
            assert!(known.targets.apply(target));
            let run: ScanRun = object(json!({
                "metadata": {"namespace": "shop", "name": name, "uid": name, "creationTimestamp": hour_ago},
                "spec": {"target": name}, "status": {"phase": "Queued"},
            }));
            turns.tell(&run);
        }
        let drifts = Drifts::default();
        for (name, class) in [("held", None), ("other", None), ("served", Some("public"))] {
            let annotations = match name {
                "held" => json!({PARKED_ANNOTATION: "{}"}),
                "served" => json!({"dast.security.banzaicloud.io/high": "none"}),
                _ => json!({}),
            };
            let route: Ingress = object(json!({
                "metadata": {"namespace": "shop", "name": name, "annotations": annotations},
                "spec": {
                    "ingressClassName": class.unwrap_or("dast-parked"),
                    "defaultBackend": {"service": {"name": "a", "port": {"number": 80}}},
                },
            }));
            let index = known.shared_index();
            let mut index = index.write().unwrap();
            let _ = index.apply(facts::ingress(&route).unwrap());
            let route = RouteRef::new(RouteKind::Ingress, ObjectName::new("shop", name));
            let route = index.route(&route).unwrap();
            drifts.take(route, &audit(route), &Outbox::default());
        }
        turns.open();
        assert_eq!(turns.give(Timestamp::now()).len(), 1);
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Census { known, turns, drifts }));
        let told = told(&registry);
        for line in &told {
            let name = line.split(['{', ' ']).next().unwrap();
            assert!(GUIDE.contains(&format!("| `{name}` |")), "{name} is not documented");
        }
        for line in [
            r#"dast_targets{verdict="Pass"} 1"#,
            r#"dast_targets{verdict="Warn"} 0"#,
            r#"dast_targets{verdict="Unknown"} 0"#,
            r#"dast_targets{verdict="Fail"} 2"#,
            "dast_targets_drifted 1",
            "dast_routes_drifted 1",
            "dast_routes_parked 1",
            r#"dast_queue_runs{stage="waiting"} 2"#,
            r#"dast_queue_runs{stage="running"} 1"#,
        ] {
            assert!(told.iter().any(|told| told == line), "{line} is not in {told:#?}");
        }
        let age = told.iter().find_map(|line| line.strip_prefix("dast_evidence_oldest_age_seconds "));
        assert!((3600..3700).contains(&age.unwrap().parse::<i64>().unwrap()), "{told:#?}");
    }
}
