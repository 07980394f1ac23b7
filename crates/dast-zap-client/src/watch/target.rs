//! What is waited for: where ZAP tells of it, and how it is stopped.

use serde::Deserialize;

use super::update::{Ended, Progress};
use crate::client::ZapClient;
use crate::endpoint::{EndpointName, Kind};
use crate::error::ZapError;
use crate::id::{ActiveScanId, ClientSpiderScanId, PlanId, SpiderScanId};
use crate::parameter::Value;
use crate::reply::Shape;
use crate::request::Request;
use crate::wire::{Wire, plain, wire};

#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Spider(SpiderScanId),
    ActiveScan(ActiveScanId),
    ClientSpider(ClientSpiderScanId),
    AjaxSpider,
    PassiveQueue,
    Plan(PlanId),
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
    pub(super) async fn look(self, client: &ZapClient) -> Result<Look, ZapError> {
        match self {
            Self::Spider(scan) => look_at_scan(client, "spider", scan.get()).await,
            Self::ActiveScan(scan) => look_at_scan(client, "ascan", scan.get()).await,
            Self::ClientSpider(scan) => {
                let percent = status(client, "clientSpider", scan).await?;
                let progress = Progress { percent: Some(percent), ..Progress::default() };
                Ok(Look::new(progress, (percent >= 100).then_some(Ended::Finished)))
            }
            Self::AjaxSpider => {
                // In this order: when it has stopped, the number is the last.
                let state = view::<String>(client, "ajaxSpider", "status", "status").send().await?;
                let found =
                    view::<u64>(client, "ajaxSpider", "numberOfResults", "numberOfResults").send().await?;
                let progress = Progress { found: Some(found), ..Progress::default() };
                Ok(Look::new(progress, (state == "stopped").then_some(Ended::Finished)))
            }
            Self::PassiveQueue => {
                let queued = view::<u64>(client, "pscan", "recordsToScan", "recordsToScan").send().await?;
                let progress = Progress { queued: Some(queued), ..Progress::default() };
                Ok(Look::new(progress, (queued == 0).then_some(Ended::Finished)))
            }
            Self::Plan(plan) => look_at_plan(client, plan).await,
        }
    }

    /// Stops it in ZAP. The queue of the passive scanner goes on.
    pub(super) async fn stop(self, client: &ZapClient) -> Result<(), ZapError> {
        let action = |component, name| {
            Request::<()>::new(client, EndpointName::fixed(component, Kind::Action, name), Shape::done())
        };
        match self {
            Self::Spider(scan) => action("spider", "stop").with("scanId", scan.text()).send().await,
            Self::ActiveScan(scan) => action("ascan", "stop").with("scanId", scan.text()).send().await,
            Self::ClientSpider(scan) => {
                action("clientSpider", "stop").with("scanId", scan.text()).send().await
            }
            Self::AjaxSpider => action("ajaxSpider", "stop").send().await,
            Self::PassiveQueue => Ok(()),
            Self::Plan(plan) => action("automation", "stopPlan").with("planId", plan.text()).send().await,
        }
    }
}

/// A line of `spider/view/scans` and `ascan/view/scans`.
#[derive(Deserialize)]
struct Scan {
    #[serde(deserialize_with = "wire")]
    id: u32,
    #[serde(deserialize_with = "wire")]
    progress: u8,
    #[serde(deserialize_with = "wire")]
    state: String,
    #[serde(rename = "reqCount", default, deserialize_with = "wire")]
    requests: Option<u64>,
}

/// What `automation/view/planProgress` answers.
#[derive(Deserialize)]
struct Plan {
    /// Empty until it has begun.
    #[serde(deserialize_with = "wire")]
    started: Option<String>,
    /// Empty until it has ended.
    #[serde(deserialize_with = "wire")]
    finished: Option<String>,
    #[serde(deserialize_with = "wire")]
    info: Vec<String>,
    #[serde(deserialize_with = "wire")]
    warn: Vec<String>,
    #[serde(deserialize_with = "wire")]
    error: Vec<String>,
}

plain!(Scan, Plan);

/// Looks into the list of scans: `status` says 100 of one that was stopped too.
async fn look_at_scan(client: &ZapClient, component: &'static str, id: u32) -> Result<Look, ZapError> {
    let scans = view::<Vec<Scan>>(client, component, "scans", "scans").send().await?;
    let Some(scan) = scans.into_iter().find(|scan| scan.id == id) else {
        // ZAP says itself that it does not know it, unless it began just now.
        let percent = status(client, component, id).await?;
        let progress = Progress { percent: Some(percent.min(99)), ..Progress::default() };
        return Ok(Look::new(progress, None));
    };
    let percent = scan.progress;
    let progress = Progress {
        percent: Some(percent),
        requests: scan.requests,
        paused: scan.state == "PAUSED",
        ..Progress::default()
    };
    let ended = match scan.state.as_str() {
        "FINISHED" if percent < 100 => Some(Ended::Interrupted { percent }),
        "FINISHED" => Some(Ended::Finished),
        _ => None,
    };
    Ok(Look::new(progress, ended))
}

async fn look_at_plan(client: &ZapClient, plan: PlanId) -> Result<Look, ZapError> {
    let endpoint = EndpointName::fixed("automation", Kind::View, "planProgress");
    let request = Request::<Plan>::new(client, endpoint, Shape::whole()).with("planId", plan.text());
    let Plan { started, finished, info, warn, error } = request.send().await?;
    let (began, finished) = (known(started), known(finished));
    let ended = match finished {
        None => None,
        Some(_) if error.is_empty() => Some(Ended::Finished),
        Some(_) => Some(Ended::Failed { errors: error.clone() }),
    };
    let progress = Progress { notes: info, warnings: warn, errors: error, ..Progress::default() };
    Ok(Look { progress, ended, began })
}

fn known(time: Option<String>) -> Option<String> {
    time.filter(|time| !time.is_empty())
}

async fn status(client: &ZapClient, component: &'static str, scan: impl Value) -> Result<u8, ZapError> {
    view::<u8>(client, component, "status", "status").with("scanId", scan.text()).send().await
}

fn view<T: Wire>(
    client: &ZapClient,
    component: &'static str,
    name: &'static str,
    key: &'static str,
) -> Request<T> {
    Request::new(client, EndpointName::fixed(component, Kind::View, name), Shape::under(key))
}
