//! All alerts of a site, page by page.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, StreamExt as _};
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
            page_size: PAGE_SIZE,
            risk: None,
            include_false_positives: false,
            page: VecDeque::new(),
            seen: 0,
            last: None,
            complete: false,
        };
        AlertStream { state: State::Settings(Box::new(listing)) }
    }
}

/// The alerts of a site, see [`Alerts::of`].
#[must_use = "a stream does nothing until it is polled"]
pub struct AlertStream {
    state: State,
}

enum State {
    Settings(Box<Listing>),
    Running(Pin<Box<dyn Stream<Item = Result<Alert, ZapError>> + Send>>),
    Ended,
}

/// Settings count until the first alert is asked for.
impl AlertStream {
    /// New alerts of a page, from 1 to 1000000; what is outside is taken for the nearest.
    pub fn page_size(mut self, page_size: usize) -> Self {
        if let State::Settings(listing) = &mut self.state {
            listing.page_size = u32::try_from(page_size).unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
        }
        self
    }

    /// Only those of that risk.
    pub fn risk(mut self, risk: Risk) -> Self {
        if let State::Settings(listing) = &mut self.state {
            listing.risk = Some(risk);
        }
        self
    }

    /// Whether false positives come too; they do not where nobody says so. ZAP before 2.17 gives them always.
    pub fn include_false_positives(mut self, include: bool) -> Self {
        if let State::Settings(listing) = &mut self.state {
            listing.include_false_positives = include;
        }
        self
    }
}

impl Stream for AlertStream {
    type Item = Result<Alert, ZapError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Ended => return Poll::Ready(None),
                State::Settings(_) => {
                    if let State::Settings(listing) = std::mem::replace(&mut this.state, State::Ended) {
                        this.state = State::Running(stream::try_unfold(listing, Listing::next).boxed());
                    }
                }
                State::Running(alerts) => {
                    let item = std::task::ready!(alerts.poll_next_unpin(context));
                    if !matches!(item, Some(Ok(_))) {
                        this.state = State::Ended;
                    }
                    return Poll::Ready(item);
                }
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
    async fn next(mut self: Box<Self>) -> Result<Option<(Alert, Box<Self>)>, ZapError> {
        loop {
            while let Some(alert) = self.page.pop_front() {
                if self.holds(&alert) {
                    return Ok(Some((alert, self)));
                }
            }
            if self.complete {
                return Ok(None);
            }
            self.fetch().await?;
        }
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
        Url::parse(&alert.url).map_or(true, |url| url.origin() == self.origin)
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
