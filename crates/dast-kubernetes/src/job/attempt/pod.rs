//! What became of a pod
//! (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/>).

use dast_core::scan::AttemptFailure;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodCondition, PodStatus};

use super::container::{Containers, Troubled};
use super::{Became, NO_IMAGE, NO_NODE, time};

pub(super) fn what_became(pod: &Pod, now: Timestamp) -> Became {
    let Some(status) = &pod.status else { return Became::pending("its pod waits for a node") };
    let is_over = matches!(status.phase.as_deref(), Some("Failed" | "Succeeded"));
    if let Some(taken) = taken_away(status, is_over) {
        return taken;
    }
    let containers = Containers::of(status);
    if status.phase.as_deref() == Some("Succeeded") || containers.analyzer_succeeded() {
        return Became::Finished { pod_uid: pod.metadata.uid.clone() };
    }
    if let Some(killed) = containers.out_of_memory() {
        return Became::ended(AttemptFailure::OutOfMemory, &killed);
    }
    if let Some(crashed) = containers.crashed() {
        return Became::ended(AttemptFailure::Crashed, &crashed);
    }
    if is_over {
        return Became::ended(AttemptFailure::Crashed, words(status).unwrap_or("its pod failed"));
    }
    if let Some((trouble, why)) = containers.troubled() {
        return match trouble {
            Troubled::Forbidden => Became::ended(AttemptFailure::Forbidden, &why),
            Troubled::NoImage | Troubled::NoStart => {
                let failure = match trouble {
                    Troubled::NoImage => AttemptFailure::ImageMissing,
                    Troubled::NoStart | Troubled::Forbidden => AttemptFailure::Crashed,
                };
                let since = containers.last_news().max(time(status.start_time.as_ref())).unwrap_or(now);
                Became::unless_it_lasts(&why, failure, since, NO_IMAGE, now)
            }
        };
    }
    if let Some(since) = containers.analyzer_runs_since() {
        let pod_uid = pod.metadata.uid.clone().unwrap_or_default();
        return Became::Running { pod_uid, since };
    }
    match condition(status, "PodScheduled").filter(|scheduled| scheduled.status == "False") {
        Some(unscheduled) if unscheduled.reason.as_deref() == Some("Unschedulable") => {
            let why = format!("no node has room: {}", unscheduled.message.as_deref().unwrap_or_default());
            let since = time(unscheduled.last_transition_time.as_ref()).unwrap_or(now);
            Became::unless_it_lasts(&why, AttemptFailure::NoRoom, since, NO_NODE, now)
        }
        _ => Became::pending(&containers.waiting_for()),
    }
}

/// Whether the pod was taken from its node, or never let in, for no fault of its own.
fn taken_away(status: &PodStatus, is_over: bool) -> Option<Became> {
    let reason = status.reason.as_deref().unwrap_or_default();
    let detail = || format!("{reason}: {}", status.message.as_deref().unwrap_or_default());
    match reason {
        "DeadlineExceeded" => return Some(Became::ended(AttemptFailure::DeadlineExceeded, &detail())),
        "Evicted" | "Preempting" | "NodeLost" | "NodeShutdown" | "Terminated" | "Shutdown" => {
            return Some(Became::ended(AttemptFailure::Evicted, &detail()));
        }
        // Words of a kubelet that does not take a pod in: OutOfcpu, OutOfmemory, OutOfpods.
        "NodeAffinity" | "UnexpectedAdmissionError" => {
            return Some(Became::ended(AttemptFailure::NoRoom, &detail()));
        }
        short if short.starts_with("OutOf") => {
            return Some(Became::ended(AttemptFailure::NoRoom, &detail()));
        }
        _ => {}
    }
    // It is said before the pod has ended, which may still deliver something.
    let disrupted =
        condition(status, "DisruptionTarget").filter(|target| is_over && target.status == "True")?;
    let reason = disrupted.reason.as_deref().unwrap_or("disrupted");
    let message = disrupted.message.as_deref().unwrap_or_default();
    Some(Became::ended(AttemptFailure::Evicted, &format!("{reason}: {message}")))
}

fn condition<'s>(status: &'s PodStatus, kind: &str) -> Option<&'s PodCondition> {
    status.conditions.as_ref()?.iter().find(|condition| condition.type_ == kind)
}

/// What a pod says of itself.
fn words(status: &PodStatus) -> Option<&str> {
    let message = status.message.as_deref().filter(|message| !message.is_empty());
    message.or(status.reason.as_deref()).filter(|words| !words.is_empty())
}
