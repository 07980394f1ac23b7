//! What ZAP saw of a target.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Where the crawl begins.
    seeds: BTreeSet<String>,
}

/// How well an address was seen, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Found, but not asked for.
    Skipped,
    /// Asked for, but nobody was there, or what was there is broken or has had enough.
    Broken,
    /// Asked for, but not allowed to see it.
    Refused,
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
            Some(401 | 403 | 407) => Self::Refused,
            Some(429) => Self::Broken,
            Some(400..=499) => Self::Failed,
            _ => Self::Broken,
        }
    }
}

impl Sight {
    /// Takes note of where the crawl begins.
    pub(super) fn begins_at(&mut self, seeds: &[Url]) {
        self.seeds = seeds.iter().map(Url::to_string).collect();
    }

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
        // ZAP names a root with its slash and without.
        let (url, path) = match Url::parse(&url) {
            Ok(url) => (url.to_string(), url.path().to_owned()),
            Err(_) => (url, String::new()),
        };
        // Nobody promised what is only asked for on the off chance, and many serve it who have no page to show.
        if WELL_KNOWN.contains(&path.as_str()) && !self.seeds.contains(&url) {
            return;
        }
        let known = self.places.entry((method, url)).or_insert(seen);
        *known = (*known).max(seen);
    }

    /// ZAP calls a crawl of a target that nobody answers a success, and of one that died on the way too.
    pub(super) fn answered(&self, origin: &Origin) -> Result<(), Shortfall> {
        let asked = self.places.len();
        let unreachable = |detail| Err(Shortfall::new(Cause::Unreachable, detail));
        // Some places are for some people only. Where it is most of them, the rest is not the target.
        let refused = self.count(Seen::Refused);
        if refused > self.places.values().filter(|seen| **seen > Seen::Refused).count() {
            let detail = format!(
                "`{origin}` refused {refused} of {asked} requests (401, 403): look at the login or the token"
            );
            return Err(Shortfall::new(Cause::AuthenticationFailed, detail));
        }
        // That nothing was asked for is for the policy to judge, which wants pages.
        if asked > 0 && !self.places.values().any(|seen| *seen >= Seen::Answered) {
            let detail = format!("`{origin}` gave no usable answer to any of {asked} requests of ZAP");
            return unreachable(detail);
        }
        let broken = self.count(Seen::Broken);
        if broken > self.count(Seen::Page) {
            return unreachable(format!("`{origin}` gave no usable answer to {broken} of {asked} requests"));
        }
        Ok(())
    }

    /// The pages that can be asked for again.
    pub(super) fn pages(&self) -> impl Iterator<Item = Url> {
        let pages = self.places.iter().filter(|((method, _), seen)| **seen == Seen::Page && method == "GET");
        pages.filter_map(|((_, url), _)| Url::parse(url).ok())
    }

    pub(super) fn coverage(&self) -> Coverage {
        let count = |what| u64::try_from(self.count(what)).unwrap_or(u64::MAX);
        Coverage {
            pages: count(Seen::Page),
            failed: [Seen::Failed, Seen::Refused, Seen::Broken].map(count).iter().sum(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(seeds: &[&str], seen: &[(&str, u16)]) -> Sight {
        let mut sight = Sight::default();
        let seeds: Vec<Url> = seeds.iter().map(|url| url.parse().unwrap()).collect();
        sight.begins_at(&seeds);
        for (path, status) in seen {
            sight.note("GET".to_owned(), format!("http://shop.test{path}"), Seen::of(Some(*status)));
        }
        sight
    }

    fn answered(sight: &Sight) -> Result<(), Shortfall> {
        sight.answered(&"http://shop.test".parse().unwrap())
    }

    #[test]
    fn what_is_asked_for_on_the_off_chance_is_no_page() {
        let guessed = [("/", 301), ("/robots.txt", 200), ("/sitemap.xml", 200)];
        let aside = sight(&["http://shop.test/"], &guessed);
        assert_eq!((aside.coverage(), aside.pages().count()), (Coverage::default(), 0));
        assert!(!aside.visited(&"http://shop.test".parse().unwrap(), &Exposure::new("shop.test", "/")));
        answered(&aside).unwrap();
        let asked_for = sight(&["http://shop.test/robots.txt"], &guessed);
        assert_eq!(asked_for.coverage().pages, 1);
    }

    #[test]
    fn a_root_is_the_same_with_its_slash_and_without() {
        assert_eq!(sight(&[], &[("", 200), ("/", 302)]).coverage().pages, 1);
    }

    #[test]
    fn a_target_that_refuses_most_of_what_is_asked_is_not_seen() {
        let pages = |status, count| (0..count).map(move |number| (number, status));
        let seen = |parts: &[(u16, u32)]| {
            let all = parts.iter().flat_map(|(status, count)| pages(*status, *count));
            let all: Vec<_> = all.map(|(number, status)| (format!("/{status}/{number}"), status)).collect();
            let all: Vec<_> = all.iter().map(|(path, status)| (path.as_str(), *status)).collect();
            answered(&sight(&[], &all)).map_err(|shortfall| shortfall.cause)
        };
        assert_eq!(seen(&[(200, 1), (401, 40)]), Err(Cause::AuthenticationFailed));
        assert_eq!(seen(&[(200, 1), (403, 2)]), Err(Cause::AuthenticationFailed));
        assert_eq!(seen(&[(200, 1), (429, 2)]), Err(Cause::Unreachable));
        assert_eq!(seen(&[(401, 2)]), Err(Cause::AuthenticationFailed));
        assert_eq!(seen(&[(400, 2)]), Err(Cause::Unreachable));
        assert_eq!(seen(&[(200, 3), (403, 3), (401, 2), (302, 2)]), Ok(()));
        assert_eq!(seen(&[(200, 1), (400, 9), (404, 9), (401, 5)]), Ok(()));
    }
}
