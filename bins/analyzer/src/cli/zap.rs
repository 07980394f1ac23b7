//! What the command line says to ZAP.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum, ValueHint};
use dast_engines::zap::{AlertThreshold, AttackStrength};
use dast_zap_client::RuleId;

/// Where a ZAP is.
#[derive(Debug, Default, Args)]
pub(crate) struct ZapArgs {
    /// Where ZAP's API is; http://127.0.0.1:8080 by default
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) zap_url: Option<String>,
    /// File with the key of ZAP's API, for a ZAP that has one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) zap_api_key_file: Option<PathBuf>,
    /// Certificates (PEM) to trust besides those of the system, where ZAP's API is `https`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) zap_ca_file: Option<PathBuf>,
}

/// What ZAP does.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scans by ZAP")]
pub(crate) struct ZapScanArgs {
    /// What ZAP does; `baseline` by default. What attacks the target is only for what you may attack
    #[arg(long, value_name = "PROFILE", value_enum)]
    pub(crate) profile: Option<ProfileChoice>,
    /// Learn the target from this OpenAPI document, and attack what it names: a URL or a path of the target
    #[arg(long, value_name = "URL", group = "definition", value_hint = ValueHint::Url)]
    pub(crate) openapi_url: Option<String>,
    /// The same from a file here, which is uploaded to ZAP (it must allow that: `-config api.filexfer=true`)
    #[arg(long, value_name = "FILE", group = "definition", value_hint = ValueHint::FilePath)]
    pub(crate) openapi_file: Option<PathBuf>,
    /// Learn the target from this GraphQL endpoint: a URL or a path of the target
    #[arg(long, value_name = "URL", group = "definition", value_hint = ValueHint::Url)]
    pub(crate) graphql_url: Option<String>,
    /// The schema of that endpoint, uploaded to ZAP; without it, ZAP asks the endpoint
    #[arg(long, value_name = "FILE", requires = "graphql_url", value_hint = ValueHint::FilePath)]
    pub(crate) graphql_schema_file: Option<PathBuf>,
    /// Learn the target from this WSDL document: a URL or a path of the target
    #[arg(long, value_name = "URL", group = "definition", value_hint = ValueHint::Url)]
    pub(crate) soap_url: Option<String>,
    /// The same from a file here, uploaded to ZAP
    #[arg(long, value_name = "FILE", group = "definition", value_hint = ValueHint::FilePath)]
    pub(crate) soap_file: Option<PathBuf>,
    /// Run your own plan of ZAP's automation framework, uploaded to ZAP, and judge the alerts of the target
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "definition"], value_hint = ValueHint::FilePath)]
    pub(crate) automation_plan: Option<PathBuf>,
    /// Crawl with a browser too, once the spider is done. ZAP needs the add-on and a browser
    #[arg(long, value_name = "CRAWLER", value_enum)]
    pub(crate) browser: Option<BrowserChoice>,
    /// How hard the active rules attack
    #[arg(long, value_name = "STRENGTH", value_parser = strength)]
    pub(crate) attack_strength: Option<AttackStrength>,
    /// How sure the active rules must be: a low threshold finds more, and more that is none
    #[arg(long, value_name = "THRESHOLD", value_parser = threshold)]
    pub(crate) alert_threshold: Option<AlertThreshold>,
    /// How hard one active rule attacks, such as `40012=insane`. May be repeated
    #[arg(long, value_name = "RULE=STRENGTH", value_parser = per_rule::<Strength>)]
    pub(crate) rule_strength: Vec<(RuleId, Strength)>,
    /// How sure one active rule must be, such as `40012=high`; `off` leaves a rule out, active or passive. May be repeated
    #[arg(long, value_name = "RULE=THRESHOLD", value_parser = per_rule::<Threshold>)]
    pub(crate) rule_threshold: Vec<(RuleId, Threshold)>,
    /// Leave out what matches this regular expression (of Java, for whole URLs), such as the page that logs out. May be
    /// repeated
    #[arg(long, value_name = "REGEX")]
    pub(crate) exclude: Vec<String>,
    /// Children of a place in the tree of pages that ZAP's spider follows, at most; unlimited by default
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_children: Option<u32>,
    /// What becomes of what ZAP knows of the target from before; `forget` by default
    #[arg(long, value_name = "MEMORY", value_enum)]
    pub(crate) zap_memory: Option<MemoryChoice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileChoice {
    /// Crawl, and look at the answers. Sends no attack
    Baseline,
    /// Crawl, look at the answers, and attack
    Full,
    /// Ask what the definition of an API names, look at the answers, and attack
    Api,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BrowserChoice {
    /// The AJAX spider
    Ajax,
    /// The client spider
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MemoryChoice {
    /// Forget the target's pages, and count only alerts raised from now on
    Forget,
    /// Keep everything, and count alerts from before: for a ZAP through which you explored the target
    Keep,
    /// Begin a new session, which forgets everything and ends other scans in that ZAP
    NewSession,
}

/// How ZAP logs in at the target.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Logging in, with ZAP")]
pub(crate) struct LoginArgs {
    /// How to log in. What is logged in by a header needs --header-file instead
    #[arg(long, value_name = "KIND", value_enum, requires_all = ["username", "password_file"])]
    pub(crate) login: Option<LoginChoice>,
    /// Where the form or the document is sent: a URL or a path of the target
    #[arg(long, value_name = "URL", requires = "login", value_hint = ValueHint::Url)]
    pub(crate) login_url: Option<String>,
    /// What is sent, such as `user={%username%}&password={%password%}` or `{"user":"{%username%}",…}`
    #[arg(long, value_name = "TEXT", requires = "login")]
    pub(crate) login_data: Option<String>,
    /// The user
    #[arg(long, value_name = "NAME", requires = "login")]
    pub(crate) username: Option<String>,
    /// File with the password
    #[arg(long, value_name = "FILE", requires = "login", value_hint = ValueHint::FilePath)]
    pub(crate) password_file: Option<PathBuf>,
    /// Page that shows whether one is logged in: a URL or a path of the target; `/` by default
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) logged_in_url: Option<String>,
    /// What that page shows only to those who are logged in: a regular expression of Java, such as `Log out`. Without it,
    /// or if it does not hold to the end, the verdict is Unknown
    #[arg(long, value_name = "REGEX", conflicts_with = "logged_out")]
    pub(crate) logged_in: Option<String>,
    /// What it shows only to those who are not, such as `Log in`
    #[arg(long, value_name = "REGEX")]
    pub(crate) logged_out: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoginChoice {
    /// HTTP authentication, when the target asks for it
    Basic,
    /// A form
    Form,
    /// A JSON document
    Json,
}

/// A strength that ZAP knows.
#[derive(Debug, Clone)]
pub(crate) struct Strength(pub(crate) AttackStrength);

/// A threshold that ZAP knows, or none at all.
#[derive(Debug, Clone)]
pub(crate) struct Threshold(pub(crate) AlertThreshold);

impl FromStr for Strength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        strength(text).map(Self)
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(AlertThreshold::Off)),
            _ => threshold(text).map(Self).map_err(|_| "expected off, low, medium or high".to_owned()),
        }
    }
}

fn strength(text: &str) -> Result<AttackStrength, String> {
    match text {
        "low" => Ok(AttackStrength::Low),
        "medium" => Ok(AttackStrength::Medium),
        "high" => Ok(AttackStrength::High),
        "insane" => Ok(AttackStrength::Insane),
        _ => Err("expected low, medium, high or insane".to_owned()),
    }
}

fn threshold(text: &str) -> Result<AlertThreshold, String> {
    match text {
        "low" => Ok(AlertThreshold::Low),
        "medium" => Ok(AlertThreshold::Medium),
        "high" => Ok(AlertThreshold::High),
        _ => Err("expected low, medium or high".to_owned()),
    }
}

fn per_rule<T: FromStr<Err = String>>(text: &str) -> Result<(RuleId, T), String> {
    let (rule, value) = text.split_once('=').ok_or("expected RULE=VALUE, such as `40012=low`")?;
    let rule = rule.parse().map_err(|_| format!("expected the number of a rule before `=`, not `{rule}`"))?;
    Ok((RuleId::new(rule), value.parse()?))
}
