//! Why a text or a URL is no target.

use dast_policy::ValueError;

/// Why a text is no target. What it shows of a URL has neither user, password nor query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It is no URL at all.
    #[error(transparent)]
    Syntax(UrlError),
    /// It has no scheme, or one that is not of the web.
    #[error(transparent)]
    Scheme(ValueError),
    /// It names a user. URLs end up in logs and reports, so credentials must not be part of them.
    #[error(transparent)]
    Userinfo(ValueError),
    /// It has a host that is no name and no address.
    #[error(transparent)]
    Host(ValueError),
    /// It has port 0.
    #[error(transparent)]
    Port(ValueError),
    /// A further seed is not of the target's origin.
    #[error(transparent)]
    Elsewhere(ValueError),
}

impl TargetError {
    /// The class of this error, for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::Scheme(_) => "scheme",
            Self::Userinfo(_) => "userinfo",
            Self::Host(_) => "host",
            Self::Port(_) => "port",
            Self::Elsewhere(_) => "elsewhere",
        }
    }

    /// The refused value, and what is accepted.
    pub fn refused(&self) -> &ValueError {
        match self {
            Self::Syntax(error) => &error.refused,
            Self::Scheme(error)
            | Self::Userinfo(error)
            | Self::Host(error)
            | Self::Port(error)
            | Self::Elsewhere(error) => error,
        }
    }

    pub(crate) fn syntax(text: &str, source: Option<url::ParseError>) -> Self {
        Self::Syntax(UrlError {
            refused: ValueError::new(shown(text), "a URL such as `https://shop.example`"),
            source,
        })
    }
}

/// A text that is no URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refused}")]
pub struct UrlError {
    refused: ValueError,
    source: Option<url::ParseError>,
}

/// What may be shown of a text that may be a URL with credentials in it. When it cannot be told where credentials end,
/// nothing after the scheme is shown.
pub(crate) fn shown(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (format!("{scheme}://"), rest)
        }
        _ => (String::new(), text),
    };
    let head = rest.split(['?', '#']).next().unwrap_or_default();
    match (rest.rfind('@'), head.rsplit_once('@')) {
        (None, _) => format!("{scheme}{head}"),
        (Some(last), Some((user, host))) if last == user.len() => format!("{scheme}…@{host}"),
        _ => format!("{scheme}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_queries_are_not_shown() {
        for (text, expected) in [
            ("http://shop.test/a?token=x#y", "http://shop.test/a"),
            ("http://bob:pw@shop.test/a", "http://…@shop.test/a"),
            ("http://bob:p@w@shop.test/a", "http://…@shop.test/a"),
            ("http://bob:p/w@shop.test/a", "http://…@shop.test/a"),
            ("http://bob:p?w@shop.test/a", "http://…"),
            ("http://bob:p#w@shop.test/a", "http://…"),
            ("http://b@b:p?w@shop.test/a", "http://…"),
            ("bob:pw@shop.test", "…@shop.test"),
            ("shop.test", "shop.test"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
