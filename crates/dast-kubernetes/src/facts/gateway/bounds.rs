//! Bounds of what multiplies in a route: whoever is asked about it before an API server looks at it has to look first.

use dast_core::discovery::Path;

use super::super::MOST_HOST;
use super::{Matching, Spec, UrlRewrite};

/// The longest path, in bytes.
const MOST_PATH: usize = 2048;

impl<M: Matching> Spec<M> {
    /// Twice of what API servers take of each: 16 hosts, rules, backends and filters, 128 matches, paths of 1024 bytes; and hosts
    /// as they are (<https://gateway-api.sigs.k8s.io/reference/spec/>).
    pub(super) fn too_much(&self) -> Option<String> {
        let matches = self.rules.iter().map(|rule| rule.matches.len()).sum();
        let backends = || self.rules.iter().flat_map(|rule| &rule.backend_refs);
        let longest = |lists: &mut dyn Iterator<Item = usize>| lists.max().unwrap_or_default();
        let entries = [
            ("spec.hostnames", self.hostnames.len(), 32),
            ("spec.rules", self.rules.len(), 32),
            ("spec.rules[].matches", matches, 256),
            ("spec.rules[].filters", longest(&mut self.rules.iter().map(|rule| rule.filters.len())), 32),
            (
                "spec.rules[].backendRefs",
                longest(&mut self.rules.iter().map(|rule| rule.backend_refs.len())),
                32,
            ),
            ("spec.rules[].backendRefs[].filters", longest(&mut backends().map(|it| it.filters.len())), 32),
        ];
        let list = entries.into_iter().find(|(_, number, most)| number > most);
        let list = list
            .map(|(field, number, most)| format!("`{field}` has {number} entries: expected {most} at most"));
        let paths = self.rules.iter().flat_map(|rule| &rule.matches).filter_map(|asked| asked.read.path());
        let filters = self.rules.iter().flat_map(|rule| &rule.filters);
        let filters = filters.chain(backends().flat_map(|backend| &backend.filters));
        let rewrites = filters.filter_map(|filter| filter.read.url_rewrite.as_ref());
        let texts = [
            ("spec.hostnames[]", longest(&mut self.hostnames.iter().map(String::len)), MOST_HOST),
            ("spec.rules[].matches[]", longest(&mut paths.map(|path| length(&path))), MOST_PATH),
            ("spec.rules[].filters[].urlRewrite", longest(&mut rewrites.map(UrlRewrite::length)), MOST_PATH),
        ];
        let text = texts.into_iter().find(|(_, bytes, most)| bytes > most);
        list.or_else(|| {
            text.map(|(field, bytes, most)| format!("`{field}` has {bytes} bytes: expected {most} at most"))
        })
    }
}

fn length(path: &Path) -> usize {
    match path {
        Path::Exact(text) | Path::Prefix(text) | Path::Pattern(text) => text.len(),
    }
}

impl UrlRewrite {
    /// That of its longest text.
    fn length(&self) -> usize {
        let paths = self.path.as_ref().map(|path| [&path.replace_full_path, &path.replace_prefix_match]);
        let texts = paths.into_iter().flatten().chain([&self.hostname]).flatten();
        texts.map(String::len).max().unwrap_or_default()
    }
}
