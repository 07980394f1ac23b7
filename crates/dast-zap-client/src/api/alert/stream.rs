//! All alerts of a site, page by page.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::future::BoxFuture;
use url::{Host, Origin, Url};

use super::{Alert, Alerts, Risk};
use crate::error::{ConfigurationError, ZapError};
use crate::id::AlertId;
use crate::watch::SessionMarker;

/// Alerts that a page has, at most, where nobody says otherwise.
const PAGE_SIZE: u32 = 1000;
/// More would be taken for no limit where it is past the numbers that ZAP reads.
const LARGEST_PAGE: u32 = 1_000_000;

impl Alerts {
    /// All alerts of the site of `origin`, which is a scheme, a host and a port; the rest of the address does not count.
    ///
    /// At most a page of alerts is held at a time, and each alert comes once. Alerts that are raised meanwhile come at
    /// the end. If alerts are deleted meanwhile, so that some might be skipped, the stream says so with
    /// [`ZapError::ListChanged`]. It ends after an error. An alert whose address cannot be read is given along, unless it
    /// names another host, since nobody can say that it belongs elsewhere. An `origin` without a host gives
    /// [`ZapError::Configuration`].
    ///
    /// An address is that of the site however it is written: ZAP keeps `http://SHOP.test/` and `http://user@shop.test/` as
    /// they were, and its own filter compares text. So the alerts of all sites of that scheme are fetched, and those of
    /// others left out here.
    pub fn of(&self, origin: &Url) -> AlertStream {
        let listing = Listing {
            alerts: self.clone(),
            site: origin.clone(),
            origin: origin.origin(),
            root: format!("{}/", origin.origin().ascii_serialization()),
            page_size: PAGE_SIZE,
            risk: None,
            include_false_positives: false,
            marker: None,
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

    /// Gives [`ZapError::ListChanged`] instead of the last page unless ZAP still is in the session in which `marker` was
    /// made: that of a ZAP which was started anew looks like a short list, or like one without alerts.
    ///
    /// ```
    /// # #[cfg(not(feature = "testing"))] fn main() {}
    /// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = dast_zap_client::testing::FakeZap::start().await?;
    /// # let zap = fake.client();
    /// use dast_zap_client::{TryStreamExt, ZapError};
    ///
    /// let marker = zap.mark_session().await?;
    /// # let restart = || fake.restart();
    /// restart();
    /// let mut alerts = zap.alert().of(&"http://shop.test/".parse()?).guarded_by(&marker);
    /// assert!(matches!(alerts.try_next().await, Err(ZapError::ListChanged)));
    /// # Ok(()) }
    /// ```
    pub fn guarded_by(mut self, marker: &SessionMarker) -> Self {
        if let Some(listing) = self.settings() {
            listing.marker = Some(marker.clone());
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
    marker: Option<SessionMarker>,
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

    /// Fetches the next page. It begins with the last alert of the page before: if another stands there, some before it
    /// were deleted, and it is looked for where it moved to. If it is gone itself, what came into the gap would be missed.
    async fn fetch(&mut self) -> Result<(), ZapError> {
        let overlap = u32::from(self.last.is_some());
        let count = self.page_size.saturating_add(overlap);
        let mut before = self.seen.saturating_sub(overlap);
        let (length, known) = loop {
            self.page = self.list(before, count).await?.into();
            let length = u32::try_from(self.page.len()).unwrap_or(u32::MAX);
            let Some(last) = self.last else { break (length, 0) };
            match self.page.iter().position(|alert| alert.id == last) {
                Some(index) => break (length, index + 1),
                None if before == 0 => return Err(ZapError::ListChanged),
                None => before = before.saturating_sub(self.page_size),
            }
        };
        self.page.drain(..known);
        self.complete = length < count;
        self.seen = before.saturating_add(length);
        self.last = self.page.back().map(|alert| alert.id).or(self.last);
        if self.complete
            && let Some(marker) = &self.marker
            && !marker.holds_for(&self.alerts.client).await?
        {
            return Err(ZapError::ListChanged);
        }
        Ok(())
    }

    /// Alerts of all sites of the scheme, after the first `before`.
    async fn list(&self, before: u32, count: u32) -> Result<Vec<Alert>, ZapError> {
        let mut request = self
            .alerts
            .alerts(&self.prefix()?)
            .start(before.saturating_add(1))
            .count(count)
            .include_false_positives(self.include_false_positives);
        if let Some(risk) = &self.risk {
            request = request.risk(risk.clone());
        }
        request.send().await
    }

    fn holds(&self, alert: &Alert) -> bool {
        // A slash ends what names an origin, so there is nothing more to be found out.
        alert.url.starts_with(&self.root)
            || Url::parse(&alert.url)
                .map_or_else(|_| !self.is_elsewhere(&alert.url), |url| url.origin() == self.origin)
    }

    /// Whether an address that cannot be read as a whole has another host.
    fn is_elsewhere(&self, url: &str) -> bool {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        Host::parse(host).is_ok_and(|host| self.site.host().map(|own| own.to_owned()) != Some(host))
    }

    /// What all addresses of the site begin with, however they are written: ZAP compares text, but keeps no scheme in
    /// capitals.
    fn prefix(&self) -> Result<String, ConfigurationError> {
        if self.origin.is_tuple() {
            return Ok(format!("{}://", self.site.scheme()));
        }
        // Nothing is of such an origin, and no alerts would look like a good end.
        Err(ConfigurationError::new(
            "origin",
            self.site.scheme(),
            "an address of scheme http or https with a host",
        ))
    }
}
