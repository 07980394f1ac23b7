//! Scanners: spider, active and passive, and plans that start them.

use serde_json::{Value as Json, json};

use super::super::asked::{Answer, Asked, Refusal, done};
use super::super::history::Source;
use super::super::scan::{Scan, Scans};
use super::super::session::Session;
use super::super::site;
use super::super::state::State;
use super::core::file;
use super::options::{exclusions, option};
use super::rules;
use crate::endpoint::Kind;
use crate::error::ErrorCode;

const SPIDER_OPTIONS: &[(&str, &str)] = &[
    ("MaxDepth", "5"),
    ("MaxDuration", "0"),
    ("MaxChildren", "0"),
    ("ThreadCount", "4"),
    ("ParseRobotsTxt", "true"),
    ("ParseSitemapXml", "true"),
    ("PostForm", "true"),
    ("ProcessForm", "true"),
];

const ACTIVE_OPTIONS: &[(&str, &str)] = &[
    ("DelayInMs", "0"),
    ("HandleAntiCSRFTokens", "true"),
    ("HostPerScan", "2"),
    ("InjectPluginIdInHeader", "false"),
    ("MaxAlertsPerRule", "0"),
    ("MaxRuleDurationInMins", "0"),
    ("MaxScanDurationInMins", "0"),
    ("ScanHeadersAllRequests", "false"),
    ("ThreadPerHost", "4"),
];

pub(super) fn spider(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (session, settings) = (&mut state.session, &state.settings);
    match (asked.kind, asked.name) {
        (Kind::Action, "scan" | "scanAsUser") => {
            let url = target(state, asked)?;
            let id = state.session.spiders.start(&url, state.settings.spider_takes);
            state.session.visit(&url, Source::Spider, &state.settings);
            Ok(json!({ asked.name: id.to_string() }))
        }
        (Kind::View, "status") => {
            let scan = session.spiders.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let over = scan.look();
            let (status, url) = (scan.status(), scan.url.clone());
            if over {
                session.visit_all(&url, Source::Spider, settings);
            }
            Ok(json!({ "status": status.to_string() }))
        }
        (Kind::View, "scans") => {
            let over: Vec<_> =
                session.spiders.each().filter_map(|scan| scan.look().then(|| scan.url.clone())).collect();
            for url in over {
                session.visit_all(&url, Source::Spider, settings);
            }
            let scans = session.spiders.all().iter().map(|scan| {
                json!({ "id": scan.id.to_string(), "progress": scan.progress().to_string(), "state": scan.state() })
            });
            Ok(json!({ "scans": scans.collect::<Vec<_>>() }))
        }
        (Kind::View, "results" | "addedNodes") => {
            let scan = session.spiders.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let url = scan.url.clone();
            let found = session.urls.iter().filter(|found| site::same_origin(found, &url));
            let found = found.filter(|found| site::origin(found).as_ref() != Some(found));
            Ok(json!({ asked.name: found.collect::<Vec<_>>() }))
        }
        (Kind::View, "fullResults") => {
            asked.required("scanId")?;
            let scan = session.spiders.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let url = scan.url.clone();
            Ok(json!({ "fullResults": crawled(session, &url) }))
        }
        (Kind::Action, _) if is_control(asked.name) => control(&mut session.spiders, asked),
        (_, "excludedFromScan" | "excludeFromScan" | "clearExcludedFromScan") => {
            exclusions(state, "spider", asked)
        }
        _ => option(state, "spider", SPIDER_OPTIONS, asked),
    }
}

pub(super) fn active(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (session, settings) = (&mut state.session, &state.settings);
    match (asked.kind, asked.name) {
        (Kind::Action, "scan" | "scanAsUser") => {
            let url = target(state, asked)?;
            permitted(state, &url)?;
            rules::policy(&mut state.policies, asked)?;
            if !state.session.knows(&url) {
                return Err(Refusal::new(ErrorCode::UrlNotFound));
            }
            let id = state.session.active.start(&url, state.settings.active_scan_takes);
            Ok(json!({ asked.name: id.to_string() }))
        }
        (Kind::View, "status") => {
            let scan = session.active.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let over = scan.look();
            let (id, status, url) = (scan.id, scan.status(), scan.url.clone());
            if over {
                session.attack(id, &url, settings);
            }
            Ok(json!({ "status": status.to_string() }))
        }
        (Kind::View, "scans") => {
            let over =
                session.active.each().filter_map(|scan| scan.look().then(|| (scan.id, scan.url.clone())));
            for (id, url) in over.collect::<Vec<_>>() {
                session.attack(id, &url, settings);
            }
            let scans: Vec<_> = session.active.all().iter().map(described).collect();
            Ok(json!({ "scans": scans }))
        }
        (Kind::View, "scanProgress") => {
            let scan = session.active.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let done = if scan.is_over() { "Complete".to_owned() } else { format!("{}%", scan.progress()) };
            let host = site::origin(&scan.url).unwrap_or_default();
            let plugins: Vec<_> = rules::ACTIVE
                .iter()
                .map(|rule| json!({ "Plugin": [rule.name, rule.id.to_string(), "release", done, "5", "3", "0"] }))
                .collect();
            Ok(json!({ "scanProgress": [host, { "HostProcess": plugins }] }))
        }
        (Kind::View, "alertsIds") => {
            asked.required("scanId")?;
            let scan = session.active.find(asked.number("scanId")).ok_or_else(no_scan)?;
            let ids: Vec<_> = scan.alerts.iter().map(u32::to_string).collect();
            Ok(json!({ "alertsIds": ids }))
        }
        (Kind::View, "policies") => Ok(json!({ "policies": rules::categories() })),
        (Kind::Action, _) if is_control(asked.name) => control(&mut session.active, asked),
        _ if rules::concerns(asked.name) => rules::active(&mut state.policies, asked),
        (_, "excludedFromScan" | "excludeFromScan" | "clearExcludedFromScan") => {
            exclusions(state, "ascan", asked)
        }
        _ => option(state, "ascan", ACTIVE_OPTIONS, asked),
    }
}

pub(super) fn passive(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.kind, asked.name) {
        (Kind::View, "recordsToScan") => {
            let waiting = state.session.drain(&state.settings);
            Ok(json!({ "recordsToScan": waiting.to_string() }))
        }
        (Kind::Action, "clearQueue") => {
            state.session.queue = 0;
            done()
        }
        (Kind::Action, "setEnabled") => asked.required("enabled").and_then(|_| done()),
        (Kind::Action, "setScanOnlyInScope") => passive_setting(state, asked, "onlyInScope"),
        (Kind::Action, "setMaxAlertsPerRule") => passive_setting(state, asked, "maxAlerts"),
        (Kind::Action, "setMaxBodySizeInBytes") => passive_setting(state, asked, "maxSize"),
        (Kind::View, "scanOnlyInScope" | "maxAlertsPerRule" | "maxBodySizeInBytes") => {
            let default = if asked.name == "scanOnlyInScope" { "false" } else { "0" };
            let value = state.options.get(&format!("pscan.{}", asked.name.to_lowercase()));
            Ok(json!({ asked.name: value.map_or(default, String::as_str) }))
        }
        _ if rules::concerns(asked.name) => rules::passive(&mut state.thresholds, asked),
        _ => Err(asked.unknown()),
    }
}

/// Remembers a setting under the name of its view. It changes nothing: alerts are raised as the test says.
fn passive_setting(state: &mut State, asked: &Asked<'_>, parameter: &str) -> Answer {
    let value = asked.required(parameter)?.to_owned();
    let view = asked.name.trim_start_matches("set").to_lowercase();
    state.options.insert(format!("pscan.{view}"), value);
    done()
}

pub(super) fn automation(state: &mut State, asked: &Asked<'_>) -> Answer {
    let path = if asked.name == "runPlan" { file(state, asked, "filePath")? } else { "" };
    let (session, settings) = (&mut state.session, &state.settings);
    let plans = &mut session.plans;
    match (asked.kind, asked.name) {
        (Kind::Action, "runPlan") => {
            Ok(json!({ "planId": plans.start(path, settings.plan_takes).to_string() }))
        }
        (Kind::View, "planProgress") => {
            asked.required("planId")?;
            let plan = plans.find(asked.number("planId")).ok_or_else(|| Refusal::absent("planId"))?;
            let over = plan.look();
            let (id, finished) = (plan.id, if plan.is_over() { "2026-01-01T00:00:10.000Z" } else { "" });
            // One that was stopped is over, and leaves out what it had not come to.
            let told = settings.plan_jobs.iter().flat_map(|job| {
                [format!("Job {job} started"), format!("Job {job} finished, time taken: 00:00:05")]
            });
            let infos: Vec<_> = told.take(if plan.progress() == 100 { usize::MAX } else { 1 }).collect();
            if over {
                for page in &settings.pages {
                    session.visit(page, Source::Spider, settings);
                }
            }
            Ok(json!({
                "planId": id,
                "started": "2026-01-01T00:00:00.000Z",
                "finished": finished,
                "info": infos,
                "warn": [],
                "error": [],
            }))
        }
        (Kind::Action, "stopPlan") => {
            asked.required("planId")?;
            let plan = plans.find(asked.number("planId")).ok_or_else(|| Refusal::absent("planId"))?;
            plan.stop();
            done()
        }
        _ => Err(asked.unknown()),
    }
}

/// What became of each address of a crawl that began at `url`. ZAP says 400 of one that nobody answered.
fn crawled(session: &mut Session, url: &str) -> Json {
    let answered = session.urls.iter().filter(|found| site::same_origin(found, url));
    let answered = answered.filter(|found| site::origin(found).as_ref() != Some(found));
    let answered: Vec<_> = answered
        .map(|url| {
            json!({
                "processed": "true",
                "statusReason": "OK",
                "method": "GET",
                "reasonNotProcessed": "",
                "messageId": session.history.of(url).to_string(),
                "url": url,
                "statusCode": "200",
            })
        })
        .collect();
    let unanswered = json!({
        "processed": "false",
        "statusReason": "ZAP IO Error",
        "method": "GET",
        "reasonNotProcessed": "I/O Error",
        "messageId": "1",
        "url": url,
        "statusCode": "400",
    });
    let unanswered = if answered.is_empty() { vec![unanswered] } else { Vec::new() };
    json!([{ "urlsInScope": answered }, { "urlsOutOfScope": [] }, { "urlsIoError": unanswered }])
}

/// What a scan is to start from: an address, or anything of the context that is known.
fn target(state: &State, asked: &Asked<'_>) -> Result<String, Refusal> {
    let contexts = &state.session.contexts;
    let unknown = || Refusal::new(ErrorCode::ContextNotFound).about("contextId");
    let context = match (asked.number("contextId"), asked.text("contextName")) {
        (Some(id), _) => Some(contexts.iter().find(|context| context.id == id).ok_or_else(unknown)?),
        (None, Some(name)) => {
            let found = contexts.iter().find(|context| context.name == name);
            Some(found.ok_or_else(|| Refusal::absent(name))?)
        }
        (None, None) => None,
    };
    if asked.name == "scanAsUser" {
        asked.all_required(&["contextId", "userId"])?;
        let users = context.ok_or_else(unknown)?.users.iter();
        if !users.clone().any(|user| Some(user.id) == asked.number("userId")) {
            return Err(Refusal::new(ErrorCode::UserNotFound).about("userId"));
        }
        let outside = |url: &str| context.is_some_and(|context| !context.has(url));
        if asked.text("url").is_some_and(outside) {
            return Err(Refusal::new(ErrorCode::UrlNotInContext).about("url"));
        }
    }
    let url = match (asked.text("url"), context) {
        (Some(url), _) => url.to_owned(),
        (None, Some(context)) => {
            let known = state.session.urls.iter().find(|url| context.has(url));
            known.cloned().ok_or_else(|| Refusal::new(ErrorCode::MissingParameter).about("url"))?
        }
        (None, None) => return Err(Refusal::new(ErrorCode::MissingParameter).about("url")),
    };
    match site::origin(&url) {
        Some(_) => Ok(url),
        None => Err(Refusal::new(ErrorCode::IllegalParameter).about("url")),
    }
}

/// Two of ZAP's modes forbid attacks.
fn permitted(state: &State, url: &str) -> Result<(), Refusal> {
    let in_scope = || state.session.contexts.iter().any(|context| context.in_scope && context.has(url));
    match state.mode.as_str() {
        "safe" => Err(Refusal::new(ErrorCode::ModeViolation)),
        "protect" if !in_scope() => Err(Refusal::new(ErrorCode::ModeViolation)),
        _ => Ok(()),
    }
}

fn described(scan: &Scan) -> Json {
    let alerts = scan.alerts.len().to_string();
    json!({
        "id": scan.id.to_string(),
        "progress": scan.progress().to_string(),
        "state": scan.state(),
        "reqCount": "0",
        "alertCount": alerts,
        "newAlertCount": alerts,
    })
}

fn no_scan() -> Refusal {
    Refusal::absent("scanId")
}

fn is_control(name: &str) -> bool {
    ["stop", "pause", "resume", "remove"]
        .into_iter()
        .any(|verb| name.strip_prefix(verb).is_some_and(|rest| ["", "AllScans", "Scan"].contains(&rest)))
}

fn control(scans: &mut Scans, asked: &Asked<'_>) -> Answer {
    let all = asked.name.ends_with("AllScans");
    let id = if all { None } else { asked.required("scanId").map(|_| asked.number("scanId"))? };
    if !all && scans.find(id).is_none() {
        return Err(no_scan());
    }
    if asked.name.starts_with("remove") {
        scans.remove(id);
        return done();
    }
    for scan in scans.each().filter(|scan| id.is_none_or(|id| scan.id == id)) {
        match asked.name.trim_end_matches("AllScans") {
            "stop" => scan.stop(),
            "pause" => scan.pause(),
            "resume" => scan.resume(),
            _ => return Err(asked.unknown()),
        }
    }
    done()
}
