//! Where a rule level or an exemption applies: patterns over normalised paths.

use std::fmt;

use globset::GlobBuilder;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use crate::error::ValueError;
use crate::shape::Shape;

/// Patterns are over ASCII (`unicode(false)`), as normalised paths are: a class of Unicode costs a hundred times as much.
///
/// The largest compiled form of one pattern, in bytes. The `regex` crate matches in linear time whatever the pattern;
/// only its size can be catastrophic.
const SIZE_LIMIT: usize = 64 * 1024;
const MAX_LEN: usize = 512;
const ACCEPTED_PATHS: &str = "a pattern over paths, which begin with `/`, have no host and no query, and are percent-encoded in upper case";

/// A pattern over the whole normalised path of a URL: a glob or a regular expression.
///
/// In a glob, `*` and `?` stay within one path segment and `**` crosses them. A regular expression must match the
/// whole path, as in ZAP's contexts, so that a forgotten `$` does not widen it.
///
/// ```
/// use dast_policy::PathPattern;
///
/// let legacy = PathPattern::glob("/legacy/**")?;
/// assert!(legacy.matches("/legacy/a/b"));
/// assert!(!legacy.matches("/shop/legacy/a"));
/// assert!(!PathPattern::regex("/v[0-9]")?.matches("/v1/users"));
/// # Ok::<(), dast_policy::ValueError>(())
/// ```
#[derive(Clone)]
pub struct PathPattern {
    source: Source,
    /// What both kinds become, anchored at both ends.
    regex: regex::bytes::Regex,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Glob(String),
    Regex(String),
}

impl PathPattern {
    /// A pattern such as `/legacy/**` or `/**/*.js`.
    ///
    /// # Errors
    /// When it is empty, longer than 512 bytes, does not begin with `/`, or does not compile.
    pub fn glob(pattern: &str) -> Result<Self, ValueError> {
        const ACCEPTED: &str = "a glob over paths that begins with `/`, such as `/legacy/**`";
        if !pattern.starts_with('/') || pattern.len() > MAX_LEN {
            return Err(ValueError::new(pattern, ACCEPTED));
        }
        // It would compile, and never match anything.
        let query = pattern.split_once('?').is_some_and(|(_, rest)| rest.contains('='));
        let dead = query || ["/./", "/../"].iter().any(|part| pattern.contains(part));
        if dead || !pattern.is_ascii() || encodes_in_lower_case(pattern) {
            return Err(ValueError::new(pattern, ACCEPTED_PATHS));
        }
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| ValueError::new(pattern, format!("{ACCEPTED}: {}", error.kind())))?;
        Self::compile(Source::Glob(pattern.to_owned()), glob.regex(), ACCEPTED)
    }

    /// A regular expression in the syntax of the `regex` crate (<https://docs.rs/regex/#syntax>), which must match
    /// the whole path.
    ///
    /// # Errors
    /// When it is empty, longer than 512 bytes, does not compile, or is larger than 64 KiB when compiled.
    pub fn regex(pattern: &str) -> Result<Self, ValueError> {
        const ACCEPTED: &str = "a regular expression over whole paths, such as `/v[0-9]+/users`";
        if pattern.is_empty() || pattern.len() > MAX_LEN {
            return Err(ValueError::new(pattern, ACCEPTED));
        }
        // Compiled alone first: `a)|(b` would otherwise leave the group that anchors it.
        RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| ValueError::new(pattern, format!("{ACCEPTED}; {}", first_line(&error))))?;
        let pattern =
            Self::compile(Source::Regex(pattern.to_owned()), &format!("^(?:{pattern})$"), ACCEPTED)?;
        if pattern.can_match_a_path() {
            Ok(pattern)
        } else {
            Err(ValueError::new(pattern.source(), ACCEPTED_PATHS))
        }
    }

    /// Whether something that begins with `/` and is ASCII may match, as far as the beginning of the pattern tells.
    fn can_match_a_path(&self) -> bool {
        let parsed =
            regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(self.regex.as_str());
        let prefixes = parsed.map(|parsed| Extractor::new().kind(ExtractKind::Prefix).extract(&parsed));
        let literals = prefixes.as_ref().ok().and_then(|prefixes| prefixes.literals());
        let possible = literals.is_none_or(|literals| {
            literals.iter().any(|one| matches!(one.as_bytes().first(), None | Some(b'/')))
        });
        possible && self.source().is_ascii()
    }

    fn source(&self) -> &str {
        match &self.source {
            Source::Glob(text) | Source::Regex(text) => text,
        }
    }

    fn compile(source: Source, anchored: &str, accepted: &str) -> Result<Self, ValueError> {
        let text = match &source {
            Source::Glob(text) | Source::Regex(text) => text,
        };
        let regex = RegexBuilder::new(anchored)
            .unicode(false)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| ValueError::new(text, format!("{accepted}; {}", first_line(&error))))?;
        Ok(Self { source, regex })
    }

    /// Whether the pattern matches the whole of `path`.
    pub fn matches(&self, path: &str) -> bool {
        self.regex.is_match(path.as_bytes())
    }

    /// Whether the pattern names no place, because it also matches paths that have nothing in common.
    ///
    /// `/**`, `.*`, `[^?]*` or `/.{0,60}` all do, and so does whatever may match paths of many lengths with nothing in
    /// common that would name a segment or an ending. That stops accidents; who writes exemptions is trusted with them.
    ///
    /// ```
    /// use dast_policy::PathPattern;
    ///
    /// assert!(PathPattern::regex("(?s)/(|.)*")?.names_no_place());
    /// assert!(!PathPattern::glob("/**/*.js")?.names_no_place());
    /// # Ok::<(), dast_policy::ValueError>(())
    /// ```
    pub fn names_no_place(&self) -> bool {
        // No two share a segment, an ending, a class of characters or a depth, and no application has them.
        const UNRELATED: [&str; 6] = [
            "/qjxzvk",
            "/WQXZ/KJVQ/",
            "/7391846205",
            "/-_~!/zq.vw/x-9",
            "/%E2%98%83/j.QZ0/_/~/k",
            "/q.zz/j/x/v/k/w/9",
        ];
        let many = UNRELATED.iter().filter(|path| self.matches(path)).count() >= 2;
        many || Shape::of(self.regex.as_str()).is_none_or(Shape::names_no_place)
    }

    /// Whether the pattern is written out like `path`, without wildcards.
    pub(crate) fn spells(&self, path: &str) -> bool {
        self.as_glob() == Some(path)
    }

    /// The anchored expression, for a set of many.
    pub(crate) fn anchored(&self) -> &str {
        self.regex.as_str()
    }

    /// The glob as written, if it is one.
    pub fn as_glob(&self) -> Option<&str> {
        match &self.source {
            Source::Glob(glob) => Some(glob),
            Source::Regex(_) => None,
        }
    }

    /// The regular expression as written, if it is one.
    pub fn as_regex(&self) -> Option<&str> {
        match &self.source {
            Source::Glob(_) => None,
            Source::Regex(regex) => Some(regex),
        }
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for PathPattern {}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Glob(glob) => f.write_str(glob),
            Source::Regex(regex) => write!(f, "regex {regex}"),
        }
    }
}

fn first_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim().to_owned()
}

fn encodes_in_lower_case(pattern: &str) -> bool {
    pattern.split('%').skip(1).filter_map(|rest| rest.get(..2)).any(|hex| {
        hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && hex.bytes().any(|byte| byte.is_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_match_everything_name_no_place() {
        for regex in [
            ".*",
            "^.*$",
            "/.*",
            "(?s).*",
            "[^?]*",
            "/(a|[^a])*",
            "/.{0,60}",
            "/|/.+",
            "\\S+",
            ".*()",
            "(?i)/.*",
        ] {
            assert!(PathPattern::regex(regex).unwrap().names_no_place(), "{regex}");
        }
        for glob in ["/**", "/*/**", "/**/*", "/**/**", "/{*,**}", "/*"] {
            assert!(PathPattern::glob(glob).unwrap().names_no_place(), "{glob}");
        }
        for regex in [
            "[^qQ7]*",
            "(?i)[^q7]*",
            "(?s)(?-u)[^qQ7]*",
            "/[^jX7]*",
            "/([a-p].*)?",
            "/a.*",
            "/a*",
            "/admin|/b.*",
            "(/[^/]*)*",
        ] {
            assert!(PathPattern::regex(regex).unwrap().names_no_place(), "{regex}");
        }
        for glob in ["/{[!qW7%-]*,[!qW7%-]*/**}", "/[a-m]*", "/[n-z]*", "/[a-z]*/**"] {
            assert!(PathPattern::glob(glob).unwrap().names_no_place(), "{glob}");
        }
        for regex in [
            "/legacy/.*",
            "(?i)/legacy(/.*)?",
            "/v[0-9]+/users",
            "/(api|rest)/.*",
            "/x",
            "/a/.*",
            "/|/en/.*",
            "/[a-z]{2}/cart.*",
        ] {
            assert!(!PathPattern::regex(regex).unwrap().names_no_place(), "{regex}");
        }
        for glob in ["/", "/cart", "/legacy/**", "/**/*.js", "/*/edit", "/ab*", "/?"] {
            assert!(!PathPattern::glob(glob).unwrap().names_no_place(), "{glob}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for glob in [
            "/search?q=*",
            "/a/../b",
            "/café",
            "/caf%c3%a9",
            "",
            "legacy/**",
            "**",
            "/[",
            "/{a",
            &format!("/{}", "a".repeat(600)),
        ] {
            assert!(PathPattern::glob(glob).is_err(), "{glob}");
        }
        for regex in [
            "search",
            "https?://a.test/.*",
            "/café",
            "",
            "(",
            "a)|(b",
            "(?x",
            "(a{1000}){1000}",
            &"x".repeat(600),
        ] {
            assert!(PathPattern::regex(regex).is_err(), "{regex}");
        }
    }

    #[test]
    fn a_regular_expression_matches_the_whole_path() {
        let either = PathPattern::regex("/a|/b").unwrap();
        assert!(either.matches("/a") && either.matches("/b"));
        assert!(!either.matches("/ax") && !either.matches("/x/b"));
        assert!(!PathPattern::regex("/a").unwrap().matches("/a\n"));
    }

    #[test]
    fn a_comment_in_the_pattern_cannot_swallow_the_anchor() {
        let commented = PathPattern::regex("(?x)/a # all of it");
        assert!(commented.is_err() || !commented.unwrap().matches("/a/b"));
    }
}
