//! ZAP, as the command line asks for it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use dast_engines::zap::{ZapLimits, ZapProfile, ZapScanner};
use dast_zap_client::{ApiKey, ZapClient};

use super::Plan;
use crate::cli::{EngineArgs, HttpArgs, LimitArgs, ProfileChoice, ZapArgs};

/// Where a ZAP on this machine is, if nobody moved it.
const HERE: &str = "http://127.0.0.1:8080";

pub(super) fn plan(engine: &EngineArgs, limits: &LimitArgs, http: &HttpArgs) -> Result<Plan> {
    refuse_others(limits, http)?;
    let profile = match engine.profile {
        None | Some(ProfileChoice::Baseline) => ZapProfile::Baseline,
        Some(ProfileChoice::Full) => ZapProfile::Full,
    };
    let standard = ZapLimits::default();
    let bounds = ZapLimits { time: limits.timeout.unwrap_or(standard.time), ..standard };
    let client = client(&engine.zap)?;
    let scanner = ZapScanner::builder(client).profile(profile).limits(bounds).build()?;
    Ok(Plan::new(scanner, bounds.time, limits.attempts))
}

/// A client of the ZAP at that address, or of the one on this machine.
pub(crate) fn client(zap: &ZapArgs) -> Result<ZapClient> {
    let mut client = ZapClient::builder(zap.zap_url.as_deref().unwrap_or(HERE));
    if let Some(path) = &zap.zap_api_key_file {
        client = client.api_key(key(path)?);
    }
    Ok(client.build()?)
}

/// The key in a file, without the line break that editors add.
fn key(path: &Path) -> Result<ApiKey> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let key = text.trim();
    if key.is_empty() {
        bail!("`{}` has no key in it", path.display());
    }
    Ok(key.into())
}

/// What this engine would not heed must not look as if it did.
fn refuse_others(limits: &LimitArgs, http: &HttpArgs) -> Result<()> {
    let LimitArgs { max_pages, max_depth, request_timeout, concurrency, rate, timeout: _, attempts: _ } =
        limits;
    let HttpArgs { header, header_file, ca_file, insecure } = http;
    let given = [
        ("--max-pages", max_pages.is_some()),
        ("--max-depth", max_depth.is_some()),
        ("--request-timeout", request_timeout.is_some()),
        ("--concurrency", concurrency.is_some()),
        ("--rate", rate.is_some()),
        ("--header", !header.is_empty()),
        ("--header-file", header_file.is_some()),
        ("--ca-file", ca_file.is_some()),
        ("--insecure", *insecure),
    ];
    for (option, is_given) in given {
        ensure!(!is_given, "`{option}` is for the built-in engine: ZAP would not heed it");
    }
    Ok(())
}
