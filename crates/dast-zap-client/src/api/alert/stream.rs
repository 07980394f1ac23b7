//! All alerts of a site, page by page.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::future::BoxFuture;
use url::{Origin, Url};

use super::{Alert, Alerts, Risk};
use crate::error::{ConfigurationError, ZapError};
use crate::id::AlertId;

/// Alerts that a page has, at most, where nobody says otherwise.
const PAGE_SIZE: u32 = 1000;
/// More would be taken for no limit where it is past the numbers that ZAP reads.
const LARGEST_PAGE: u32 = 1_000_000;

impl Alerts {
    /// All alerts of the site of `origin`, which is a scheme, a host and a port; the rest of the address does not count.
    ///
    /// At most a page of alerts is held at a time, and each alert comes once. Alerts that are raised meanwhile come at
    /// the end. If alerts are deleted meanwhile, so that some might be skipped, the stream says so with
    /// [`ZapError::ListChanged`]. It ends after an error. An alert whose address cannot be read is given along, since
    /// nobody can say that it belongs elsewhere. An `origin` without a host gives [`ZapError::Configuration`].
    pub fn of(&self, origin: &Url) -> AlertStream {
        let listing = Listing {
            alerts: self.clone(),
            site: origin.clone(),
            origin: origin.origin(),
            root: format!("{}/", origin.origin().ascii_serialization()),
            page_size: PAGE_SIZE,
            risk: None,
            include_false_positives: false,
            page: VecDeque::new(),
            seen: 0,
            last: None,
            complete: false,
        };
        AlertStream { state: State::Holding(Box::new(listing)) }
    }
}

/// The alerts of a site, see [`Alerts::of`].
#[must_use = "a stream does nothing until it is polled"]
pub struct AlertStream {
    state: State,
}

enum State {
    /// Gives what it has of a page; before the first, that is nothing.
    Holding(Box<Listing>),
    /// Waits for the next page.
    Fetching(BoxFuture<'static, Result<Box<Listing>, ZapError>>),
    Ended,
}

/// Settings count until the first alert is asked for.
impl AlertStream {
    /// Nothing once an alert was asked for.
    fn settings(&mut self) -> Option<&mut Listing> {
        match &mut self.state {
            State::Holding(listing) if listing.last.is_none() && !listing.complete => Some(listing),
            _ => None,
        }
    }

    /// New alerts of a page, from 1 to 1000000; what is outside is taken for the nearest.
    pub fn page_size(mut self, page_size: usize) -> Self {
        if let Some(listing) = self.settings() {
            listing.page_size = u32::try_from(page_size).unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
        }
        self
    }

    /// Only those of that risk.
    pub fn risk(mut self, risk: Risk) -> Self {
        if let Some(listing) = self.settings() {
            listing.risk = Some(risk);
        }
        self
    }

    /// Whether false positives come too; they do not where nobody says so. ZAP before 2.17 gives them always.
    pub fn include_false_positives(mut self, include: bool) -> Self {
        if let Some(listing) = self.settings() {
            listing.include_false_positives = include;
        }
        self
    }
}

impl Stream for AlertStream {
    type Item = Result<Alert, ZapError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Holding(mut listing) => {
                    if let Some(alert) = listing.next() {
                        self.state = State::Holding(listing);
                        return Poll::Ready(Some(Ok(alert)));
                    }
                    if !listing.complete {
                        self.state = State::Fetching(Box::pin(listing.fetched()));
                    }
                }
                State::Fetching(mut page) => match page.as_mut().poll(context) {
                    Poll::Ready(Ok(listing)) => self.state = State::Holding(listing),
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Pending => {
                        self.state = State::Fetching(page);
                        return Poll::Pending;
                    }
                },
            }
        }
    }
}

impl fmt::Debug for AlertStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertStream").finish_non_exhaustive()
    }
}

/// Where in the list the stream is.
struct Listing {
    alerts: Alerts,
    site: Url,
    origin: Origin,
    /// The root of the site, with which the addresses of nearly all of its alerts begin.
    root: String,
    page_size: u32,
    risk: Option<Risk>,
    include_false_positives: bool,
    page: VecDeque<Alert>,
    /// How many alerts of the list were fetched, whichever site they are of.
    seen: u32,
    last: Option<AlertId>,
    complete: bool,
}

impl Listing {
    /// The next alert of the page that is of the site.
    fn next(&mut self) -> Option<Alert> {
        while let Some(alert) = self.page.pop_front() {
            if self.holds(&alert) {
                return Some(alert);
            }
        }
        None
    }

    /// The same with the next page.
    async fn fetched(mut self: Box<Self>) -> Result<Box<Self>, ZapError> {
        self.fetch().await?;
        Ok(self)
    }

    /// Fetches the next page. It begins with the last alert of the page before: if another stands there, the list
    /// moved, and what came into the gap would be missed.
    async fn fetch(&mut self) -> Result<(), ZapError> {
        let overlap = u32::from(self.last.is_some());
        let count = self.page_size.saturating_add(overlap);
        let mut request = self
            .alerts
            .alerts(&self.prefix()?)
            .start(self.seen.saturating_sub(overlap).saturating_add(1))
            .count(count)
            .include_false_positives(self.include_false_positives);
        if let Some(risk) = &self.risk {
            request = request.risk(risk.clone());
        }
        let mut page = VecDeque::from(request.send().await?);
        let length = u32::try_from(page.len()).unwrap_or(u32::MAX);
        self.complete = length < count;
        if let Some(last) = self.last
            && page.pop_front().is_none_or(|first| first.id != last)
        {
            return Err(ZapError::ListChanged);
        }
        self.seen = self.seen.saturating_add(length.saturating_sub(overlap));
        self.last = page.back().map(|alert| alert.id).or(self.last);
        self.page = page;
        Ok(())
    }

    fn holds(&self, alert: &Alert) -> bool {
        // A slash ends what names an origin, so there is nothing more to be found out.
        alert.url.starts_with(&self.root)
            || Url::parse(&alert.url).map_or(true, |url| url.origin() == self.origin)
    }

    /// What all addresses of the site begin with. Without a slash at the end, since ZAP compares text, and the address
    /// of a root may lack it; and without a port that is the default one, since ZAP leaves it out.
    fn prefix(&self) -> Result<String, ConfigurationError> {
        if self.origin.is_tuple() {
            return Ok(self.origin.ascii_serialization());
        }
        // Nothing is of such an origin, and no alerts would look like a good end.
        Err(ConfigurationError::new(
            "origin",
            self.site.scheme(),
            "an address of scheme http or https with a host",
        ))
    }
}
