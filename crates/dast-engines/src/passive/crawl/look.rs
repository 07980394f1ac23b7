//! What is kept of an answer once the rules were applied to it: findings and places, but not its body.

use std::collections::HashSet;
use std::sync::Arc;

use dast_core::{Redactor, Target};
use dast_policy::{Finding, Origin, ValueError};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use url::Url;

use super::coding;
use super::failure::Failure;
use super::fetch::{Body, Fetched, Fetcher};
use super::frontier::LONGEST_URL;
use super::seeds;
use crate::passive::{self, Exchange};

/// Places that are taken from one page; the rest counts as skipped.
const MOST_PLACES: usize = 5000;

/// Bytes that are kept of each text of a finding. No honest header, cookie name or tag is longer.
const MOST_TEXT: usize = 4096;

/// Visits places of one target.
pub(super) struct Scout {
    pub(super) fetcher: Fetcher,
    pub(super) target: Target,
    pub(super) redactor: Redactor,
    pub(super) page_bytes: usize,
    /// As many as there are processors: what is parsed takes many times its size in memory.
    pub(super) eyes: Arc<Semaphore>,
}

/// What came of a visit that was answered.
pub(super) struct Sight {
    pub(super) greeting: Greeting,
    /// What the place showed.
    pub(super) shown: Shown,
    /// Of the body, as sent.
    pub(super) bytes: u64,
    /// Where it leads, within the target.
    pub(super) places: Vec<Url>,
    /// How many places were left out.
    pub(super) skipped: u64,
    pub(super) findings: Vec<Finding>,
}

/// How a place answers whoever comes: what changes when somebody is logged out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Greeting {
    pub(super) status: u16,
    /// Where it redirects to: a path, or another origin with a path.
    pub(super) onward: Option<String>,
    /// Whether that is another origin.
    pub(super) leads_away: bool,
}

/// What a place showed of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// A page: all of it, or as much as a limit of the profile allows.
    Page {
        /// Whether it was all.
        is_whole: bool,
    },
    /// Nothing, and that is in order: a redirection, a page that is not there or not for everybody, an empty answer,
    /// or a file that is not part of the application.
    Nothing,
    /// Nothing, and that is not in order.
    Broken(String),
}

impl Scout {
    /// Asks for `url` and looks at the answer. The looking is work, and is done where it holds nobody up.
    pub(super) async fn visit(&self, url: Url) -> Result<Sight, Failure> {
        let fetched = self.fetcher.get(url).await?;
        let (target, redactor, page_bytes) = (self.target.clone(), self.redactor.clone(), self.page_bytes);
        let eye = Arc::clone(&self.eyes).acquire_owned().await;
        let look = move || {
            let sight = look(fetched, &target, &redactor, page_bytes);
            drop(eye);
            sight
        };
        match tokio::task::spawn_blocking(look).await {
            Ok(sight) => sight.map_err(|error| Failure::engine(error.to_string())),
            Err(_) => Err(Failure::engine("a rule panicked")),
        }
    }
}

fn look(fetched: Fetched, target: &Target, redactor: &Redactor, most: usize) -> Result<Sight, ValueError> {
    let Fetched { request, mut response, body: read } = fetched;
    let bytes = u64::try_from(response.sent_len).unwrap_or(u64::MAX);
    let content_coding = response.headers.get("content-encoding").unwrap_or_default().to_owned();
    let (body, read) = coding::undo(&content_coding, std::mem::take(&mut response.body), read, most);
    response.body = body;

    let exchange = Exchange::new(request, response, Timestamp::now())?;
    let findings = passive::check(&exchange);
    let findings = findings.iter().map(|finding| reported(finding, redactor)).collect::<Result<_, _>>()?;
    let onward = onward(&exchange);
    let (places, skipped) = places(&exchange, onward.as_ref(), target);
    let leads_away = onward.as_ref().is_some_and(|onward| !target.admits(onward));
    let onward = onward
        .map(|onward| if leads_away { redactor.url(onward.as_str()) } else { onward.path().to_owned() });
    Ok(Sight {
        greeting: Greeting { status: exchange.response().status, onward, leads_away },
        shown: shown(&exchange, read),
        bytes,
        places,
        skipped,
        findings,
    })
}

fn shown(exchange: &Exchange, read: Body) -> Shown {
    let status = exchange.response().status;
    match read {
        Body::Broken(words) => Shown::Broken(words),
        // Overloaded, or gone behind a proxy that is not.
        _ if status == 429 || status >= 500 => Shown::Broken(format!("it answered {status}")),
        read if exchange.is_success() && !exchange.is_empty() && !seeds::is_well_known(exchange.url()) => {
            Shown::Page { is_whole: read == Body::Whole }
        }
        _ => Shown::Nothing,
    }
}

/// Where an answer redirects to.
fn onward(exchange: &Exchange) -> Option<Url> {
    let location = exchange.headers().get("location").filter(|_| exchange.is_redirect())?;
    exchange.url().join(location).ok()
}

/// Where an answer leads within the target, in order and each once, and how many more there are.
fn places(exchange: &Exchange, onward: Option<&Url>, target: &Target) -> (Vec<Url>, u64) {
    let told =
        if exchange.is_success() { seeds::places(exchange.url(), exchange.text()) } else { Vec::new() };
    let links = links(exchange);
    let (mut kept, mut seen, mut more) = (Vec::new(), HashSet::new(), 0_u64);
    for mut url in onward.cloned().into_iter().chain(links).chain(told) {
        url.set_fragment(None);
        if !target.admits(&url) {
            tracing::debug!(origin = ?url.origin().ascii_serialization(), "another origin is not followed");
        } else if kept.len() < MOST_PLACES {
            if seen.insert(url.clone()) {
                kept.push(url);
            }
        } else if !seen.contains(&url) {
            more = more.saturating_add(1);
        }
    }
    (kept, more)
}

/// Where a page leads, one at a time: a page can name more than fits into memory.
fn links(exchange: &Exchange) -> impl Iterator<Item = Url> {
    let page = exchange.is_html().then(|| exchange.document());
    // What is relative to a long base would be long as well, and each link would cost as much.
    let base = page.and_then(|page| page.base()).filter(|base| base.len() <= LONGEST_URL);
    let base = base.and_then(|base| exchange.url().join(base).ok()).unwrap_or_else(|| exchange.url().clone());
    page.into_iter().flat_map(|page| page.links()).filter_map(move |link| base.join(link).ok())
}

/// A finding as it may be told: without secrets, and with texts of bounded length. Its origin stays, whatever the
/// secrets are: a finding must not get lost, and where the scan went is no secret.
fn reported(finding: &Finding, redactor: &Redactor) -> Result<Finding, ValueError> {
    let (origin, rest) = Origin::split(finding.url())?;
    let url = format!("{origin}{}", redactor.url(rest));
    let text = |text: &str| shortened(&redactor.text(text)).to_owned();
    let told = Finding::new(
        finding.alert_ref().clone(),
        finding.severity(),
        finding.confidence(),
        finding.method(),
        &url,
    )?;
    let told = told
        .named(finding.name())
        .with_param(text(finding.param()))
        .with_evidence(text(finding.evidence()))
        .with_other(text(finding.other()));
    let told = finding.cwe_id().into_iter().fold(told, Finding::with_cwe);
    Ok(finding.wasc_id().into_iter().fold(told, Finding::with_wasc))
}

fn shortened(text: &str) -> &str {
    let end = (0..=text.len().min(MOST_TEXT)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use dast_policy::{AlertRef, Confidence, Severity};

    use super::*;
    use crate::passive::{Headers, Request, Response};

    #[test]
    fn what_is_told_has_no_secrets_but_keeps_its_origin() {
        let alert = AlertRef::variant("10038", 1).unwrap();
        let url = "http://hunter2.test:8080/hunter2/?id=7&token=abc";
        let finding = Finding::new(alert, Severity::Medium, Confidence::High, "GET", url).unwrap();
        let finding = finding
            .named("Name")
            .with_param("hunter2")
            .with_evidence("Cookie: sid=1")
            .with_cwe(1)
            .with_wasc(2);
        let told = reported(&finding.with_other("é".repeat(MOST_TEXT)), &Redactor::new(["hunter2"])).unwrap();
        assert_eq!(told.url(), "http://hunter2.test:8080/REDACTED/?id=7&token=REDACTED");
        assert_eq!((told.param(), told.evidence()), ("REDACTED", "Cookie: sid=REDACTED"));
        assert_eq!((told.name(), told.cwe_id(), told.wasc_id()), ("Name", Some(1), Some(2)));
        assert_eq!(told.other().len(), MOST_TEXT);
        assert_eq!(told.alert_ref().as_str(), "10038-1");
    }

    fn places_of(body: String) -> (Vec<Url>, u64) {
        let headers = Headers::from_iter([("content-type", "text/html")]);
        let request = Request::get("http://shop.test/".parse().unwrap());
        let response = Response::new(200, "", headers, body.into_bytes());
        let exchange = Exchange::new(request, response, Timestamp::UNIX_EPOCH).unwrap();
        places(&exchange, None, &Target::parse("http://shop.test").unwrap())
    }

    #[test]
    fn places_of_a_page_are_bounded() {
        let links = |count: usize| (0..count).map(|link| format!("<a href=/{link}#x>")).collect::<String>();
        let (kept, more) = places_of(links(MOST_PLACES).repeat(2));
        assert_eq!((kept.len(), more), (MOST_PLACES, 0));
        let (kept, more) = places_of(links(MOST_PLACES + 7));
        assert_eq!((kept.len(), more), (MOST_PLACES, 7));
    }

    #[test]
    fn links_are_relative_to_a_base_unless_that_is_longer_than_any_place() {
        let with_base = |base: &str| {
            let (kept, _) = places_of(format!("<base href='{base}'><a href=x><a href=//other.test/>"));
            kept.iter().map(Url::to_string).collect::<Vec<_>>()
        };
        assert_eq!(with_base("/a/b"), ["http://shop.test/a/x"]);
        assert_eq!(with_base("http://other.test/"), [""; 0]);
        assert_eq!(with_base(&format!("/{}/", "a".repeat(LONGEST_URL))), ["http://shop.test/x"]);
    }
}
