//! What an installation says: one file in YAML, read strictly, everything that is wrong with it told at once.
//!
//! ```
//! use dast_kubernetes::configuration::Configuration;
//!
//! let configuration = Configuration::from_yaml("allowed: {activeNamespaces: [test-*]}\nqueue: {total: 10}")?;
//! assert!(configuration.may_attack("test-shop") && !configuration.may_attack("shop"));
//! assert_eq!(configuration.queue_limits().total, Some(10));
//! assert_eq!(configuration.scan_namespace, "dast-scans");
//!
//! let error = Configuration::from_yaml("queue: {total: many}\nscans: {attempts: 0, jiter: 1m}").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "`queue.total`: `many` is not accepted: expected a whole number from 1 to 100000, or `Unlimited`; \
//!      `scans.jiter`: `jiter` is not accepted: expected one of the fields stability, minimumInterval, requestInterval, \
//!      incompleteInterval, interval, schedule, timeZone, jitter, timeout, attempts; \
//!      `scans.attempts`: `0` is not accepted: expected a whole number from 1 to 10",
//! );
//! # Ok::<(), dast_kubernetes::configuration::ConfigurationError>(())
//! ```

mod allowed;
mod discovery;
mod error;
mod external;
mod field;
mod image;
pub(crate) mod name;
mod option;
mod pods;
mod profile;
mod program;
mod quantity;
mod scans;
pub(crate) mod section;

use dast_core::Target;
use dast_core::discovery as index;
use dast_core::rulebook::Defaults;
use dast_core::scan::{DueSettings, HistorySettings, QueueLimits, RetrySettings};
use dast_policy::reading::{Node, Place, Reader};
use dast_policy::{PolicyDocument, SyntaxError, ValueError};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

pub use self::allowed::Allowed;
pub use self::discovery::Discovery;
pub use self::error::ConfigurationError;
pub use self::external::check_external_address;
pub use self::pods::Pods;
pub use self::program::{Program, PullPolicy, Resources};
pub use self::scans::{History, Queue, Reports, Scans};
use self::section::Section;
use crate::crd::{ScanProfile, ScannerRef};

/// The largest file that is read, in bytes. A `ConfigMap` holds no more.
const MOST_BYTES: usize = 1024 * 1024;

/// What an installation says. Everything has a default.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, default, transform = section::all_optional)]
pub struct Configuration {
    /// The namespace in which all scans run. Nothing else may be in it.
    pub scan_namespace: String,
    /// The analyzer, which runs in every scan.
    pub analyzer: Program,
    /// The ZAP that scans unless a Dast names another image. Its heap is half of its limit of memory.
    pub zap: Program,
    /// What the pods of all scans have in common.
    pub pods: Pods,
    /// What people may choose. All else is refused, and a condition or an event says so.
    pub allowed: Allowed,
    /// The Dast that scans what names none: backends of gated routes, and Services of labelled namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_scanner: Option<ScannerRef>,
    /// Namespaces whose Dasts give evidence that counts where a ceiling names no scanners; * stands for any letters. The
    /// operator's own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_namespaces: Option<Vec<String>>,
    /// Namespaces in which the operator may keep a shared ZAP and its Secret.
    pub shared_zap_namespaces: Vec<String>,
    /// How many scans run at once.
    pub queue: Queue,
    /// When and how often something is scanned.
    pub scans: Scans,
    /// What a scan does where its Dast does not say.
    #[schemars(schema_with = "profile::schema")]
    pub profile: ScanProfile,
    /// Which runs that are over are kept.
    pub history: History,
    /// How large reports may be.
    pub report: Reports,
    /// What the cluster is like.
    pub discovery: Discovery,
    /// The policy for a namespace where none stands.
    #[serde(serialize_with = "written")]
    pub policy: PolicyDocument,
}

impl Configuration {
    /// Reads a file, of which an empty one says nothing.
    ///
    /// # Errors
    /// When it is not YAML, is larger than 1 MiB, or says something that is not accepted.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigurationError> {
        let syntax = |detail: String| ConfigurationError::Syntax(SyntaxError::new("YAML", detail));
        if text.len() > MOST_BYTES {
            return Err(syntax(format!("{} bytes, more than the {MOST_BYTES} accepted", text.len())));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let tree = match serde_saphyr::from_str(text).map_err(|error| syntax(error.to_string()))? {
            Node::Null => Node::Map(Vec::new()),
            tree => tree,
        };
        let mut reader = Reader::default();
        let configuration = Self::read(&mut reader, Place::root(&tree));
        reader.finish().map_err(ConfigurationError::Invalid)?;
        Ok(configuration)
    }

    /// It as YAML, with all that is a default.
    pub fn to_yaml(&self) -> String {
        // By way of JSON, so that fields stand in the order of their names. There is nothing in it that YAML cannot say.
        let tree = serde_json::to_value(self).unwrap_or_default();
        serde_saphyr::to_string(&tree).unwrap_or_default()
    }

    /// The JSON Schema of files (draft 7, which Helm reads), for charts and editors.
    pub fn schema() -> serde_json::Value {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        settings.into_generator().into_root_schema_for::<Self>().into()
    }

    /// Whether targets in a namespace may be attacked if their owners agree.
    pub fn may_attack(&self, namespace: &str) -> bool {
        name::is_among(namespace, &self.allowed.active_namespaces)
    }

    /// What counts where no policy says otherwise, for an operator in this namespace.
    pub fn rulebook_defaults(&self, operators: &str) -> Defaults {
        let own = Defaults::new(operators);
        let named = |names: &Vec<String>| index::Namespaces::matching(Some(names.clone()), Vec::new());
        let trusted = self.trusted_namespaces.as_ref().map_or(own.trusted, named);
        Defaults { policy: self.policy.clone(), trusted, namespace: own.namespace }
    }

    /// The image of the analyzer for whoever wishes this one. The original's image writes no evidence, so it stands for
    /// ours.
    ///
    /// ```
    /// let configuration = dast_kubernetes::configuration::Configuration::default();
    /// let ours = configuration.analyzer_image(None)?;
    /// assert_eq!(configuration.analyzer_image(Some("ghcr.io/banzaicloud/dast-analyzer:0.4.0")), Ok(ours));
    /// assert!(configuration.analyzer_image(Some("evil.example/analyzer")).is_err());
    /// # Ok::<(), dast_policy::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// When it is no image, or none that may be chosen.
    pub fn analyzer_image<'a>(&'a self, wish: Option<&'a str>) -> Result<&'a str, ValueError> {
        let wish = wish.filter(|image| !image::is_originals_analyzer(image));
        image::choose(wish, &self.analyzer.image, &self.allowed.analyzer_images, "allowed.analyzerImages")
    }

    /// The image of a ZAP for whoever wishes this one.
    ///
    /// # Errors
    /// When it is no image, or none that may be chosen.
    pub fn zap_image<'a>(&'a self, wish: Option<&'a str>) -> Result<&'a str, ValueError> {
        image::choose(wish, &self.zap.image, &self.allowed.zap_images, "allowed.zapImages")
    }

    /// Which of the settings of ZAP that somebody wishes may be passed on, and what is wrong with the others, each with
    /// its index.
    ///
    /// ```
    /// let configuration = dast_kubernetes::configuration::Configuration::default();
    /// let wishes = ["spider.maxDepth=3", "api.disablekey=true"].map(str::to_owned);
    /// let (accepted, refused) = configuration.zap_options(&wishes);
    /// assert_eq!(accepted, ["spider.maxDepth=3"]);
    /// assert_eq!(refused[0].path(), "config[1]");
    /// ```
    pub fn zap_options<'a>(&self, wishes: &'a [String]) -> (Vec<&'a str>, Vec<dast_policy::Problem>) {
        option::sort_out(wishes, &self.allowed.zap_options)
    }

    /// The target outside of the cluster that a URL names. Where its name leads to is another matter:
    /// [`check_external_address`].
    ///
    /// # Errors
    /// When it is no URL of the web, its host is not on the list, or it is an address that is not public.
    pub fn external(&self, url: &str) -> Result<Target, ValueError> {
        external::target(url, &self.allowed.external_hosts)
    }

    /// How many scans run at once.
    pub fn queue_limits(&self) -> QueueLimits {
        QueueLimits { total: self.queue.total, per_namespace: self.queue.per_namespace }
    }

    /// When something is scanned where its Dast does not say.
    pub fn due_settings(&self) -> DueSettings {
        self.scans.due_settings()
    }

    /// How often a run is tried anew.
    pub fn retry_settings(&self) -> RetrySettings {
        RetrySettings { max_attempts: self.scans.attempts, ..RetrySettings::default() }
    }

    /// Which runs that are over are kept.
    pub fn history_settings(&self) -> HistorySettings {
        let History { complete, incomplete, time_to_live } = self.history;
        HistorySettings { complete, incomplete, time_to_live }
    }

    /// What discovery is told of the cluster. The API server's addresses are for whoever has asked for them.
    pub fn discovery_settings(&self, operators_namespace: &str) -> index::Settings {
        self.discovery.settings([operators_namespace, &self.scan_namespace])
    }
}

impl Configuration {
    const FIELDS: [&str; 15] = [
        "scanNamespace",
        "analyzer",
        "zap",
        "pods",
        "allowed",
        "defaultScanner",
        "trustedNamespaces",
        "sharedZapNamespaces",
        "queue",
        "scans",
        "profile",
        "history",
        "report",
        "discovery",
        "policy",
    ];

    fn read(reader: &mut Reader, place: Place<'_>) -> Self {
        let default = Self::default();
        let mut file = Section::open(reader, place, &Self::FIELDS);
        let configuration = Self {
            scan_namespace: file.take("scanNamespace", name::own_namespace).unwrap_or(default.scan_namespace),
            analyzer: file
                .take("analyzer", Program::read(default.analyzer.clone()))
                .unwrap_or(default.analyzer),
            zap: file.take("zap", Program::read(default.zap.clone())).unwrap_or(default.zap),
            pods: file.take("pods", Pods::read).unwrap_or_default(),
            allowed: file.take("allowed", Allowed::read).unwrap_or_default(),
            default_scanner: file.take("defaultScanner", scanner),
            trusted_namespaces: file.list("trustedNamespaces", name::pattern),
            shared_zap_namespaces: file.list("sharedZapNamespaces", name::namespace).unwrap_or_default(),
            queue: file.take("queue", Queue::read).unwrap_or_default(),
            scans: file.take("scans", Scans::read).unwrap_or_default(),
            profile: file.take("profile", profile::read).unwrap_or_default(),
            history: file.take("history", History::read).unwrap_or_default(),
            report: file.take("report", Reports::read).unwrap_or_default(),
            discovery: file.take("discovery", Discovery::read).unwrap_or_default(),
            policy: file.take("policy", policy).unwrap_or(default.policy),
        };
        file.check("zap.resources.limits.memory", configuration.zap.heap_mib().map(|_| ()));
        for (index, namespace) in configuration.shared_zap_namespaces.iter().enumerate() {
            if *namespace == configuration.scan_namespace {
                let accepted = "another namespace than `scanNamespace`, in which nothing but scans is";
                file.refuse(&format!("sharedZapNamespaces[{index}]"), Some(namespace), accepted);
            }
        }
        configuration
    }
}

/// ZAP with two gigabytes, of which Java has half, and no external host, no foreign image and no attack.
impl Default for Configuration {
    fn default() -> Self {
        let analyzer = concat!("ghcr.io/banzaicloud/dast-analyzer:", env!("CARGO_PKG_VERSION"));
        Self {
            scan_namespace: "dast-scans".to_owned(),
            analyzer: Program::new(analyzer, Resources::new(("50m", "64Mi"), "256Mi")),
            zap: Program::new("ghcr.io/zaproxy/zaproxy:stable", Resources::new(("200m", "1Gi"), "2Gi")),
            pods: Pods::default(),
            allowed: Allowed::default(),
            default_scanner: None,
            trusted_namespaces: None,
            shared_zap_namespaces: Vec::new(),
            queue: Queue::default(),
            scans: Scans::default(),
            profile: ScanProfile::default(),
            history: History::default(),
            report: Reports::default(),
            discovery: Discovery::default(),
            policy: PolicyDocument::standard(),
        }
    }
}

fn scanner(reader: &mut Reader, place: Place<'_>) -> Option<ScannerRef> {
    let mut section = Section::open(reader, place, &["namespace", "name"]);
    let namespace = section.need("namespace", "the namespace of a Dast", name::namespace);
    let name = section.need("name", "the name of a Dast", name::object);
    Some(ScannerRef { namespace: namespace?, name: name? })
}

fn policy(reader: &mut Reader, place: Place<'_>) -> Option<PolicyDocument> {
    match PolicyDocument::from_node(place.node()) {
        Ok(policy) => Some(policy),
        Err(error) => {
            let problems = error.problems().iter().cloned();
            problems.for_each(|problem| reader.note(problem.within(place.path())));
            None
        }
    }
}

/// As it stands in a file, where nothing is null.
fn written<S: serde::Serializer>(policy: &PolicyDocument, serializer: S) -> Result<S::Ok, S::Error> {
    crate::crd::Written::from(policy).serialize(serializer)
}
