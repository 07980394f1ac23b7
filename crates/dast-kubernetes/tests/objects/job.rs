//! One Job for each engine, and what nobody may make of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use dast_kubernetes::access::ServiceAccount;
use dast_kubernetes::configuration::Configuration;
use dast_kubernetes::crd::{Login, LoginKind, ScanProfile, TimeSpan};
use dast_kubernetes::job::{Credentials, Dispatch, Engine, LOGIN_FOLDER, Objects, Reach, TOKEN_FILE, run_of};
use dast_kubernetes::order::{Delivery, Order, OrderedLogin, RunId};
use dast_policy::{Exposure, Profile};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::restricted::violations;
use super::yaml;

/// All that a test may change.
pub(crate) struct Case {
    pub(crate) order: Order,
    pub(crate) configuration: Configuration,
    pub(crate) reach: Reach,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) key: SecretString,
}

impl Case {
    pub(crate) fn new() -> Self {
        Self {
            order: Order {
                run: RunId {
                    namespace: "shop".to_owned(),
                    name: "web-http-2".to_owned(),
                    uid: "0b1f3f7e-6d7c-4a55-9c3b-0d8f5a5b7d10".to_owned(),
                },
                attempt: 2,
                target: "shop/web:http".to_owned(),
                origins: vec!["http://web.shop.svc:8080".parse().unwrap()],
                exposures: Vec::new(),
                revision: None,
                profile: Profile { name: "baseline".into(), hash: "0123".into() },
                settings: ScanProfile { timeout: Some(TimeSpan::new("1h")), ..ScanProfile::default() },
                engine: Engine::Builtin.ordered(),
                login: None,
                delivery: Delivery {
                    url: "https://dast-operator.dast-system.svc".to_owned(),
                    token_file: TOKEN_FILE.into(),
                    authorities: "-----BEGIN CERTIFICATE-----".to_owned(),
                },
            },
            configuration: Configuration::default(),
            reach: Reach::Pods {
                namespace: "shop".to_owned(),
                selector: BTreeMap::from([("app".to_owned(), "web".to_owned())]),
                ports: vec![IntOrString::Int(8080)],
            },
            addresses: vec!["10.96.0.7".parse().unwrap()],
            credentials: None,
            key: SecretString::from("the-key-of-the-shared-zap"),
        }
    }

    /// With a login.
    fn logging_in(mut self) -> Self {
        let login = Login {
            kind: LoginKind::Basic,
            url: None,
            data: None,
            logged_in_url: None,
            logged_in: Some("Log out".to_owned()),
            logged_out: None,
            secret_name: "login".to_owned(),
        };
        self.order.login = Some(OrderedLogin { login, folder: LOGIN_FOLDER.into() });
        let (username, password) = (SecretString::from("demo"), SecretString::from("hunter2"));
        self.credentials = Some(Credentials { username, password });
        self
    }

    pub(crate) fn shared(&self) -> Engine<'_> {
        Engine::Shared { namespace: "zaproxy", dast: "dast-sample", zap: "dast-test", key: &self.key }
    }

    pub(crate) fn objects(&self, engine: Engine<'_>) -> Objects {
        let order = Order { engine: engine.ordered(), ..self.order.clone() };
        self.dispatch(&order, engine).objects().unwrap()
    }

    pub(crate) fn dispatch<'a>(&'a self, order: &'a Order, engine: Engine<'a>) -> Dispatch<'a> {
        static OPERATOR: std::sync::LazyLock<ServiceAccount> =
            std::sync::LazyLock::new(ServiceAccount::default);
        Dispatch {
            order,
            configuration: &self.configuration,
            operator: &OPERATOR,
            image: &self.configuration.analyzer.image,
            engine,
            reach: self.reach.clone(),
            addresses: self.addresses.clone(),
            credentials: self.credentials.clone(),
        }
    }
}

fn zap<'a>(options: &[&'a str]) -> Engine<'a> {
    Engine::PerScan { image: "ghcr.io/zaproxy/zaproxy:stable", options: options.to_vec() }
}

fn snapshot(objects: &Objects) -> String {
    let secret = objects.secret.as_ref().map(super::json);
    let all = [super::json(&objects.job), super::json(&objects.network_policy)].into_iter().chain(secret);
    yaml(&all.collect::<Vec<_>>())
}

fn pod(objects: &Objects) -> Value {
    super::json(&objects.job)["spec"]["template"]["spec"].clone()
}

fn containers(pod: &Value) -> Vec<&Value> {
    let lists = ["initContainers", "containers"].into_iter().filter_map(|list| pod[list].as_array());
    lists.flatten().collect()
}

#[test]
fn the_builtin_engine() {
    insta::assert_snapshot!(snapshot(&Case::new().objects(Engine::Builtin)));
}

#[test]
fn a_zap_for_one_scan() {
    insta::assert_snapshot!(snapshot(&Case::new().objects(zap(&["spider.maxDepth=3"]))));
}

#[test]
fn a_shared_zap_and_a_login() {
    let case = Case::new().logging_in();
    insta::assert_snapshot!(snapshot(&case.objects(case.shared())));
}

#[test]
fn every_pod_is_restricted_and_only_the_analyzer_has_what_is_secret() {
    let case = Case::new().logging_in();
    for engine in [Engine::Builtin, zap(&["spider.maxDepth=3"]), case.shared()] {
        let objects = case.objects(engine);
        let pod = pod(&objects);
        assert_eq!(violations(&pod), [""; 0]);
        assert_eq!(pod["serviceAccountName"], "dast-analyzer");
        let has = |container: &Value, volume: &str| {
            container["volumeMounts"].as_array().unwrap().iter().any(|mount| mount["name"] == volume)
        };
        for container in containers(&pod) {
            let is_analyzer = container["name"] == "analyzer";
            assert_eq!(has(container, "token"), is_analyzer, "{container}");
            assert_eq!(has(container, "login"), is_analyzer, "{container}");
            for mount in container["volumeMounts"].as_array().unwrap() {
                let volumes = pod["volumes"].as_array().unwrap();
                assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount}");
            }
        }
        let tokens =
            pod["volumes"].as_array().unwrap().iter().filter(|volume| !volume["projected"].is_null());
        let sources: Vec<&Value> = tokens.map(|volume| &volume["projected"]["sources"]).collect();
        assert_eq!(
            sources,
            [&json!([{"serviceAccountToken":
            {"audience": "dast-operator", "expirationSeconds": 600, "path": "token"}}])]
        );

        // Nothing secret stands in what people may read.
        let open = format!("{} {:?}", super::json(&objects.job), objects);
        assert!(!open.contains("hunter2") && !open.contains("the-key-of-the-shared-zap"), "{open}");
    }
}

#[test]
fn an_order_arrives_as_it_was_given() {
    let mut case = Case::new();
    case.order.settings.exclude =
        vec![".*/$(KUBERNETES_SERVICE_HOST)$".to_owned(), "$$\"'\n;`rm`".to_owned()];
    let pod = pod(&case.objects(Engine::Builtin));
    let value = pod["containers"][0]["env"][0]["value"].as_str().unwrap();
    assert!(!value.replace("$$", "").contains('$'), "a kubelet would replace something: {value}");
    let order: Order = serde_json::from_str(&value.replace("$$", "$")).unwrap();
    assert_eq!(order, case.order);
}

#[test]
fn names_lead_to_the_target_and_nowhere_else() {
    let mut case = Case::new();
    let own = json!([{"ip": "10.96.0.7", "hostnames": ["web.shop.svc"]}]);
    assert_eq!(pod(&case.objects(Engine::Builtin))["hostAliases"], own);
    let routes =
        ["http://shop.example:8080", "http://any.shop.example", "http://shop.example", "http://10.0.0.1"];
    case.order.origins.extend(routes.iter().map(|origin| origin.parse().unwrap()));
    case.addresses.push("fd00::7".parse().unwrap());
    let names = json!(["any.shop.example", "shop.example", "web.shop.svc"]);
    let expected = json!([{"ip": "10.96.0.7", "hostnames": names}, {"ip": "fd00::7", "hostnames": names}]);
    assert_eq!(pod(&case.objects(Engine::Builtin))["hostAliases"], expected);

    // An API server would refuse the pod, and without its address the name would lead anywhere.
    case.order.origins.push("http://my_shop.example".parse().unwrap());
    let error = case.dispatch(&case.order, Engine::Builtin).objects().unwrap_err();
    assert_eq!(error.category(), "host");
    case.addresses.clear();
    assert!(pod(&case.objects(Engine::Builtin))["hostAliases"].is_null());
}

#[test]
fn what_belongs_to_a_run_can_be_found_and_ends_with_the_job() {
    let case = Case::new();
    let mut objects = case.objects(case.shared());
    let of_pod = objects.job.spec.as_ref().unwrap().template.metadata.clone().unwrap();
    for metadata in [&objects.job.metadata, &objects.network_policy.metadata, &of_pod] {
        assert_eq!(run_of(metadata), Some((case.order.run.clone(), 2)));
    }
    assert_eq!(run_of(&kube::core::ObjectMeta::default()), None);

    objects.own(&objects.job.clone());
    assert_eq!(objects.network_policy.metadata.owner_references, None, "it has no uid yet");
    let mut made: Job = objects.job.clone();
    made.metadata.uid = Some("uid-of-the-job".to_owned());
    objects.own(&made);
    let secret = objects.secret.unwrap();
    for metadata in [objects.network_policy.metadata, secret.metadata] {
        let owner = &metadata.owner_references.unwrap()[0];
        assert_eq!((owner.kind.as_str(), owner.uid.as_str()), ("Job", "uid-of-the-job"));
    }
}

#[test]
fn the_pod_is_what_the_configuration_says() {
    let mut case = Case::new();
    case.configuration = Configuration::from_yaml(include_str!("../configuration/full.yaml")).unwrap();
    let objects = case.objects(zap(&[]));
    assert_eq!(objects.job.metadata.namespace.as_deref(), Some("scans"));
    let pod = pod(&objects);
    assert_eq!(violations(&pod), [""; 0]);
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "registry"}]));
    assert_eq!(pod["nodeSelector"], json!({"kubernetes.io/arch": "amd64", "pool": "scans"}));
    assert_eq!(pod["tolerations"].as_array().unwrap().len(), 2);
    assert_eq!((&pod["runtimeClassName"], &pod["priorityClassName"]), (&json!("gvisor"), &json!("low")));
    let zap = &pod["initContainers"][1];
    assert_eq!((&zap["args"][0], &zap["imagePullPolicy"]), (&json!("-Xmx2048m"), &json!("Never")));
    assert_eq!(zap["resources"]["limits"], json!({"cpu": "2", "memory": "4Gi", "ephemeral-storage": "8Gi"}));
}

#[test]
fn what_contradicts_itself_is_no_job() {
    let case = Case::new();
    let category =
        |case: &Case, order: &Order, engine| case.dispatch(order, engine).objects().unwrap_err().category();
    assert_eq!(category(&case, &case.order, zap(&[])), "engine");
    let login = Case::new().logging_in();
    assert_eq!(category(&case, &login.order, Engine::Builtin), "login");
    assert_eq!(category(&login, &case.order, Engine::Builtin), "login");

    let mut order = case.order.clone();
    for timeout in [None, Some(TimeSpan::new("soon"))] {
        order.settings.timeout = timeout;
        assert_eq!(category(&case, &order, Engine::Builtin), "timeout");
    }
    let mut order = case.order.clone();
    let long = |number| Exposure::new("shop.example", format!("/{number}/{}", "x".repeat(900)));
    order.exposures = (0..200).map(long).collect();
    let error = case.dispatch(&order, Engine::Builtin).objects().unwrap_err();
    assert!(error.category() == "too_large" && error.to_string().contains("more than the 131060"), "{error}");
    order.exposures.truncate(100);
    assert!(case.dispatch(&order, Engine::Builtin).objects().is_ok());

    let mut small = Case::new();
    small.configuration.zap.resources.limits.clear();
    let order = Order { engine: zap(&[]).ordered(), ..case.order.clone() };
    assert_eq!(category(&small, &order, zap(&[])), "memory");
}

proptest! {
    /// Whatever a tenant writes, it stays one value: there are the same containers, arguments and variables, and the
    /// names fit.
    #[test]
    fn nothing_that_a_tenant_writes_is_more_than_a_value(
        (target, run, host) in ("\\PC{0,300}", "\\PC{0,300}", "[a-z]{1,20}(\\.[a-z]{1,20}){0,3}"),
        hostile in "(\\$\\(A\\)|\\$\\$|\"|\\\\|\n|;|--|`|\\{\\{|\\PC){0,40}",
        option in "spider\\.[a-z]{1,5}=(\\$\\(A\\)|\\$|;|--|\"|\\PC){0,20}",
        attempt in any::<u32>(),
    ) {
        let plain = Case::new();
        let mut case = Case::new();
        case.order.target = target;
        case.order.run.name = run;
        case.order.attempt = attempt;
        case.order.settings.exclude = vec![hostile.clone()];
        case.order.origins.push(format!("http://{host}").parse().unwrap());
        let wishes = [option];
        let (options, _) = case.configuration.zap_options(&wishes);
        let count = options.len();
        let (objects, usual) = (case.objects(zap(&options)), plain.objects(zap(&[])));
        let name = objects.job.metadata.name.clone().unwrap();
        prop_assert!(name.len() <= 63 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        let (pod, usual) = (pod(&objects), pod(&usual));
        prop_assert_eq!(containers(&pod).len(), containers(&usual).len());
        for (ours, theirs) in containers(&pod).into_iter().zip(containers(&usual)) {
            let number = |container: &Value, list: &str| container[list].as_array().map_or(0, Vec::len);
            let more = if ours["name"] == "zap" { 2 * count } else { 0 };
            prop_assert_eq!(number(ours, "args"), number(theirs, "args") + more);
            prop_assert_eq!(&ours["command"], &theirs["command"]);
            prop_assert_eq!(number(ours, "env"), number(theirs, "env"));
            for argument in ours["args"].as_array().into_iter().flatten() {
                prop_assert!(!argument.as_str().unwrap().replace("$$", "").contains('$'));
            }
        }
        let value = pod["containers"][0]["env"][0]["value"].as_str().unwrap().replace("$$", "$");
        let order: Order = serde_json::from_str(&value).unwrap();
        prop_assert_eq!(&order.settings.exclude[0], &hostile);
        prop_assert_eq!(violations(&pod), [""; 0]);
    }
}
