//! A full report, packed into an object and unpacked again.

use std::cmp::Reverse;
use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dast_policy::{Confidence, Evidence, Finding, Report, RuleInfo};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::error::{ReportError, TooLargeError};
use crate::crd::{ReportEncoding, ScanReportSpec, SeverityCounts};

/// The longest text of a packed report, in bytes. etcd takes objects of 1.5 MiB.
pub const MOST_REPORT_BYTES: usize = 1024 * 1024;

/// The largest report before it is packed. A small object must not become any amount of memory.
const MOST_UNPACKED: usize = 32 * 1024 * 1024;

const REPORT_VERSION: u32 = 1;

impl ScanReportSpec {
    /// Packs the report of `run` on `target` into at most `most_bytes` of text. What has no room is left out and
    /// counted: the mildest findings first, then what the rules mean. The evidence is always in it.
    ///
    /// # Errors
    /// When the evidence alone has no room.
    pub fn pack(
        target: impl Into<String>,
        run: impl Into<String>,
        report: &Report,
        most_bytes: usize,
    ) -> Result<Self, ReportError> {
        let most_bytes = most_bytes.min(MOST_REPORT_BYTES);
        let ranks = ranks(&report.findings);
        let packed = match Packed::largest(report, &ranks, true, most_bytes)? {
            Some(packed) => packed,
            None => Packed::largest(report, &ranks, false, most_bytes)?.ok_or_else(|| {
                let least = Packed::of(report, &ranks, 0, false).map_or(0, |packed| packed.data.len());
                ReportError::NoRoom(TooLargeError::new(least, most_bytes))
            })?,
        };
        Ok(Self {
            target: target.into(),
            run: run.into(),
            encoding: ReportEncoding::GzipBase64,
            data: packed.data,
            bytes: packed.bytes as u64,
            counts: SeverityCounts::from(&report.evidence),
            findings: report.findings.len() as u64,
            omitted: report.findings.len().saturating_sub(packed.findings) as u64,
            rules_omitted: !packed.rules,
        })
    }

    /// Unpacks the report. What was left out of it stays so.
    ///
    /// # Errors
    /// When it is not what [`pack`](Self::pack) makes: cut off, of another version, too large, or with evidence that
    /// does not hold.
    pub fn unpack(&self) -> Result<Report, ReportError> {
        let ReportEncoding::GzipBase64 = self.encoding;
        let packed = STANDARD.decode(&self.data).map_err(ReportError::Base64)?;
        let mut json = Vec::new();
        let one_too_many = MOST_UNPACKED as u64 + 1;
        GzDecoder::new(packed.as_slice())
            .take(one_too_many)
            .read_to_end(&mut json)
            .map_err(ReportError::Gzip)?;
        if json.len() > MOST_UNPACKED {
            return Err(ReportError::TooLarge(TooLargeError::new(json.len(), MOST_UNPACKED)));
        }
        let Version { schema_version } = serde_json::from_slice(&json).map_err(ReportError::Json)?;
        if schema_version != REPORT_VERSION {
            return Err(ReportError::Version { found: schema_version });
        }
        let stored: Stored = serde_json::from_slice(&json).map_err(ReportError::Json)?;
        Ok(Report { evidence: stored.evidence, findings: stored.findings, rules: stored.rules })
    }
}

/// A report, or part of one, as text.
struct Packed {
    data: String,
    /// Before it was compressed.
    bytes: usize,
    findings: usize,
    rules: bool,
}

impl Packed {
    /// As much as fits, or nothing if not even the report without findings does.
    fn largest(
        report: &Report,
        ranks: &[usize],
        rules: bool,
        most_bytes: usize,
    ) -> Result<Option<Self>, ReportError> {
        let fits = |packed: &Self| packed.data.len() <= most_bytes && packed.bytes <= MOST_UNPACKED;
        let all = Self::of(report, ranks, ranks.len(), rules)?;
        if fits(&all) {
            return Ok(Some(all));
        }
        let mut largest = Some(Self::of(report, ranks, 0, rules)?).filter(fits);
        let (mut fit, mut over) = (0, if largest.is_some() { ranks.len() } else { 0 });
        while over.saturating_sub(fit) > 1 {
            let middle = fit + (over - fit) / 2;
            let packed = Self::of(report, ranks, middle, rules)?;
            if fits(&packed) {
                (fit, largest) = (middle, Some(packed));
            } else {
                over = middle;
            }
        }
        Ok(largest)
    }

    /// The report with the `number` worst findings, in their order.
    fn of(report: &Report, ranks: &[usize], number: usize, rules: bool) -> Result<Self, ReportError> {
        let ranked = report.findings.iter().zip(ranks);
        let findings: Vec<&Finding> =
            ranked.filter(|(_, rank)| **rank < number).map(|(finding, _)| finding).collect();
        let count = findings.len();
        let json = serde_json::to_vec(&Storing {
            schema_version: REPORT_VERSION,
            evidence: &report.evidence,
            findings,
            rules: if rules { &report.rules } else { &[] },
        })
        .map_err(ReportError::Json)?;
        // The header has no time, so that the same report is always the same text.
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&json).map_err(ReportError::Gzip)?;
        let data = STANDARD.encode(gzip.finish().map_err(ReportError::Gzip)?);
        Ok(Self { data, bytes: json.len(), findings: count, rules })
    }
}

/// The rank of each finding, 0 for the worst. False positives come last, and of equals the first comes first.
fn ranks(findings: &[Finding]) -> Vec<usize> {
    let mut order: Vec<(usize, &Finding)> = findings.iter().enumerate().collect();
    order.sort_by_key(|(_, finding)| {
        let badness = (finding.severity(), finding.confidence());
        (finding.confidence() == Confidence::FalsePositive, Reverse(badness))
    });
    let mut ranks = vec![0; findings.len()];
    for (rank, (index, _)) in order.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(index) {
            *place = rank;
        }
    }
    ranks
}

/// A report as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Storing<'r> {
    schema_version: u32,
    evidence: &'r Evidence,
    findings: Vec<&'r Finding>,
    rules: &'r [RuleInfo],
}

/// A report as it is read, once its version is known.
#[derive(Deserialize)]
struct Stored {
    evidence: Evidence,
    findings: Vec<Finding>,
    rules: Vec<RuleInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    schema_version: u32,
}
