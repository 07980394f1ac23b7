//! Takes in what is posted.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use dast_core::discovery::ObjectName;
use dast_policy::{Cause, Completion, Evidence, Report};
use kube::api::PatchParams;
use kube::{Api, Resource, ResourceExt};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::about::About;
use super::refusal::Refusal;
use super::standing::{self, Standing};
use super::visitor::Visitor;
use super::{Results, body, ordered};
use crate::access::FIELD_MANAGER;
use crate::convert::StatusError;
use crate::crd::{RunPhase, RunProgress, ScanReport, ScanReportSpec, ScanRun, ScanRunStatus, ScanTarget};
use crate::order::Order;
use crate::patch::applied;
use crate::refused::is_conflict;

/// For a report to come in, however slow the network.
const FOR_A_REPORT: Duration = Duration::from_secs(100);
const FOR_PROGRESS: Duration = Duration::from_secs(5);
const MOST_PROGRESS_BYTES: usize = 1024;
/// For the rest of what is refused.
const FOR_THE_REST: Duration = Duration::from_secs(10);
/// How often a run is read and written anew when others write it, too.
const TRIES: usize = 5;

/// Takes progress.
pub(super) async fn progress(
    State(results): State<Arc<Results>>,
    Path(about): Path<About>,
    headers: HeaderMap,
    mut body: Body,
) -> Response {
    let mut post = Post { results: &results, about: &about, visitor: None };
    let taken = post.progress(&headers, &mut body).await;
    post.answer(taken, body).await
}

/// Takes a report.
pub(super) async fn report(
    State(results): State<Arc<Results>>,
    Path(about): Path<About>,
    headers: HeaderMap,
    mut body: Body,
) -> Response {
    let mut post = Post { results: &results, about: &about, visitor: None };
    let taken = post.report(&headers, &mut body).await;
    post.answer(taken, body).await
}

/// A post, as far as it has come.
struct Post<'a> {
    results: &'a Results,
    about: &'a About,
    /// Who it is from, once that is known.
    visitor: Option<Visitor>,
}

/// What became of a write that has the version of what was read as a precondition.
enum Write {
    Done,
    /// Somebody else wrote first.
    Conflict,
}

impl Post<'_> {
    async fn progress(&mut self, headers: &HeaderMap, body: &mut Body) -> Result<(), Refusal> {
        let visitor = self.enter(headers).await?;
        let Some(mut run) = self.run(&visitor).await? else { return Ok(()) };
        let json = body::read(body, MOST_PROGRESS_BYTES, FOR_PROGRESS).await?;
        let progress: RunProgress = read("progress", &json)?;
        let progress = RunProgress { percent: progress.percent.min(100), ..progress };
        for _ in 0..TRIES {
            let before = run.status.clone().unwrap_or_default();
            let status = ScanRunStatus {
                phase: Some(RunPhase::Running),
                pod_uid: Some(visitor.uid.clone()),
                progress: Some(progress),
                ..before.clone()
            };
            if status == before {
                return Ok(());
            }
            if let Write::Done = self.write_status(&run, status).await? {
                return Ok(());
            }
            let Some(again) = self.waiting_run(&visitor).await? else { return Ok(()) };
            run = again;
        }
        Err(Refusal::Contended)
    }

    async fn report(&mut self, headers: &HeaderMap, body: &mut Body) -> Result<(), Refusal> {
        let visitor = self.enter(headers).await?;
        let Some(mut run) = self.run(&visitor).await? else { return Ok(()) };
        let _room = self.results.reports.try_acquire().map_err(|_| Refusal::Busy)?;
        let json = body::read(body, Order::MOST_REPORT_BYTES, FOR_A_REPORT).await?;
        let report: Arc<Report> = Arc::new(apart(move || read("report", &json)).await??);
        let target = self.target(&run).await?;
        let is_last = self.about.attempt >= (self.results.settings)().attempts;
        for _ in 0..TRIES {
            ordered::check(&report.evidence, &run, &target)?;
            if !is_last && was_interrupted(&report.evidence) {
                return Err(Refusal::Interrupted { attempt: self.about.attempt });
            }
            let doubt = {
                let index = self.results.index.read().unwrap_or_else(PoisonError::into_inner);
                ordered::doubt(&run, &target, &index)
            };
            let (spec, evidence) = self.pack(Arc::clone(&report), doubt, &run).await?;
            let status = ended(&run, &evidence, &visitor).map_err(Refusal::Unfit)?;
            self.write_report(spec, &target).await?;
            if let Some(known) = &self.results.known {
                known.deliveries.put(&run, evidence);
            }
            if let Write::Done = self.write_status(&run, status).await? {
                tracing::debug!(run = self.about.name, pod = visitor.pod, "a report was taken");
                return Ok(());
            }
            let Some(again) = self.waiting_run(&visitor).await? else { return Ok(()) };
            run = again;
        }
        Err(Refusal::Contended)
    }

    /// Who posts, if they may post for this run and attempt.
    async fn enter(&mut self, headers: &HeaderMap) -> Result<Visitor, Refusal> {
        let Results { client, leads, settings, visitors, known, .. } = self.results;
        if !*leads.borrow() {
            return Err(Refusal::StandsBy);
        }
        self.about.check()?;
        let visitor = visitors.of(headers, client, &settings().scan_namespace, known.as_ref()).await?;
        self.visitor = Some(visitor.clone());
        standing::check(&visitor, self.about)?;
        Ok(visitor)
    }

    /// The run, as it is known if it is known to wait for this, or else as it is; `None` if it has it already.
    async fn run(&self, visitor: &Visitor) -> Result<Option<ScanRun>, Refusal> {
        let name = ObjectName::new(self.about.namespace.as_str(), self.about.name.as_str());
        let known = self.results.known.as_ref().and_then(|known| known.runs.get(&name));
        match known {
            Some(run) if matches!(standing::standing(&run, visitor, self.about), Ok(Standing::Waits)) => {
                Ok(Some(ScanRun::clone(&run)))
            }
            _ => self.waiting_run(visitor).await,
        }
    }

    /// The same as it is now.
    async fn waiting_run(&self, visitor: &Visitor) -> Result<Option<ScanRun>, Refusal> {
        let run = self.runs().get_opt(&self.about.name).await.map_err(Refusal::Api)?;
        let run = run.ok_or(Refusal::RunGone)?;
        let standing = standing::standing(&run, visitor, self.about)?;
        Ok((standing == Standing::Waits).then_some(run))
    }

    async fn target(&self, run: &ScanRun) -> Result<ScanTarget, Refusal> {
        let name = ObjectName::new(self.about.namespace.as_str(), run.spec.target.as_str());
        if let Some(target) = self.results.known.as_ref().and_then(|known| known.targets.get(&name)) {
            return Ok(ScanTarget::clone(&target));
        }
        let targets = Api::<ScanTarget>::namespaced(self.results.client.clone(), &self.about.namespace);
        targets.get_opt(&run.spec.target).await.map_err(Refusal::Api)?.ok_or(Refusal::TargetGone)
    }

    /// The report as it is stored, and its evidence. What is in doubt is incomplete.
    async fn pack(
        &self,
        report: Arc<Report>,
        doubt: Option<String>,
        run: &ScanRun,
    ) -> Result<(ScanReportSpec, Evidence), Refusal> {
        let (target, run) = (run.spec.target.clone(), run.name_any());
        let most = (self.results.settings)().most_report_bytes;
        let packed = apart(move || {
            let report = match doubt {
                Some(detail) => Arc::new(Report::clone(&report).incomplete(Cause::TargetChanged, detail)),
                None => report,
            };
            let spec = ScanReportSpec::pack(target, run, &report, most)?;
            Ok((spec, report.evidence.clone()))
        });
        packed.await?.map_err(Refusal::NoRoom)
    }

    async fn write_report(&self, spec: ScanReportSpec, target: &ScanTarget) -> Result<(), Refusal> {
        let name = target.name_any();
        let mut report = ScanReport::new(&name, spec);
        report.metadata.namespace = Some(self.about.namespace.clone());
        report.metadata.owner_references = target.controller_owner_ref(&()).map(|owner| vec![owner]);
        let reports = Api::<ScanReport>::namespaced(self.results.client.clone(), &self.about.namespace);
        let report = applied(&report).map_err(Refusal::Api)?;
        reports.patch(&name, &ours(), &report).await.map_err(Refusal::Api)?;
        Ok(())
    }

    /// Writes the status of the run as it was read, and of no other.
    async fn write_status(&self, run: &ScanRun, status: ScanRunStatus) -> Result<Write, Refusal> {
        let status = status.bounded().map_err(Refusal::Unfit)?;
        let patch = json!({
            "apiVersion": ScanRun::api_version(&()),
            "kind": ScanRun::kind(&()),
            "metadata": {"name": run.name_any(), "uid": run.uid(), "resourceVersion": run.resource_version()},
            "status": status,
        });
        let patch = applied(&patch).map_err(Refusal::Api)?;
        match self.runs().patch_status(&run.name_any(), &ours(), &patch).await {
            Ok(_) => Ok(Write::Done),
            Err(error) if is_conflict(&error) => Ok(Write::Conflict),
            Err(error) => Err(Refusal::Api(error)),
        }
    }

    fn runs(&self) -> Api<ScanRun> {
        Api::namespaced(self.results.client.clone(), &self.about.namespace)
    }

    async fn answer(self, taken: Result<(), Refusal>, mut body: Body) -> Response {
        let Err(refusal) = taken else { return StatusCode::NO_CONTENT.into_response() };
        let (results, about) = (self.results, self.about);
        let pod = self.visitor.as_ref().map(|visitor| visitor.pod.as_str());
        tracing::debug!(%refusal, category = refusal.category(), run = about.name, pod, "a post was refused");
        results.events.tell(&results.client, about, &refusal, pod).await;
        body::skip(&mut body, Order::MOST_REPORT_BYTES, FOR_THE_REST).await;
        refusal.into_response()
    }
}

/// Whether the scan was stopped by whoever runs its pod: it was evicted, or its node is being drained.
fn was_interrupted(evidence: &Evidence) -> bool {
    matches!(evidence.scan().completion, Completion::Incomplete { cause: Cause::Interrupted, .. })
}

/// The status of a run that ends with this evidence.
fn ended(run: &ScanRun, evidence: &Evidence, visitor: &Visitor) -> Result<ScanRunStatus, StatusError> {
    let mut status = run.status.clone().unwrap_or_default();
    status.record(evidence)?;
    let scan = evidence.scan();
    let complete = scan.completion == Completion::Complete;
    status.phase = Some(if complete { RunPhase::Succeeded } else { RunPhase::Failed });
    status.pod_uid = Some(visitor.uid.clone());
    status.next_attempt = None;
    let percent = status.progress.map_or(0, |progress| progress.percent);
    let percent = if complete { 100 } else { percent };
    status.progress = Some(RunProgress { percent, pages: scan.coverage.pages });
    Ok(status)
}

fn ours() -> PatchParams {
    PatchParams::apply(FIELD_MANAGER).force()
}

fn read<T: serde::de::DeserializeOwned>(what: &'static str, json: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(json).map_err(|source| Refusal::Unreadable { what, source })
}

/// Does what takes long where it keeps nobody waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    spawn_blocking(work).await.map_err(|_| Refusal::Broken)
}
