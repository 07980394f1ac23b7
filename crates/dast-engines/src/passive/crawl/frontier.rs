//! Which places are known, and which comes next: breadth first, each once, within bounds.

use std::collections::{HashMap, HashSet, VecDeque};

use dast_core::Target;
use url::Url;

use crate::passive::limits::Limits;

/// Places that are remembered, so that they are visited and counted once.
const MOST_KNOWN: usize = 20_000;

/// Bytes of a URL that is visited.
pub(super) const LONGEST_URL: usize = 2048;

/// Queries with which one path is visited: calendars and filters have no end.
const MOST_QUERIES: usize = 20;

/// A place to visit, and how many links and redirects it is away from the beginning.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) url: Url,
    pub(super) depth: usize,
}

/// The places of a target that are known. The same offers in the same order give the same places, however many of
/// them are under way at once.
pub(super) struct Frontier {
    target: Target,
    depth: usize,
    known: HashSet<String>,
    queries: HashMap<String, usize>,
    /// Never more than visits are left.
    queue: VecDeque<Place>,
    visits_left: usize,
    skipped: u64,
}

impl Frontier {
    pub(super) fn new(target: Target, limits: &Limits) -> Self {
        Self {
            target,
            depth: limits.depth,
            known: HashSet::new(),
            queries: HashMap::new(),
            queue: VecDeque::new(),
            visits_left: limits.pages,
            skipped: 0,
        }
    }

    /// Adds a place, unless it is known, elsewhere, or over a limit.
    pub(super) fn offer(&mut self, mut url: Url, depth: usize) {
        if !self.target.admits(&url) {
            return;
        }
        url.set_fragment(None);
        if url.query() == Some("") {
            url.set_query(None);
        }
        if url.as_str().len() > LONGEST_URL
            || self.known.len() >= MOST_KNOWN && !self.known.contains(url.as_str())
        {
            self.skipped = self.skipped.saturating_add(1);
            return;
        }
        if !self.known.insert(url.as_str().to_owned()) {
            return;
        }
        // What stands behind as many places as may still be visited never has its turn.
        let is_over =
            depth > self.depth || self.queue.len() >= self.visits_left || self.has_enough_queries(&url);
        if is_over {
            self.skipped = self.skipped.saturating_add(1);
            return;
        }
        self.queue.push_back(Place { url, depth });
    }

    /// The place to visit next.
    pub(super) fn next(&mut self) -> Option<Place> {
        let place = self.queue.pop_front()?;
        self.visits_left = self.visits_left.saturating_sub(1);
        Some(place)
    }

    /// Whether there is a place to visit.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Places still to visit.
    pub(super) fn queued(&self) -> u64 {
        u64::try_from(self.queue.len()).unwrap_or(u64::MAX)
    }

    /// Places that will not be visited because of a limit.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    fn has_enough_queries(&mut self, url: &Url) -> bool {
        if url.query().is_none() {
            return false;
        }
        let count = self.queries.entry(url.path().to_owned()).or_default();
        *count = count.saturating_add(1);
        *count > MOST_QUERIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontier(limits: Limits) -> Frontier {
        Frontier::new(Target::parse("http://shop.test/").unwrap(), &limits)
    }

    fn offer(frontier: &mut Frontier, urls: &[&str], depth: usize) {
        urls.iter().for_each(|url| frontier.offer(url.parse().unwrap(), depth));
    }

    fn drain(frontier: &mut Frontier) -> Vec<String> {
        std::iter::from_fn(|| frontier.next()).map(|place| place.url.to_string()).collect()
    }

    #[test]
    fn a_place_comes_once_however_it_is_written() {
        let mut frontier = frontier(Limits::default());
        let urls = [
            "http://shop.test/a#x",
            "HTTP://SHOP.test:80/a?",
            "http://shop.test/b/../a",
            "http://shop.test/a?q=1",
            "http://shop.test/a?q=1#y",
        ];
        offer(&mut frontier, &urls, 0);
        assert_eq!(drain(&mut frontier), ["http://shop.test/a", "http://shop.test/a?q=1"]);
        offer(&mut frontier, &urls, 0);
        assert!(frontier.is_empty());
        assert_eq!(frontier.skipped(), 0);
    }

    #[test]
    fn other_origins_are_no_places() {
        let mut frontier = frontier(Limits::default());
        let urls = [
            "http://shop.test:8080/",
            "https://shop.test/",
            "http://shop.test@evil.test/",
            "http://evil.test/",
            "http://shop.test./",
            "mailto:a@shop.test",
            "javascript:alert(1)",
            "data:text/html,x",
        ];
        offer(&mut frontier, &urls, 0);
        assert!(frontier.is_empty());
        assert_eq!(frontier.skipped(), 0);
    }

    #[test]
    fn what_is_over_a_limit_is_counted_once() {
        let mut frontier = frontier(Limits { pages: 3, depth: 1, ..Limits::default() });
        let long = format!("http://shop.test/{}", "x".repeat(LONGEST_URL));
        for _ in 0..2 {
            offer(&mut frontier, &["http://shop.test/a", "http://shop.test/b"], 1);
            offer(&mut frontier, &["http://shop.test/deep"], 2);
        }
        assert_eq!(frontier.skipped(), 1);
        offer(&mut frontier, &[&long], 0);
        assert_eq!(frontier.skipped(), 2);
        assert_eq!(drain(&mut frontier).len(), 2);
        offer(&mut frontier, &["http://shop.test/c", "http://shop.test/d"], 1);
        assert_eq!((drain(&mut frontier).len(), frontier.skipped()), (1, 3));
    }

    #[test]
    fn a_path_has_so_many_queries() {
        let mut frontier = frontier(Limits::default());
        for day in 0..100 {
            offer(&mut frontier, &[&format!("http://shop.test/calendar?day={day}")], 1);
        }
        offer(&mut frontier, &["http://shop.test/calendar", "http://shop.test/other?day=1"], 1);
        assert_eq!(drain(&mut frontier).len(), MOST_QUERIES + 2);
        assert_eq!(frontier.skipped(), 80);
    }

    #[test]
    fn only_so_many_places_are_remembered() {
        let mut frontier = frontier(Limits { pages: 10, ..Limits::default() });
        for page in 0..MOST_KNOWN + 5 {
            offer(&mut frontier, &[&format!("http://shop.test/{page}")], 1);
        }
        assert_eq!(frontier.known.len(), MOST_KNOWN);
        assert_eq!((frontier.queued(), frontier.skipped()), (10, u64::try_from(MOST_KNOWN).unwrap() - 5));
    }

    #[test]
    fn how_many_are_under_way_changes_nothing() {
        let visited = |ahead: usize| {
            let mut frontier = frontier(Limits { pages: 40, depth: 4, ..Limits::default() });
            offer(&mut frontier, &["http://shop.test/"], 0);
            let (mut under_way, mut visited) = (VecDeque::new(), Vec::new());
            loop {
                while under_way.len() < ahead
                    && let Some(place) = frontier.next()
                {
                    under_way.push_back(place);
                }
                let Some(place) = under_way.pop_front() else { break };
                for link in ["x", "y", "z"] {
                    let url = format!("{}{link}/", place.url);
                    offer(&mut frontier, &[&url], place.depth + 1);
                }
                visited.push(place.url.to_string());
            }
            (visited, frontier.skipped())
        };
        assert_eq!(visited(1), visited(8));
        assert_eq!(visited(1).0.len(), 40);
    }
}
