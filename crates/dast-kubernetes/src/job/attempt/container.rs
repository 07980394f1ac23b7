//! What became of the containers of a pod: the words are those of the kubelet and of the runtime behind it.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, PodStatus};

use super::super::pod::{ANALYZER, SIDECAR};
use super::time;

/// The containers of a pod: those that begin one after the other, and then the analyzer.
pub(super) struct Containers<'p> {
    initial: &'p [ContainerStatus],
    main: &'p [ContainerStatus],
}

/// Why a container does not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Troubled {
    /// Its image does not come.
    NoImage,
    /// The runtime fails.
    NoStart,
    /// It never will, as it is.
    Forbidden,
}

impl<'p> Containers<'p> {
    pub(super) fn of(status: &'p PodStatus) -> Self {
        Self {
            initial: status.init_container_statuses.as_deref().unwrap_or_default(),
            main: status.container_statuses.as_deref().unwrap_or_default(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &'p ContainerStatus> {
        self.initial.iter().chain(self.main)
    }

    /// Whether the analyzer has ended as if all were well. What beside it is ended after that says nothing.
    pub(super) fn analyzer_succeeded(&self) -> bool {
        let analyzer = self.main.iter().find(|container| container.name == ANALYZER);
        analyzer.and_then(terminated).is_some_and(|end| end.exit_code == 0)
    }

    pub(super) fn analyzer_runs_since(&self) -> Option<Timestamp> {
        let analyzer = self.main.iter().find(|container| container.name == ANALYZER)?;
        time(analyzer.state.as_ref()?.running.as_ref()?.started_at.as_ref())
    }

    /// The first that had too little memory, now or before it was started again.
    pub(super) fn out_of_memory(&self) -> Option<String> {
        let killed = |container: &ContainerStatus| {
            let ends = [terminated(container), terminated_before(container)];
            ends.into_iter().flatten().any(|end| end.reason.as_deref() == Some("OOMKilled"))
        };
        let container = self.all().find(|container| killed(container))?;
        Some(format!("container `{}` needed more memory than its limit", container.name))
    }

    /// The first that ended and should not have. One that runs beside the analyzer is started again, but what it knew of
    /// the scan is lost; it is ended by the kubelet when the analyzer has ended, and that says nothing.
    pub(super) fn crashed(&self) -> Option<String> {
        let again = self.initial.iter().find(|container| container.restart_count > 0);
        let again = again.and_then(|container| Some((container, terminated_before(container)?)));
        let failed = self.main.iter().chain(self.initial.iter().filter(|container| !is_sidecar(container)));
        let mut failed = failed.filter_map(|container| Some((container, terminated(container)?)));
        let (container, end) = again.or_else(|| failed.find(|(_, end)| end.exit_code != 0))?;
        let mut text = format!("container `{}` ended with exit code {}", container.name, end.exit_code);
        if let Some(reason) = end.reason.as_deref().filter(|reason| !["Error", "Completed"].contains(reason))
        {
            text.push_str(&format!(" ({reason})"));
        }
        // The end of a log is where the error is.
        let last = end.message.iter().flat_map(|message| message.lines().rev());
        if let Some(line) = last.map(str::trim).find(|line| !line.is_empty()) {
            text.push_str(": ");
            text.push_str(line);
        }
        Some(text)
    }

    /// The first that does not start, and why.
    pub(super) fn troubled(&self) -> Option<(Troubled, String)> {
        self.all().find_map(|container| {
            let waiting = container.state.as_ref()?.waiting.as_ref()?;
            let reason = waiting.reason.as_deref()?;
            let trouble = match reason {
                "ErrImagePull"
                | "ImagePullBackOff"
                | "ErrImageNeverPull"
                | "RegistryUnavailable"
                | "ImageInspectError"
                | "SignatureValidationFailed" => Troubled::NoImage,
                "CreateContainerError"
                | "RunContainerError"
                | "CrashLoopBackOff"
                | "PreCreateHookError"
                | "PostStartHookError" => Troubled::NoStart,
                "InvalidImageName" | "CreateContainerConfigError" => Troubled::Forbidden,
                _ => return None,
            };
            let message = waiting.message.as_deref().unwrap_or_default();
            Some((trouble, format!("container `{}`: {reason}: {message}", container.name)))
        })
    }

    /// When a container last started or ended: until then, nothing was missing.
    pub(super) fn last_news(&self) -> Option<Timestamp> {
        let news = self.all().flat_map(|container| {
            let state = container.state.as_ref();
            let started = state.and_then(|state| state.running.as_ref()?.started_at.as_ref());
            let ended = terminated(container).and_then(|end| end.finished_at.as_ref());
            [time(started), time(ended)]
        });
        news.flatten().max()
    }

    /// What the pod waits for, in the words of whoever keeps it waiting.
    pub(super) fn waiting_for(&self) -> String {
        let waiting = self.all().find_map(|container| {
            let waiting = container.state.as_ref()?.waiting.as_ref()?;
            Some(format!(
                "container `{}`: {}",
                container.name,
                waiting.reason.as_deref().unwrap_or("waiting")
            ))
        });
        waiting.unwrap_or_else(|| "its pod waits for a node".to_owned())
    }
}

fn terminated(container: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    container.state.as_ref()?.terminated.as_ref()
}

fn terminated_before(container: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    container.last_state.as_ref()?.terminated.as_ref()
}

/// Only what runs beside the analyzer is called this: whether it is one is not in a status.
fn is_sidecar(container: &ContainerStatus) -> bool {
    container.name == SIDECAR
}
