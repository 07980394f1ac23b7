//! How much a scan may take.

use std::time::Duration;

use dast_policy::ValueError;

/// How much a scan may take. Whatever a server sends, it is never more.
///
/// Places that were found but not visited because of a limit are counted as skipped. So is a page of which a part was
/// not read. Only [`time`](Self::time) makes a scan incomplete: the others are what the profile asks for.
///
/// ```
/// use dast_engines::passive::Limits;
///
/// let quick = Limits { pages: 50, depth: 3, ..Limits::default() };
/// assert_eq!(quick.concurrency, 8);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Places that are visited, whether they answer or not: 500. At least 1.
    pub pages: usize,
    /// Links and redirects from where a scan begins to a page: 10. With 0, only where it begins is visited.
    pub depth: usize,
    /// Bytes of a body, as sent and with its content coding undone: 2 MiB. At least 1.
    pub page_bytes: usize,
    /// Bytes of all bodies, as sent: 200 MiB. At least 1.
    pub total_bytes: u64,
    /// From asking for a page to its last byte: 10 seconds. Above 0.
    pub request_timeout: Duration,
    /// From the beginning to the end: 10 minutes. Above 0.
    pub time: Duration,
    /// Requests under way at once: 8. At least 1, at most 64.
    pub concurrency: usize,
    /// Requests begun in any second: as many as the server answers. At least 1 if given.
    pub requests_per_second: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pages: 500,
            depth: 10,
            page_bytes: 2 * 1024 * 1024,
            total_bytes: 200 * 1024 * 1024,
            request_timeout: Duration::from_secs(10),
            time: Duration::from_secs(10 * 60),
            concurrency: 8,
            requests_per_second: None,
        }
    }
}

impl Limits {
    /// Says which limit would keep a scan from looking at anything, or would be none.
    pub(super) fn check(&self) -> Result<(), ValueError> {
        let bad = |name: &str, accepted: &str| Err(ValueError::new(name, accepted));
        match self {
            Self { pages: 0, .. } => bad("pages: 0", "at least 1"),
            Self { page_bytes: 0, .. } => bad("page_bytes: 0", "at least 1"),
            Self { total_bytes: 0, .. } => bad("total_bytes: 0", "at least 1"),
            Self { request_timeout: Duration::ZERO, .. } => bad("request_timeout: 0s", "more than no time"),
            Self { time: Duration::ZERO, .. } => bad("time: 0s", "more than no time"),
            Self { requests_per_second: Some(0), .. } => bad("requests_per_second: 0", "at least 1, or none"),
            Self { concurrency, .. } if !(1..=64).contains(concurrency) => {
                bad(&format!("concurrency: {concurrency}"), "1 to 64")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_allow_nothing_are_refused_by_name() {
        let default = Limits::default();
        assert_eq!(default.check(), Ok(()));
        for (limits, name) in [
            (Limits { pages: 0, ..default }, "pages: 0"),
            (Limits { page_bytes: 0, ..default }, "page_bytes: 0"),
            (Limits { total_bytes: 0, ..default }, "total_bytes: 0"),
            (Limits { request_timeout: Duration::ZERO, ..default }, "request_timeout: 0s"),
            (Limits { time: Duration::ZERO, ..default }, "time: 0s"),
            (Limits { concurrency: 0, ..default }, "concurrency: 0"),
            (Limits { concurrency: 65, ..default }, "concurrency: 65"),
            (Limits { requests_per_second: Some(0), ..default }, "requests_per_second: 0"),
        ] {
            assert_eq!(limits.check().unwrap_err().value(), name);
        }
        assert_eq!(Limits { depth: 0, ..default }.check(), Ok(()));
    }
}
