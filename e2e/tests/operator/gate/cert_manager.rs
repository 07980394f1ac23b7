//! cert-manager makes the certificates of the operator and of the webhook, as the page of the chart says, and renews them and
//! their authority: what is new is taken over while they work.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dast_e2e::{Console, SHOP, SYSTEM, Shop, Stage, blocks, commands, section, until, until_within};
use dast_lab::cert_manager::CertManager;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;

use super::route::{self, PARKED, WEBHOOK, class, ingress, registered};

const CHART: &str = include_str!("../../../../deploy/chart/README.md");
/// The certificates of the page. The last two are called as the Services are whose pods serve by them.
const AUTHORITY: &str = "dast-authority";
const OPERATOR: &str = "dast-operator";
const SERVING: [(&str, &str); 2] = [(OPERATOR, "dast-operator"), (WEBHOOK, "dast-webhook")];
/// Two minutes, says the page, of machines that do little else.
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
#[ignore = "needs a real Kubernetes"]
fn certificates_of_cert_manager_are_served_and_renewed() -> Result<()> {
    let cert_manager = CertManager::ensure(|step| eprintln!("{step}"))?;
    let stage = Stage::begin("cert-manager")?;
    for file in cert_manager.definitions() {
        stage.kubectl(&["create", "--filename", file.to_str().context("a path is no text")?])?;
    }
    let mut running = cert_manager.start(&stage.cluster().kubeconfig(), &stage.log_of("controllers"))?;

    install_by_the_page(&stage)?;
    in_force(&stage)?;
    let replicas = replicas(&stage)?;
    what_is_weak_fails_and_is_parked(&stage)?;
    nobody_is_refused_while_all_is_renewed(&stage)?;
    what_is_mended_passes_and_is_exposed(&stage)?;
    an_authority_with_another_key_is_taken_over(&stage)?;
    what_gets_worse_fails_and_what_is_new_is_parked(&stage)?;
    let now = self::replicas(&stage)?;
    ensure!(now == replicas, "something was started again:\n{replicas}before,\n{now}now");

    running.check()?;
    stage.end()
}

fn install_by_the_page(stage: &Stage) -> Result<()> {
    let page = section(CHART, "Certificates by cert-manager");
    let console = Console::of(stage)?;
    for (file, mark) in [("issuers.yaml", "yaml"), ("values.yaml", "yaml values")] {
        let block = blocks(page, mark).next().with_context(|| format!("the page has no `{mark}`"))?;
        fs::write(console.folder().join(file), block)?;
    }
    fs::write(console.folder().join("quick.yaml"), route::values().to_string())?;
    let commands = commands(page);
    ensure!(commands.iter().any(|command| command.starts_with("helm install")), "the page installs nothing");
    for command in commands {
        let values = "--values values.yaml";
        console
            .run(&command.replace(values, &format!("{values} --values quick.yaml --wait --timeout=5m")))?;
    }
    until("the registrations", || registered(stage))?;
    stage.apply(include_str!("../manifests/gate.yaml"))
}

/// An analyzer delivers what it found, and the API server asks.
fn what_is_weak_fails_and_is_parked(stage: &Stage) -> Result<()> {
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    stage.apply(&ingress(SHOP, "shop.example", ""))?;
    ensure!(class(stage, SHOP)? == PARKED, "what has failed is exposed");
    Ok(())
}

/// The authority keeps its key, so that it does not matter who has heard of what.
fn nobody_is_refused_while_all_is_renewed(stage: &Stage) -> Result<()> {
    let before = Held::by(stage, OPERATOR)?.authorities;
    renew_all(stage)?;
    let mut refused = None;
    until_within(PATIENCE, "the new certificates", || {
        refused = refused.take().or(is_parked(stage, "meanwhile").err());
        in_force(stage)
    })?;
    ensure!(vouch(stage, &before)?, "its key is another one");
    refused.map_or(Ok(()), |error| Err(error.context("somebody was refused")))
}

fn what_is_mended_passes_and_is_exposed(stage: &Stage) -> Result<()> {
    stage.serve(Shop::Repaired)?;
    until("the exposure of what has passed", || {
        let class = class(stage, SHOP)?;
        ensure!(class == "public", "its class is {class}");
        Ok(())
    })?;
    stage.judged(SHOP, "shop-80", "Pass").map(drop)
}

/// Whoever trusts the old one does not trust the new one.
fn an_authority_with_another_key_is_taken_over(stage: &Stage) -> Result<()> {
    let before = Held::by(stage, OPERATOR)?.authorities;
    let policy = json!({"spec": {"privateKey": {"rotationPolicy": "Always"}}}).to_string();
    let patch = ["patch", "certificate", AUTHORITY, "--namespace", SYSTEM, "--type=merge", "--patch"];
    stage.kubectl(&[&patch[..], &[&policy]].concat())?;
    renew_all(stage)?;
    until_within(PATIENCE, "the new certificates", || in_force(stage))?;
    ensure!(!vouch(stage, &before)?, "its key is the same");
    Ok(())
}

fn what_gets_worse_fails_and_what_is_new_is_parked(stage: &Stage) -> Result<()> {
    stage.serve(Shop::Careless)?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    is_parked(stage, "late")
}

/// Makes a route and takes it away again.
fn is_parked(stage: &Stage, name: &str) -> Result<()> {
    stage.apply(&ingress(name, "other.example", ""))?;
    let class = class(stage, name)?;
    stage.kubectl(&["delete", "ingress", name, "--namespace", SHOP])?;
    ensure!(class == PARKED, "nobody judged it: its class is {class}");
    Ok(())
}

/// As `cmctl renew` does it, the authority first.
fn renew_all(stage: &Stage) -> Result<()> {
    for certificate in [AUTHORITY, OPERATOR, WEBHOOK] {
        let before = Held::by(stage, certificate)?;
        let issuing = json!([{"op": "add", "path": "/status/conditions/-", "value": {
            "type": "Issuing", "status": "True", "reason": "ManuallyTriggered",
            "message": "somebody asks for it", "lastTransitionTime": jiff::Timestamp::now().to_string(),
        }}])
        .to_string();
        let patch = ["patch", "certificate", certificate, "--namespace", SYSTEM, "--subresource=status"];
        stage.kubectl(&[&patch[..], &["--type=json", "--patch", &issuing]].concat())?;
        until_within(PATIENCE, "another certificate", || {
            let now = Held::by(stage, certificate)?;
            ensure!(now.chain != before.chain, "`{certificate}` is what it was");
            ensure!(now.authorities != before.authorities, "`{certificate}` is by the authority as it was");
            Ok(())
        })?;
    }
    Ok(())
}

/// What the Secrets hold is what all pods serve by, and the API server trusts its authority and nothing else.
fn in_force(stage: &Stage) -> Result<()> {
    for (certificate, program) in SERVING {
        let held = Held::by(stage, certificate)?;
        let leaf = CertificateDer::from_pem_slice(held.chain.as_bytes())?;
        let pods = stage.pods(SYSTEM, Some(&format!("--selector=app.kubernetes.io/name={program}")))?;
        ensure!(!pods.is_empty(), "there are no pods of `{program}`");
        for pod in pods {
            let served = pod.serves(&format!("{certificate}.{SYSTEM}.svc"), &held.authorities)?;
            ensure!(served == leaf.as_ref(), "pod `{}` serves by another certificate", pod.name);
        }
    }
    let authorities = Held::by(stage, OPERATOR)?.authorities;
    for kind in ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"] {
        let bundles =
            "--output=go-template={{range .webhooks}}{{.clientConfig.caBundle | base64decode}}|{{end}}";
        let bundles = stage.kubectl(&["get", kind, WEBHOOK, bundles])?;
        let mut bundles = bundles.split_terminator('|').peekable();
        ensure!(bundles.peek().is_some(), "{kind} has no webhooks");
        ensure!(bundles.all(|bundle| bundle == authorities), "{kind} trusts another authority");
    }
    Ok(())
}

/// Whether these authorities vouch for what the operator serves by.
fn vouch(stage: &Stage, authorities: &str) -> Result<bool> {
    let name = format!("{OPERATOR}.{SYSTEM}.svc");
    Ok(stage.operators()?.iter().all(|pod| pod.serves(&name, authorities).is_ok()))
}

/// What the Secret of a certificate holds, in PEM.
struct Held {
    chain: String,
    authorities: String,
}

impl Held {
    fn by(stage: &Stage, certificate: &str) -> Result<Self> {
        let certificate = stage.get(&["certificate", certificate, "--namespace", SYSTEM])?;
        let secret = certificate["spec"]["secretName"].as_str().context("it names no Secret")?;
        let template = r#"--output=go-template={{index .data "tls.crt" | base64decode}}|{{index .data "ca.crt" | base64decode}}"#;
        let both = stage.kubectl(&["get", "secret", secret, "--namespace", SYSTEM, template])?;
        let (chain, authorities) = both.split_once('|').context("a part is missing")?;
        Ok(Self { chain: chain.to_owned(), authorities: authorities.to_owned() })
    }
}

/// Every pod of ours, and how often it was started again.
fn replicas(stage: &Stage) -> Result<String> {
    let selector = "--selector=app.kubernetes.io/name in (dast-operator, dast-webhook)";
    let each = r#"{range .items[*]}{.metadata.name} {.status.containerStatuses[*].restartCount}{"\n"}{end}"#;
    stage.kubectl(&["get", "pods", selector, "--namespace", SYSTEM, &format!("--output=jsonpath={each}")])
}
