//! What is waited for: where ZAP tells of it, and how it is stopped.

use std::sync::Arc;

use super::plan;
use super::update::{Ended, Progress};
use crate::ajax_spider::Status;
use crate::client::ZapClient;
use crate::error::ZapError;
use crate::id::{ActiveScanId, ClientSpiderScanId, PlanId, SpiderScanId};
use crate::spider::ScanState;

#[derive(Debug, Clone)]
pub(super) enum Target {
    Spider(SpiderScanId),
    ActiveScan(ActiveScanId),
    ClientSpider(ClientSpiderScanId),
    AjaxSpider,
    PassiveQueue,
    /// With the types of its jobs.
    Plan(PlanId, Arc<[String]>),
}

/// What ZAP said.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) progress: Progress,
    /// How it ended, if ZAP says so.
    pub(super) ended: Option<Ended>,
    /// When it began, where ZAP says so: another time is that of another.
    pub(super) began: Option<String>,
}

impl Look {
    fn new(progress: Progress, ended: Option<Ended>) -> Self {
        Self { progress, ended, began: None }
    }

    /// A line of the list of scans: `status` says 100 of one that was stopped too.
    pub(super) fn of_scan(percent: u8, state: &ScanState, requests: Option<u64>) -> Self {
        let paused = *state == ScanState::Paused;
        let ended = match state {
            ScanState::Finished if percent < 100 => Some(Ended::Interrupted { percent }),
            ScanState::Finished => Some(Ended::Finished),
            _ => None,
        };
        Self::new(Progress { percent: Some(percent), requests, paused, ..Progress::default() }, ended)
    }

    /// A scan that is not in the list. ZAP says itself that it does not know it, unless it began just now.
    fn of_unlisted(percent: u8) -> Self {
        Self::new(Progress { percent: Some(percent.min(99)), ..Progress::default() }, None)
    }

    /// Whether what is seen cannot have followed on `earlier`: what only grows became less. Percentages are no sign.
    pub(super) fn is_of_another(&self, earlier: &Self) -> bool {
        let less = |now: Option<u64>, before: Option<u64>| now < before;
        less(self.progress.requests, earlier.progress.requests)
            || less(self.progress.found, earlier.progress.found)
            || (earlier.began.is_some() && self.began != earlier.began)
    }
}

impl Target {
    /// Asks ZAP. An id that it does not know is its error `does_not_exist`.
    pub(super) async fn look(&self, client: &ZapClient) -> Result<Look, ZapError> {
        match self {
            Self::Spider(scan) => {
                let spider = client.spider();
                let scans = spider.scans().send().await?;
                match scans.into_iter().find(|known| known.id == *scan) {
                    Some(known) => Ok(Look::of_scan(known.progress, &known.state, None)),
                    None => Ok(Look::of_unlisted(spider.status(*scan).send().await?)),
                }
            }
            Self::ActiveScan(scan) => {
                let ascan = client.ascan();
                let scans = ascan.scans().send().await?;
                match scans.into_iter().find(|known| known.id == *scan) {
                    Some(known) => Ok(Look::of_scan(known.progress, &known.state, Some(known.req_count))),
                    None => Ok(Look::of_unlisted(ascan.status(*scan).send().await?)),
                }
            }
            Self::ClientSpider(scan) => {
                let percent = client.client_spider().status(*scan).send().await?;
                let progress = Progress { percent: Some(percent), ..Progress::default() };
                Ok(Look::new(progress, (percent >= 100).then_some(Ended::Finished)))
            }
            Self::AjaxSpider => {
                // In this order: when it has stopped, the number is the last.
                let status = client.ajax_spider().status().send().await?;
                let found = client.ajax_spider().number_of_results().send().await?;
                let progress = Progress { found: Some(found), ..Progress::default() };
                Ok(Look::new(progress, (status == Status::Stopped).then_some(Ended::Finished)))
            }
            Self::PassiveQueue => {
                let queued = client.pscan().records_to_scan().send().await?;
                let progress = Progress { queued: Some(queued), ..Progress::default() };
                Ok(Look::new(progress, (queued == 0).then_some(Ended::Finished)))
            }
            Self::Plan(plan, jobs) => {
                let seen = client.automation().plan_progress(*plan).send().await?;
                let ended = seen.finished.is_some().then(|| plan::ended(jobs, &seen));
                let progress = Progress {
                    notes: seen.infos,
                    warnings: seen.warnings,
                    errors: seen.errors,
                    ..Progress::default()
                };
                Ok(Look { progress, ended, began: seen.started })
            }
        }
    }

    /// Whether nothing that is seen of it may change for long, though it is at work.
    ///
    /// A plan says when a job begins and when it ends, and nothing in between.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(self, Self::Plan(..))
    }

    /// Whether ZAP may have overlooked its end: a crawl that has nothing more to visit.
    pub(super) fn may_never_end(&self, progress: &Progress) -> bool {
        matches!(self, Self::Spider(_)) && progress.percent == Some(100) && !progress.paused
    }

    /// What grows while it is at work, where looks do not show it: a whole percent of a large crawl takes its time. It is
    /// a long list that ZAP makes for this, so that only what seems to stand still is asked for it.
    pub(super) async fn visited(&self, client: &ZapClient) -> Result<usize, ZapError> {
        let Self::Spider(scan) = self else { return Ok(0) };
        let results = client.spider().full_results(*scan).send().await?;
        Ok(results.in_scope.len() + results.out_of_scope.len() + results.unanswered.len())
    }

    /// Stops it in ZAP. The queue of the passive scanner goes on.
    pub(super) async fn stop(&self, client: &ZapClient) -> Result<(), ZapError> {
        match self {
            Self::Spider(scan) => client.spider().stop(*scan).send().await,
            Self::ActiveScan(scan) => client.ascan().stop(*scan).send().await,
            Self::ClientSpider(scan) => client.client_spider().stop(*scan).send().await,
            Self::AjaxSpider => client.ajax_spider().stop().send().await,
            Self::PassiveQueue => Ok(()),
            Self::Plan(plan, _) => client.automation().stop_plan(*plan).send().await,
        }
    }
}
