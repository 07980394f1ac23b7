//! The built-in engine, as the command line asks for it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_core::Scanner;
use dast_engines::passive::{Limits, PassiveScanner, SettingsError};

use super::Plan;
use super::headers::headers;
use crate::cli::{LoginArgs, ScanWith, ZapArgs, ZapScanArgs};

const TIME: Duration = Duration::from_secs(10 * 60);

pub(super) fn plan(with: &ScanWith) -> Result<Plan> {
    let ScanWith { engine, zap, login, limits, http } = with;
    refuse_others(&engine.zap, zap, login)?;
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

/// What is for ZAP must not look as if it were heeded.
fn refuse_others(at: &ZapArgs, scan: &ZapScanArgs, login: &LoginArgs) -> Result<()> {
    let ZapArgs { zap_url, zap_api_key_file, zap_ca_file } = at;
    let ZapScanArgs {
        profile,
        openapi_url,
        openapi_file,
        graphql_url,
        graphql_schema_file: _,
        soap_url,
        soap_file,
        automation_plan,
        browser,
        attack_strength,
        alert_threshold,
        rule_strength,
        rule_threshold,
        exclude,
        max_children,
        zap_memory,
    } = scan;
    let LoginArgs { login, logged_in_url, logged_in, logged_out, .. } = login;
    let given = [
        ("--zap-url", zap_url.is_some()),
        ("--zap-api-key-file", zap_api_key_file.is_some()),
        ("--zap-ca-file", zap_ca_file.is_some()),
        ("--profile", profile.is_some()),
        ("--openapi-url", openapi_url.is_some()),
        ("--openapi-file", openapi_file.is_some()),
        ("--graphql-url", graphql_url.is_some()),
        ("--soap-url", soap_url.is_some()),
        ("--soap-file", soap_file.is_some()),
        ("--automation-plan", automation_plan.is_some()),
        ("--browser", browser.is_some()),
        ("--attack-strength", attack_strength.is_some()),
        ("--alert-threshold", alert_threshold.is_some()),
        ("--rule-strength", !rule_strength.is_empty()),
        ("--rule-threshold", !rule_threshold.is_empty()),
        ("--exclude", !exclude.is_empty()),
        ("--max-children", max_children.is_some()),
        ("--zap-memory", zap_memory.is_some()),
        ("--login", login.is_some()),
        ("--logged-in-url", logged_in_url.is_some()),
        ("--logged-in", logged_in.is_some()),
        ("--logged-out", logged_out.is_some()),
    ];
    for (option, is_given) in given {
        ensure!(!is_given, "`{option}` is for ZAP: add `--engine zap`");
    }
    Ok(())
}
