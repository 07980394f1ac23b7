//! A scan on loopback, and what came of it.

use std::time::Duration;

use dast_core::{Collected, ScanRequest, Scanner, Target};
use dast_engines::passive::{Limits, PassiveScanner, PassiveScannerBuilder};
use dast_policy::{Cause, Completion, Coverage};

/// Long enough for any honest answer on loopback, however busy the machine is.
pub(crate) const PATIENT: Limits = Limits {
    pages: 100,
    depth: 10,
    page_bytes: 100_000,
    total_bytes: 10_000_000,
    request_timeout: Duration::from_secs(60),
    time: Duration::from_secs(300),
    concurrency: 4,
    requests_per_second: None,
};

/// For servers that never end, where waiting is the point. Honest answers take a few milliseconds.
pub(crate) const IMPATIENT: Limits = Limits { request_timeout: Duration::from_secs(2), ..PATIENT };

pub(crate) fn builder(limits: Limits) -> PassiveScannerBuilder {
    PassiveScanner::builder().limits(limits)
}

pub(crate) async fn collect(builder: PassiveScannerBuilder, request: ScanRequest) -> Collected {
    let mut scan = builder.build().unwrap().start(request).await.unwrap();
    let mut pages = 0;
    while let Some(progress) = scan.next_event().await {
        assert!(progress.pages >= pages, "progress went back");
        pages = progress.pages;
    }
    let collected = scan.collect().await.unwrap();
    assert!(pages <= collected.coverage.pages);
    assert!(scan.collect().await.is_err(), "collected twice");
    collected
}

pub(crate) async fn scan(url: &str, limits: Limits) -> Collected {
    collect(builder(limits), request(url)).await
}

pub(crate) fn request(url: &str) -> ScanRequest {
    ScanRequest::new(Target::parse(url).unwrap())
}

pub(crate) fn coverage(pages: u64, failed: u64, skipped: u64) -> Coverage {
    Coverage { pages, failed, skipped }
}

pub(crate) fn incomplete(collected: &Collected) -> (Cause, &str) {
    match &collected.completion {
        Completion::Incomplete { cause, detail } => (*cause, detail),
        Completion::Complete => panic!("complete"),
    }
}

/// Where a finding with this alert reference is.
pub(crate) fn places(collected: &Collected, reference: &str) -> Vec<String> {
    let of = collected.findings.iter().filter(|finding| finding.alert_ref().as_str() == reference);
    of.map(|finding| finding.url().to_owned()).collect()
}
