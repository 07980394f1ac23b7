//! The built-in engine, as the command line asks for it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use dast_core::Scanner;
use dast_engines::passive::{Limits, PassiveScanner, SettingsError};

use super::Plan;
use crate::cli::{EngineArgs, HttpArgs, LimitArgs};

const TIME: Duration = Duration::from_secs(10 * 60);

pub(super) fn plan(engine: &EngineArgs, limits: &LimitArgs, http: &HttpArgs) -> Result<Plan> {
    let of_zap = [
        ("--zap-url", engine.zap.zap_url.is_some()),
        ("--zap-api-key-file", engine.zap.zap_api_key_file.is_some()),
        ("--profile", engine.profile.is_some()),
    ];
    for (option, is_given) in of_zap {
        ensure!(!is_given, "`{option}` is for ZAP: add `--engine zap`");
    }
    let standard = Limits::default();
    let bounds = Limits {
        pages: limits.max_pages.map_or(Ok(500), usize::try_from)?,
        depth: limits.max_depth.map_or(Ok(10), usize::try_from)?,
        time: limits.timeout.unwrap_or(TIME),
        request_timeout: limits.request_timeout.unwrap_or(Duration::from_secs(10)),
        concurrency: limits.concurrency.map_or(Ok(8), usize::try_from)?,
        requests_per_second: limits.rate,
        ..standard
    };
    let mut scanner =
        PassiveScanner::builder().limits(bounds).danger_accept_invalid_certificates(http.insecure);
    for (name, value) in headers(http)? {
        // Whatever people add to every request may be a secret, so that no report shows it.
        scanner = scanner.credential(name, value);
    }
    if let Some(path) = &http.ca_file {
        let pem = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        scanner = scanner.ca_certificates(pem);
    }
    let scanner = scanner.build().map_err(|error| match (&error, &http.ca_file) {
        (SettingsError::Certificates(_), Some(path)) => {
            let context = format!("`{}` has no certificates in it", path.display());
            anyhow::Error::new(error).context(context)
        }
        _ => error.into(),
    })?;
    Ok(Plan::new(scanner, bounds.time, limits.attempts))
}

pub(super) fn demonstration() -> Result<Box<dyn Scanner>> {
    Ok(Box::new(PassiveScanner::builder().build()?))
}

/// The headers of the command line and of the file.
fn headers(http: &HttpArgs) -> Result<Vec<(String, String)>> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for (index, line) in http.header.iter().enumerate() {
        lines.push(header(line).with_context(|| format!("--header number {}", index + 1))?);
    }
    if let Some(path) = &http.header_file {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| is_header(line)) {
            lines.push(header(line).with_context(|| format!("`{}`, line {}", path.display(), index + 1))?);
        }
    }
    Ok(lines)
}

/// Empty lines and comments are none.
fn is_header(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

/// The value may be a secret, so that an error must not repeat it.
fn header(line: &str) -> Result<(String, String)> {
    let (name, value) = line.split_once(':').ok_or_else(|| anyhow!("expected `Name: value`"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
