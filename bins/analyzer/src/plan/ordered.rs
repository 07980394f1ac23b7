//! What an order of the operator asks for, as if it had been typed.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use dast_core::{RunningScan, ScanError, ScanRequest, Scanner, async_trait};
use dast_engines::zap::{AlertThreshold, AttackStrength};
use dast_kubernetes::crd::{self, Browser, LoginKind, ProfileName, ScanProfile};
use dast_kubernetes::order::{Order, OrderedEngine, OrderedLogin};
use dast_policy::{Engine, Profile};

use super::Plan;
use crate::cli::{
    BrowserChoice, EngineArgs, EngineChoice, HttpArgs, LimitArgs, LoginArgs, LoginChoice, ProfileChoice,
    ScanWith, ZapArgs, ZapScanArgs,
};

/// A pod is ready some seconds before it answers, often enough.
const ATTEMPTS: u32 = 3;

pub(super) fn plan(order: &Order, time: Duration) -> Result<Plan> {
    let plan = Plan::resolve(&typed(order, time)?)?;
    let scanner = Ordered { scanner: plan.scanner, profile: order.profile.clone() };
    Ok(Plan { scanner: Box::new(scanner), ..plan })
}

/// The ZAP of an order, if one scans.
pub(crate) fn zap_of(order: &Order) -> Option<ZapArgs> {
    match &order.engine {
        OrderedEngine::Builtin => None,
        OrderedEngine::Zap { url, key_file } => Some(ZapArgs {
            zap_url: Some(url.clone()),
            zap_api_key_file: Some(key_file.clone()),
            zap_ca_file: None,
        }),
    }
}

fn typed(order: &Order, time: Duration) -> Result<ScanWith> {
    let settings = &order.settings;
    let zap = zap_of(order);
    let builtin = zap.is_none();
    let passive = settings.name == Some(ProfileName::Passive);
    ensure!(
        builtin == passive,
        "`settings.name`: profile passive, and only that, is for the built-in engine"
    );
    ensure!(!builtin || order.login.is_none(), "`login`: the built-in engine cannot log in");
    let engine = if builtin { EngineChoice::Builtin } else { EngineChoice::Zap };
    Ok(ScanWith {
        engine: EngineArgs { engine, zap: zap.unwrap_or_default() },
        zap: if builtin { ZapScanArgs::default() } else { scan_by_zap(settings)? },
        login: order.login.as_ref().map(login).transpose()?.unwrap_or_default(),
        limits: LimitArgs {
            max_pages: settings.max_pages.map(u64::from),
            max_depth: settings.max_depth,
            timeout: Some(time),
            request_timeout: None,
            concurrency: None,
            rate: settings.requests_per_second,
            attempts: ATTEMPTS,
        },
        http: HttpArgs::default(),
    })
}

fn scan_by_zap(settings: &ScanProfile) -> Result<ZapScanArgs> {
    Ok(ZapScanArgs {
        profile: Some(match settings.name {
            Some(ProfileName::Baseline) => ProfileChoice::Baseline,
            Some(ProfileName::Full) => ProfileChoice::Full,
            Some(ProfileName::Api) => ProfileChoice::Api,
            Some(ProfileName::Passive) | None => bail!("`settings.name`: expected baseline, full or api"),
        }),
        openapi_url: settings.openapi_url.clone(),
        browser: settings.browser.map(|browser| match browser {
            Browser::Ajax => BrowserChoice::Ajax,
            Browser::Client => BrowserChoice::Client,
        }),
        attack_strength: settings.attack_strength.map(|strength| match strength {
            crd::AttackStrength::Low => AttackStrength::Low,
            crd::AttackStrength::Medium => AttackStrength::Medium,
            crd::AttackStrength::High => AttackStrength::High,
            crd::AttackStrength::Insane => AttackStrength::Insane,
        }),
        alert_threshold: settings.alert_threshold.map(|threshold| match threshold {
            crd::AlertThreshold::Low => AlertThreshold::Low,
            crd::AlertThreshold::Medium => AlertThreshold::Medium,
            crd::AlertThreshold::High => AlertThreshold::High,
        }),
        exclude: settings.exclude.clone(),
        ..ZapScanArgs::default()
    })
}

fn login(ordered: &OrderedLogin) -> Result<LoginArgs> {
    let OrderedLogin { login, folder } = ordered;
    ensure!(
        login.logged_in.is_some() != login.logged_out.is_some(),
        "`login`: expected either `loggedIn` or `loggedOut`"
    );
    let path = folder.join("username");
    let user = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(LoginArgs {
        login: Some(match login.kind {
            LoginKind::Basic => LoginChoice::Basic,
            LoginKind::Form => LoginChoice::Form,
            LoginKind::Json => LoginChoice::Json,
        }),
        login_url: login.url.clone(),
        login_data: login.data.clone(),
        username: Some(user.trim().to_owned()),
        password_file: Some(folder.join("password")),
        logged_in_url: login.logged_in_url.clone(),
        logged_in: login.logged_in.clone(),
        logged_out: login.logged_out.clone(),
    })
}

/// A scanner whose evidence carries the settings as the operator named them, which it compares.
struct Ordered {
    scanner: Box<dyn Scanner>,
    profile: Profile,
}

#[async_trait]
impl Scanner for Ordered {
    fn engine(&self) -> Engine {
        self.scanner.engine()
    }

    fn profile(&self) -> Profile {
        self.profile.clone()
    }

    async fn start(&self, request: ScanRequest) -> Result<Box<dyn RunningScan>, ScanError> {
        self.scanner.start(request).await
    }
}
