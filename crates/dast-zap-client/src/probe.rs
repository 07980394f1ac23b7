//! Whether a ZAP is there that this client can talk to.

use crate::client::ZapClient;
use crate::endpoint::{EndpointName, Kind};
use crate::error::{TooOld, ZapError};
use crate::reply::Shape;
use crate::request::Request;

/// The oldest version that this client talks to: it has all that a scan needs.
pub const OLDEST_VERSION: &str = "2.16.0";

impl ZapClient {
    /// Finds out whether the API answers, takes the key and is of a version that this client knows; gives the version.
    ///
    /// Weekly and development versions, which have a date instead of a number, are taken to be new enough.
    ///
    /// # Errors
    /// [`ZapError::TooOld`], and everything that can go wrong with a call.
    ///
    /// ```
    /// # #[cfg(not(feature = "testing"))] fn main() {}
    /// # #[cfg(feature = "testing")] #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let fake = dast_zap_client::testing::FakeZap::start().await?;
    /// let zap = fake.client();
    /// assert_eq!(zap.probe().await?, "2.17.0");
    /// # Ok(()) }
    /// ```
    pub async fn probe(&self) -> Result<String, ZapError> {
        const VERSION: EndpointName = EndpointName::fixed("core", Kind::View, "version");
        let version = Request::<String>::new(self, VERSION, Shape::under("version")).send().await?;
        match numbers(&version).zip(numbers(OLDEST_VERSION)) {
            Some((found, oldest)) if found < oldest => Err(TooOld::new(version, OLDEST_VERSION).into()),
            _ => Ok(version),
        }
    }
}

/// The three numbers of a release; `None` for a version that has a date.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let release = version.split(['-', '+']).next()?;
    let mut parts = release.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?];
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_number_and_dates_are_new() {
        assert!(numbers("2.9.0") < numbers("2.16.0"));
        assert_eq!(numbers("2.17"), Some([2, 17, 0]));
        assert_eq!(numbers("2.17.0-SNAPSHOT"), Some([2, 17, 0]));
        assert_eq!(numbers("D-2026-01-05"), None);
        assert_eq!(numbers("Dev Build"), None);
    }
}
