//! Places of a target by which it is seen whether anybody is still there. ZAP calls an attack on nobody a success.

use dast_core::origin_of;
use dast_policy::{Cause, Origin};
use dast_zap_client::core::Message;
use dast_zap_client::{ErrorCode, Url, ZapClient, ZapError};

use super::coverage::Sight;
use super::failure::{Shortfall, told};
use super::place::root;

/// Places that are asked for, at most.
const MOST: usize = 3;

/// Places, and the status that each had.
#[derive(Debug, Default)]
pub(super) struct Landmarks(Vec<(Url, u16)>);

impl Landmarks {
    /// Pages that were seen. What was seen by somebody who is logged in, and a target without pages to ask for, are asked
    /// for once more: what counts is what everybody is answered.
    pub(super) async fn of(
        zap: &ZapClient,
        origin: &Origin,
        sight: &Sight,
        is_logged_in: bool,
    ) -> Result<Self, Shortfall> {
        let pages = sight.pages().filter(|url| origin_of(url).as_ref() == Some(origin));
        let mut places: Vec<(Url, u16)> = pages.take(MOST).map(|url| (url, 200)).collect();
        if places.is_empty() {
            places.push((root(origin)?, 0));
        } else if !is_logged_in {
            return Ok(Self(places));
        }
        for (url, status) in &mut places {
            *status = ask(zap, url).await?.map_err(|how| gone(origin, &how))?;
        }
        Ok(Self(places))
    }

    /// Whether one of them is as it was. A firewall answers all, and so does whatever stands in for a target that is gone.
    pub(super) async fn still_stand(&self, zap: &ZapClient, origin: &Origin) -> Result<(), Shortfall> {
        let mut first = None;
        for (url, before) in &self.0 {
            let now = match ask(zap, url).await? {
                Ok(now) if is_alike(*before, now) => return Ok(()),
                Ok(now) => format!("`{}` became {now}", url.path()),
                Err(how) => how,
            };
            first.get_or_insert(now);
        }
        first.map_or(Ok(()), |how| Err(gone(origin, &how)))
    }
}

/// A page remains a page. What was none answers as it did.
fn is_alike(before: u16, now: u16) -> bool {
    match before {
        200..=299 => (200..300).contains(&now),
        _ => now == before && now < 500,
    }
}

/// The status of a place, or why there is none.
async fn ask(zap: &ZapClient, url: &Url) -> Result<Result<u16, String>, ZapError> {
    match zap.core().access_url(url).follow_redirects(false).send().await {
        Ok(messages) => Ok(messages.last().and_then(Message::status).ok_or_else(|| "no response".to_owned())),
        // So ZAP says that it got no answer, or none of HTTP.
        Err(error) if matches!(error.code(), Some(ErrorCode::InternalError | ErrorCode::BadExternalData)) => {
            Ok(Err(told(&error)))
        }
        Err(error) => Err(error),
    }
}

fn gone(origin: &Origin, how: &str) -> Shortfall {
    Shortfall::new(Cause::Unreachable, format!("`{origin}` stopped answering as it did: {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_remains_one_and_all_else_is_as_it_was() {
        for (before, now) in [(200, 204), (404, 404), (302, 302), (401, 401)] {
            assert!(is_alike(before, now), "{before}, {now}");
        }
        for (before, now) in
            [(200, 302), (200, 403), (200, 429), (200, 404), (200, 503), (404, 403), (503, 503)]
        {
            assert!(!is_alike(before, now), "{before}, {now}");
        }
    }
}
