//! What ZAP saw of a target.

use std::collections::BTreeMap;

use dast_core::{Progress, origin_of};
use dast_policy::{Cause, Coverage, Exposure, Origin};
use dast_zap_client::Url;
use dast_zap_client::search::FoundUrl;
use dast_zap_client::spider::FullResults;

use super::failure::Shortfall;

/// What ZAP's spider asks for without having seen a link to it.
const WELL_KNOWN: [&str; 2] = ["/robots.txt", "/sitemap.xml"];

/// What ZAP saw, by method and address. An address that was met several times counts once, as it was seen best.
#[derive(Debug, Default)]
pub(super) struct Sight {
    places: BTreeMap<(String, String), Seen>,
}

/// How well an address was seen, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Found, but not asked for.
    Skipped,
    /// Asked for, but nobody was there, or what was there is broken.
    Broken,
    /// Asked for, without an answer that can be used.
    Failed,
    /// Answered, but with no page: a redirection, or an error of the asker's.
    Answered,
    /// A page.
    Page,
}

impl Seen {
    fn of(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Page,
            // What is not there is no page, but neither is it missing.
            Some(300..=399 | 404 | 410) => Self::Answered,
            Some(400..=499) => Self::Failed,
            _ => Self::Broken,
        }
    }
}

impl Sight {
    /// Takes in what a crawl has seen.
    pub(super) fn take(&mut self, results: FullResults) {
        for result in results.in_scope {
            let seen = match result.status {
                None if !result.processed => Seen::Skipped,
                status => Seen::of(status),
            };
            self.note(result.method, result.url, seen);
        }
        for result in results.unanswered {
            self.note(result.method, result.url, Seen::Broken);
        }
    }

    /// Takes in a message of ZAP's history.
    pub(super) fn note_message(&mut self, message: FoundUrl) {
        self.note(message.method, message.url, Seen::of(message.status));
    }

    fn note(&mut self, method: String, url: String, seen: Seen) {
        let known = self.places.entry((method, url)).or_insert(seen);
        *known = (*known).max(seen);
    }

    /// ZAP calls a crawl of a target that nobody answers a success, and of one that died on the way too.
    pub(super) fn answered(&self, origin: &Origin) -> Result<(), Shortfall> {
        let asked = self.places.len();
        let unreachable = |detail| Err(Shortfall::new(Cause::Unreachable, detail));
        // That nothing was asked for is for the policy to judge, which wants pages.
        if asked > 0 && !self.places.values().any(|seen| *seen >= Seen::Answered) {
            let detail = format!("`{origin}` gave no usable answer to any of {asked} requests of ZAP");
            return unreachable(detail);
        }
        let broken = self.places.iter().filter(|((_, url), seen)| {
            // Nobody promised what is only asked for on the off chance.
            **seen == Seen::Broken && !WELL_KNOWN.iter().any(|path| *url == format!("{origin}{path}"))
        });
        let broken = broken.count();
        if broken > self.count(Seen::Page) {
            return unreachable(format!("`{origin}` gave no usable answer to {broken} of {asked} requests"));
        }
        Ok(())
    }

    /// A page of that origin, by which it is to be seen later whether anybody is still there.
    pub(super) fn page(&self, origin: &Origin) -> Option<Url> {
        let pages = self.places.iter().filter(|((method, _), seen)| **seen == Seen::Page && method == "GET");
        pages
            .filter_map(|((_, url), _)| Url::parse(url).ok())
            .find(|url| origin_of(url).as_ref() == Some(origin))
    }

    pub(super) fn coverage(&self) -> Coverage {
        let count = |what| u64::try_from(self.count(what)).unwrap_or(u64::MAX);
        Coverage {
            pages: count(Seen::Page),
            failed: count(Seen::Failed).saturating_add(count(Seen::Broken)),
            skipped: count(Seen::Skipped),
        }
    }

    fn count(&self, what: Seen) -> usize {
        self.places.values().filter(|seen| **seen == what).count()
    }

    pub(super) fn tell(&self, progress: &mut Progress) {
        let Coverage { pages, failed, skipped } = self.coverage();
        (progress.pages, progress.failed, progress.queued) = (pages, failed, skipped);
    }

    /// Whether a page below that path was seen.
    pub(super) fn visited(&self, origin: &Origin, exposure: &Exposure) -> bool {
        let pages = self.places.iter().filter(|(_, seen)| **seen == Seen::Page);
        pages.filter_map(|((_, url), _)| Url::parse(url).ok()).any(|url| {
            origin_of(&url).as_ref() == Some(origin)
                && exposure.holds(&Exposure::new(origin.host(), url.path()))
        })
    }
}
