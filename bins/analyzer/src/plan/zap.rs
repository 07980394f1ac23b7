//! ZAP, as the command line asks for it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use dast_engines::zap::{
    ApiDefinition, BrowserCrawler, DefinitionSource, LoggedIn, Login, Memory, ZapLimits, ZapProfile,
    ZapRules, ZapScanner,
};
use dast_zap_client::{ApiKey, ZapClient};

use super::Plan;
use super::headers::headers;
use crate::cli::{
    BrowserChoice, HttpArgs, LimitArgs, LoginArgs, LoginChoice, MemoryChoice, ProfileChoice, ScanWith,
    ScannerArgs, ZapArgs, ZapScanArgs,
};
use crate::source;

/// Where a ZAP on this machine is, if nobody moved it.
const HERE: &str = "http://127.0.0.1:8080";

pub(super) fn plan(with: &ScanWith) -> Result<Plan> {
    let ScanWith { engine, zap, login, limits, http } = with;
    refuse_others(limits, http)?;
    let bounds = bounds(zap, limits)?;
    let mut scanner = ZapScanner::builder(client(&engine.zap)?);
    if let Some(key) = key(&engine.zap)? {
        scanner = scanner.secret(key);
    }
    scanner = scanner.profile(profile(zap)?).limits(bounds).rules(rules(zap));
    for pattern in &zap.exclude {
        scanner = scanner.exclude(pattern);
    }
    for (name, value) in headers(http)? {
        scanner = scanner.header(name, value);
    }
    if let Some(crawler) = zap.browser {
        scanner = scanner.browser(match crawler {
            BrowserChoice::Ajax => BrowserCrawler::Ajax,
            BrowserChoice::Client => BrowserCrawler::Client,
        });
    }
    if let Some(check) = logged_in(login)? {
        scanner = scanner.logged_in(check);
    }
    if let Some(login) = self::login(login)? {
        scanner = scanner.login(login);
    }
    if let Some(memory) = zap.zap_memory {
        scanner = scanner.memory(match memory {
            MemoryChoice::Forget => Memory::Forget,
            MemoryChoice::Keep => Memory::Keep,
            MemoryChoice::NewSession => Memory::NewSession,
        });
    }
    Ok(Plan::new(scanner.build()?, bounds.time, limits.attempts))
}

/// What the original's `scanner` and `apiscan` do.
pub(super) fn original(args: &ScannerArgs, profile: ZapProfile) -> Result<Plan> {
    let ScannerArgs { zap_proxy, apikey, timeout, .. } = args;
    let mut client = ZapClient::builder(zap_proxy);
    if !apikey.is_empty() {
        client = client.api_key(ApiKey::from(apikey.as_str()));
    }
    let standard = ZapLimits::default();
    let limits = ZapLimits { time: timeout.unwrap_or(standard.time), ..standard };
    let scanner = ZapScanner::builder(client.build()?).profile(profile).limits(limits).secret(apikey);
    Ok(Plan::new(scanner.build()?, limits.time, 1))
}

/// A client of the ZAP at that address, or of the one on this machine.
pub(crate) fn client(zap: &ZapArgs) -> Result<ZapClient> {
    let mut client = ZapClient::builder(zap.zap_url.as_deref().unwrap_or(HERE));
    if let Some(key) = key(zap)? {
        client = client.api_key(key);
    }
    if let Some(path) = &zap.zap_ca_file {
        let pem = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        client = client.ca_certificates(pem);
    }
    // What needs TLS needs a provider for it.
    dast_runtime::choose_cryptography();
    Ok(client.build()?)
}

fn key(zap: &ZapArgs) -> Result<Option<String>> {
    zap.zap_api_key_file.as_deref().map(secret).transpose()
}

fn bounds(zap: &ZapScanArgs, limits: &LimitArgs) -> Result<ZapLimits> {
    let standard = ZapLimits::default();
    Ok(ZapLimits {
        time: limits.timeout.unwrap_or(standard.time),
        max_children: zap.max_children,
        requests_per_second: limits.rate,
        threads: limits.concurrency.map(u32::try_from).transpose()?,
        ..standard
    })
}

fn profile(zap: &ZapScanArgs) -> Result<ZapProfile> {
    if let Some(path) = &zap.automation_plan {
        return Ok(ZapProfile::Plan(source::text(path)?));
    }
    match (zap.profile, definition(zap)?) {
        (None | Some(ProfileChoice::Api), Some(definition)) => Ok(ZapProfile::Api(definition)),
        (None | Some(ProfileChoice::Baseline), None) => Ok(ZapProfile::Baseline),
        (Some(ProfileChoice::Full), None) => Ok(ZapProfile::Full),
        (Some(ProfileChoice::Api), None) => {
            bail!(
                "`--profile api` needs a definition of the API: add `--openapi-url URL`, or see --help for others"
            )
        }
        (Some(ProfileChoice::Baseline | ProfileChoice::Full), Some(_)) => {
            bail!("a definition of an API is for `--profile api`")
        }
    }
}

fn definition(zap: &ZapScanArgs) -> Result<Option<ApiDefinition>> {
    let url = |url: &String| DefinitionSource::Url(url.clone());
    let file = |path: &std::path::PathBuf| source::text(path).map(DefinitionSource::Text);
    if let Some(served) = &zap.openapi_url {
        return Ok(Some(ApiDefinition::OpenApi(url(served))));
    }
    if let Some(path) = &zap.openapi_file {
        return Ok(Some(ApiDefinition::OpenApi(file(path)?)));
    }
    if let Some(endpoint) = &zap.graphql_url {
        let schema = zap.graphql_schema_file.as_ref().map(file).transpose()?;
        return Ok(Some(ApiDefinition::GraphQl { endpoint: endpoint.clone(), schema }));
    }
    if let Some(served) = &zap.soap_url {
        return Ok(Some(ApiDefinition::Soap(url(served))));
    }
    Ok(zap.soap_file.as_ref().map(file).transpose()?.map(ApiDefinition::Soap))
}

fn rules(zap: &ZapScanArgs) -> ZapRules {
    let mut rules = ZapRules::new();
    if let Some(strength) = &zap.attack_strength {
        rules = rules.strength(strength.clone());
    }
    if let Some(threshold) = &zap.alert_threshold {
        rules = rules.threshold(threshold.clone());
    }
    for (rule, strength) in &zap.rule_strength {
        rules = rules.rule_strength(*rule, strength.0.clone());
    }
    for (rule, threshold) in &zap.rule_threshold {
        rules = rules.rule_threshold(*rule, threshold.0.clone());
    }
    rules
}

fn login(login: &LoginArgs) -> Result<Option<Login>> {
    let (Some(kind), Some(user), Some(password)) = (login.login, &login.username, &login.password_file)
    else {
        return Ok(None);
    };
    let password = secret(password)?;
    let sent = login.login_url.as_deref().zip(login.login_data.as_deref());
    Ok(Some(match (kind, sent) {
        (LoginChoice::Basic, _) => {
            let unused = login.login_url.is_some() || login.login_data.is_some();
            ensure!(!unused, "`--login basic` sends nothing: leave out `--login-url` and `--login-data`");
            Login::basic(user, password)
        }
        (LoginChoice::Form, Some((url, fields))) => Login::form(url, fields, user, password),
        (LoginChoice::Json, Some((url, body))) => Login::json(url, body, user, password),
        (LoginChoice::Form | LoginChoice::Json, None) => {
            bail!("this login needs `--login-url` and `--login-data`")
        }
    }))
}

fn logged_in(login: &LoginArgs) -> Result<Option<LoggedIn>> {
    let url = login.logged_in_url.as_deref().unwrap_or("/");
    match (&login.logged_in, &login.logged_out) {
        (Some(pattern), _) => Ok(Some(LoggedIn::shows(url, pattern))),
        (None, Some(pattern)) => Ok(Some(LoggedIn::hides(url, pattern))),
        (None, None) => {
            ensure!(login.login.is_none(), "`--login` needs a check that it holds: add `--logged-in REGEX`");
            ensure!(login.logged_in_url.is_none(), "`--logged-in-url` needs `--logged-in` or `--logged-out`");
            Ok(None)
        }
    }
}

/// The key or the password in a file, without the line break that editors add.
fn secret(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let secret = text.trim();
    ensure!(!secret.is_empty(), "`{}` is empty", path.display());
    Ok(secret.to_owned())
}

/// What this engine would not heed must not look as if it did.
fn refuse_others(limits: &LimitArgs, http: &HttpArgs) -> Result<()> {
    let LimitArgs { max_pages, max_depth, request_timeout, concurrency: _, rate: _, timeout: _, attempts: _ } =
        limits;
    let HttpArgs { header: _, header_file: _, ca_file, insecure } = http;
    let given = [
        ("--max-pages", max_pages.is_some()),
        ("--max-depth", max_depth.is_some()),
        ("--request-timeout", request_timeout.is_some()),
        ("--ca-file", ca_file.is_some()),
        ("--insecure", *insecure),
    ];
    for (option, is_given) in given {
        ensure!(!is_given, "`{option}` is for the built-in engine: ZAP would not heed it");
    }
    Ok(())
}
