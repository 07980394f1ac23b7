//! What was served when, and whether that had passed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::chronicle::{Entry, Kind, is_at_work};

/// What came of it all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// How often something became exposed.
    pub(super) exposures: usize,
    /// How many changes were made while a scan of what they changed was at work.
    pub(super) races: usize,
    /// How many came before or after it.
    pub(super) others: usize,
    /// How long routes that were held back were so after it was written that what they lead to has passed.
    pub(super) releases: Vec<Duration>,
}

/// A change of the tenant: after it was written, what these targets are is something else.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) targets: Vec<String>,
}

/// Reads the chronicle from its beginning to its end. Whenever a route became exposed, what it led to then has to be what had
/// passed.
pub(super) fn judge(told: &[Entry], changes: &[Change]) -> Result<Sum> {
    let mut standing: BTreeMap<(Kind, &str), &Value> = BTreeMap::new();
    let mut sum = Sum::default();
    let mut changes: Vec<&Change> = changes.iter().collect();
    changes.sort_by_key(|change| change.version);
    let mut changes = changes.into_iter().peekable();
    // Since when targets have passed, or held routes are what they are.
    let mut since: BTreeMap<(Kind, &str), Instant> = BTreeMap::new();
    for entry in told {
        while let Some(change) = changes.next_if(|change| change.version <= entry.version) {
            let runs = standing.iter().filter(|((kind, _), _)| *kind == Kind::ScanRun);
            let is_race = runs.into_iter().any(|(_, run)| is_at_work(run, &change.targets));
            *(if is_race { &mut sum.races } else { &mut sum.others }) += 1;
        }
        let key = (entry.kind, entry.name.as_str());
        let before = match &entry.object {
            Some(object) => standing.insert(key, object),
            None => standing.remove(&key),
        };
        match &entry.object {
            Some(target) if entry.kind == Kind::ScanTarget && has_passed(target).is_ok() => {
                let evidence = |target: &Value| target["status"]["evidence"].clone();
                if before.is_none_or(|before| evidence(before) != evidence(target)) {
                    since.insert(key, entry.heard);
                }
            }
            Some(route) if entry.kind == Kind::Ingress && !is_exposed(route) => {
                since.insert(key, entry.heard);
            }
            _ => {}
        }
        let Some(route) =
            entry.object.as_ref().filter(|route| entry.kind == Kind::Ingress && is_exposed(route))
        else {
            continue;
        };
        // A route that is exposed stays so, whatever becomes of what it leads to.
        if before
            .is_none_or(|before| !is_exposed(before) || before["spec"]["rules"] != route["spec"]["rules"])
        {
            sum.exposures += 1;
            let what = format!("{} was exposed at {}", entry.name, entry.version);
            let target = had_passed(route, &standing).context(what)?;
            if before.is_some_and(|before| !is_exposed(before)) {
                let known = [since.get(&(Kind::ScanTarget, target.as_str())), since.get(&key)];
                let known = known.into_iter().flatten().max();
                sum.releases.extend(known.map(|since| entry.heard.duration_since(*since)));
            }
        }
    }
    Ok(sum)
}

fn is_exposed(route: &Value) -> bool {
    route["spec"]["ingressClassName"] == "public"
}

/// Whether what a route leads to is good, and is known to be. Gives the target.
fn had_passed(route: &Value, standing: &BTreeMap<(Kind, &str), &Value>) -> Result<String> {
    let rule = &route["spec"]["rules"][0];
    let service =
        rule["http"]["paths"][0]["backend"]["service"]["name"].as_str().context("it leads nowhere")?;
    let led = standing.get(&(Kind::Service, service)).with_context(|| format!("no Service {service}"))?;
    let pods = standing.iter().filter(|((kind, _), _)| *kind == Kind::Pod).map(|(_, pod)| *pod);
    // None is served, if they end just now: that is nothing bad.
    let served = pods.filter(|pod| serves(pod, led));
    let port = &led["spec"]["ports"][0]["targetPort"];
    for pod in served {
        let care = &pod["metadata"]["labels"]["care"];
        let is_good = *care == "good" || (*care == "both" && *port == 8080);
        ensure!(is_good, "{} is served at {port}, which is {care}", pod["metadata"]["name"]);
    }
    let name = format!("{service}-80");
    let target = standing.get(&(Kind::ScanTarget, name.as_str())).context("it was never scanned")?;
    has_passed(target)?;
    let covered = target["status"]["evidence"]["scan"]["subject"]["covered"].to_string();
    let host = rule["host"].as_str().context("it has no host")?;
    ensure!(covered.contains(host), "{host} was not looked at: {covered}");
    Ok(name)
}

/// Whether that is said of what runs.
fn has_passed(target: &Value) -> Result<()> {
    let status = &target["status"];
    ensure!(status["verdict"] == "Pass", "the verdict is {}", status["verdict"]);
    let scanned = &status["evidence"]["scan"]["revision"];
    ensure!(*scanned == status["revision"], "{scanned} was scanned, {} runs", status["revision"]);
    Ok(())
}

/// Whether a Service leads to a pod.
fn serves(pod: &Value, service: &Value) -> bool {
    let labels = &pod["metadata"]["labels"];
    let selector = service["spec"]["selector"].as_object();
    let is_selected =
        selector.is_some_and(|selector| selector.iter().all(|(key, value)| labels[key] == *value));
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let is_ready = conditions.into_iter().any(|said| said["type"] == "Ready" && said["status"] == "True");
    is_selected && is_ready && pod["metadata"]["deletionTimestamp"].is_null()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(version: u64, kind: Kind, name: &str, object: Value) -> Entry {
        let heard = Instant::now();
        Entry { version, kind, name: name.to_owned(), object: Some(object), heard }
    }

    /// A route that is released at the end, after the Service was led to something in this state.
    fn story(care: &str, revision: &str) -> Vec<Entry> {
        let mut told = entries(care, revision);
        let heard = told[0].heard;
        for entry in &mut told {
            entry.heard = heard + Duration::from_secs(entry.version);
        }
        told
    }

    fn entries(care: &str, revision: &str) -> Vec<Entry> {
        let route = |class: &str| {
            let backend = json!({"service": {"name": "web"}});
            json!({"spec": {"ingressClassName": class,
                "rules": [{"host": "a.example", "http": {"paths": [{"backend": backend}]}}]}})
        };
        let scan = json!({"revision": "1", "subject": {"covered": [{"host": "a.example"}]}});
        vec![
            entry(
                1,
                Kind::Pod,
                "web-1",
                json!({"metadata": {"labels": {"app": "web", "care": care}},
                "status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
            ),
            entry(2, Kind::Ingress, "web", route("dast-parked")),
            entry(
                3,
                Kind::ScanRun,
                "r",
                json!({"spec": {"target": "web-80"}, "status": {"phase": "Running"}}),
            ),
            entry(
                4,
                Kind::Service,
                "web",
                json!({"spec": {"selector": {"app": "web"}, "ports": [{"targetPort": 8080}]}}),
            ),
            entry(
                5,
                Kind::ScanTarget,
                "web-80",
                json!({"status": {"verdict": "Pass", "revision": revision,
                "evidence": {"scan": scan}}}),
            ),
            entry(6, Kind::Ingress, "web", route("public")),
        ]
    }

    #[test]
    fn what_is_exposed_had_passed_or_it_is_told() {
        let change = |version| Change { version, targets: vec!["web-80".to_owned()] };
        let sum = judge(&story("good", "1"), &[change(4), change(2)]).unwrap();
        let releases = vec![Duration::from_secs(1)];
        assert_eq!(sum, Sum { exposures: 1, races: 1, others: 1, releases });
        let error = format!("{:#}", judge(&story("weak", "1"), &[]).unwrap_err());
        assert!(error.contains("web was exposed at 6") && error.contains("which is \"weak\""), "{error}");
        let error = format!("{:#}", judge(&story("good", "2"), &[]).unwrap_err());
        assert!(error.contains("\"1\" was scanned, \"2\" runs"), "{error}");
    }
}
