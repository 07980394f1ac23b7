//! The reports that ZAP writes, as evidence: traditional JSON and traditional XML, with or without the requests and
//! responses of the "plus" kinds (<https://www.zaproxy.org/docs/desktop/addons/report-generation/templates/>).
//!
//! A report says what was found, but not whether the scan came to its end, how much it saw, or whether it was logged
//! in. So its evidence is incomplete, and no policy passes it, until somebody [vouches](Vouch) for the rest. What the
//! report counts but does not list is counted all the same.
//!
//! ```
//! use dast_engines::zap::report::{Vouch, ZapReport};
//! use dast_policy::{Completion, Confidence, Severity};
//!
//! let report = ZapReport::parse(br#"{
//!     "@programName": "ZAP", "@version": "2.17.0",
//!     "@generated": "Thu, 4 Jul 2024 10:11:12", "created": "2024-07-04T10:11:12Z",
//!     "site": [{
//!         "@name": "http://shop.test", "@host": "shop.test", "@port": "80", "@ssl": "false",
//!         "alerts": [{
//!             "pluginid": "10021", "alertRef": "10021", "name": "X-Content-Type-Options Header Missing",
//!             "riskcode": "1", "confidence": "2", "count": "7", "systemic": false,
//!             "instances": [{ "uri": "http://shop.test/", "method": "GET", "param": "x-content-type-options" }]
//!         }]
//!     }]
//! }"#)?;
//! let site = report.sites().first().ok_or("no site")?;
//! assert_eq!((site.findings().len(), site.unlisted()), (1, 6));
//!
//! let imported = site.report(&Vouch::default())?.evidence;
//! assert!(matches!(imported.scan().completion, Completion::Incomplete { .. }));
//!
//! let vouched = site.report(&Vouch { complete: true, ..Vouch::default() })?.evidence;
//! assert_eq!(vouched.scan().completion, Completion::Complete);
//! let counts = vouched.counts();
//! let [row] = counts.as_slice() else { return Err("one rule was found".into()) };
//! assert_eq!((row.severity, row.confidence, row.instances), (Severity::Low, Confidence::Medium, 7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alert;
mod error;
mod json;
mod place;
mod site;
mod time;
mod unlisted;
mod vouch;
mod wire;
mod xml;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use dast_core::Redactor;
use dast_policy::ValueError;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use error::{FieldError, ReportError};
use site::Head;
pub use site::Site;
pub use vouch::Vouch;
use wire::{Document, SiteEntry};

/// One report of ZAP.
#[derive(Debug, Clone)]
pub struct ZapReport {
    head: Arc<Head>,
    sites: Vec<Site>,
}

impl ZapReport {
    /// The largest report that is read, in bytes.
    pub const MOST_BYTES: usize = 64 * 1024 * 1024;
    /// The instances that a report may list, all sites together.
    pub const MOST_INSTANCES: usize = 500_000;

    /// Reads a report; its content tells whether it is JSON or XML.
    ///
    /// Credentials that are known by their place, such as `Authorization` or the values of cookies, are taken out of
    /// what is kept.
    ///
    /// # Errors
    /// When it is no report of ZAP, is too large or broken, has no site, or has a value that is not accepted.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        Self::parse_with(bytes, &Redactor::new(None::<&str>))
    }

    /// Like [`parse`](Self::parse), and takes out the secrets that `redactor` knows as well.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_with(bytes: &[u8], redactor: &Redactor) -> Result<Self, ReportError> {
        let document = document(bytes)?;
        let head = Arc::new(head(&document, bytes)?);
        let entries = document.sites.filter(|sites| !sites.is_empty());
        let mut sites: Vec<Site> = Vec::new();
        let mut known = HashMap::new();
        for (index, entry) in
            entries.ok_or(ReportError::NotAReport("it has no site"))?.into_iter().enumerate()
        {
            let site = site(&head, entry, &format!("site[{index}]"), redactor)?;
            // The default port may be named or not.
            let at = *known.entry(site.origin.clone()).or_insert(sites.len());
            match sites.get_mut(at) {
                Some(same) => same.absorb(site),
                None => sites.push(site),
            }
        }
        Ok(Self { head, sites })
    }

    /// The version of ZAP.
    pub fn version(&self) -> &str {
        &self.head.version
    }

    /// When it was written. Where the report names no time zone, it is the earliest that it may have been; `None`
    /// where the report says no time, or none that can be read.
    pub fn generated(&self) -> Option<Timestamp> {
        self.head.generated
    }

    /// What is told of each origin; at least one.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }
}

fn site(head: &Arc<Head>, mut entry: SiteEntry, path: &str, redactor: &Redactor) -> Result<Site, FieldError> {
    let mut site = Site::new(Arc::clone(head), place::origin(&entry, path)?);
    for (index, alert) in std::mem::take(&mut entry.alerts).into_iter().enumerate() {
        alert::add(&mut site, alert, &format!("{path}.alerts[{index}]"), redactor)?;
    }
    Ok(site)
}

/// Reads either format.
fn document(bytes: &[u8]) -> Result<Document, ReportError> {
    if bytes.len() > ZapReport::MOST_BYTES {
        let (found, most) = (bytes.len(), ZapReport::MOST_BYTES);
        return Err(ReportError::TooLarge { unit: "bytes", found, most });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReportError::NotAReport("it is not text in UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    let document = match text.bytes().next() {
        Some(b'{') => json::read(text)?,
        Some(b'<') => xml::read(text)?,
        _ => return Err(ReportError::NotAReport("it is neither a JSON object nor XML")),
    };
    let alerts = document.sites.iter().flatten().flat_map(|site| &site.alerts);
    let found = alerts.map(|alert| alert.instances.len()).sum();
    if found > ZapReport::MOST_INSTANCES {
        return Err(ReportError::TooLarge { unit: "instances", found, most: ZapReport::MOST_INSTANCES });
    }
    Ok(document)
}

fn head(document: &Document, bytes: &[u8]) -> Result<Head, ReportError> {
    let version = document.version.as_ref().ok_or(ReportError::NotAReport("it has no `@version`"))?.as_str();
    if version.is_empty() {
        return Err(FieldError::new("@version", ValueError::new("", "the version of ZAP")).into());
    }
    // The newer field names its time zone.
    let generated_as = match document.created.as_str() {
        "" => ("@generated", document.generated.as_str().to_owned()),
        created => ("created", created.to_owned()),
    };
    Ok(Head {
        version: version.to_owned(),
        generated: time::time(&generated_as.1),
        generated_as,
        stopped: document.stopped,
        plan_errors: document.plan_errors,
        hash: hash(bytes),
    })
}

/// SHA-256 as hex digits.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hash, byte| {
        // Writing to a text cannot fail.
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}
