//! The guides, followed as a reader does: every command is typed as it stands there, and every manifest applied.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use dast_e2e::{Console, Shop, Stage, blocks, commands, quick, section, until};
use serde_json::json;

use crate::gate::route::{refused, registered};

const OPERATOR: &str = include_str!("../../../docs/operator.md");
const CHART: &str = include_str!("../../../deploy/chart/README.md");
const MOVING_OVER: &str = include_str!("../../../docs/moving-over.md");
/// A chart that has the definition among its objects, as that of the operator of 2019 had.
const BEFORE: &str = include_str!("manifests/before.yaml");
/// Its resource.
const SCANNER: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/scanner.yaml");
/// An Ingress as the original's users have it.
const INGRESS: &str = include_str!("../../../crates/dast-kubernetes/tests/samples/ingress.yaml");
/// The namespace of a reader who has not chosen one.
const DEFAULT: &str = "default";

#[test]
#[ignore = "needs a real Kubernetes"]
fn the_guide_of_the_operator_works_as_it_is_written() -> Result<()> {
    let stage = Stage::begin("guide")?;
    let console = Console::of(&stage)?;
    serve(&stage, Shop::Careless)?;
    for command in commands(OPERATOR) {
        let command = match command.as_str() {
            describe if describe.starts_with("kubectl describe scantarget") => {
                until("the verdict Fail", || stage.judged(DEFAULT, "shop-80", "Fail"))?;
                command
            }
            wait if wait.starts_with("kubectl wait --for=condition=Passed") => {
                // Another scan comes after five minutes, which is long for a test.
                stage.install(&json!({"configuration": {"scans": quick()}}))?;
                serve(&stage, Shop::Repaired)?;
                command
            }
            named if named.contains(" NAME ") => {
                let target = stage.judged(DEFAULT, "shop-80", "Pass")?;
                let run = target["status"]["run"].as_str().context("it has no run")?;
                named.replace(" NAME ", &format!(" {run} "))
            }
            _ => command,
        };
        console.run(&command)?;
    }
    let report = fs::read_to_string(console.folder().join("report.json"))?;
    ensure!(report.contains("\"findings\""), "the report has no findings: {report}");

    // What is shown of manifests and values.
    for manifest in blocks(OPERATOR, "yaml") {
        stage.apply(manifest)?;
    }
    until("the scanner of the guide", || {
        stage.stated("dast", ("dast-system", "thorough"), ("Accepted", "True", "Accepted"))
    })?;
    let values = blocks(OPERATOR, "yaml values").next().context("the guide has no values")?;
    fs::write(console.folder().join("values.yaml"), values)?;
    console.run(
        "helm upgrade dast deploy/chart --namespace dast-system --values values.yaml --wait --timeout=5m",
    )?;
    // The page of the chart begins as this one, and says how it goes away. There is no cert-manager here.
    let page = CHART.replace(section(CHART, "Certificates by cert-manager"), "");
    for command in commands(&page).iter().filter(|command| !command.starts_with("helm install")) {
        console.run(command)?;
    }
    ensure!(!console.run("kubectl get crd")?.contains("banzaicloud"), "there are definitions left");
    stage.end()
}

#[test]
#[ignore = "needs a real Kubernetes"]
fn moving_over_keeps_what_people_wrote() -> Result<()> {
    let stage = Stage::begin("moving-over")?;
    let console = Console::of(&stage)?;
    for (name, content) in before() {
        let path = console.folder().join(name);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(path, content)?;
    }
    console.run("helm install old before --namespace old --create-namespace")?;
    stage.apply(SCANNER)?;
    let before = stage.get(&["dast", "dast-sample", "--namespace", "zaproxy"])?;
    for namespace in ["external", "test"] {
        stage.kubectl(&["create", "namespace", namespace])?;
    }
    let values = blocks(MOVING_OVER, "yaml values").next().context("the guide has no values")?;
    fs::write(console.folder().join("values.yaml"), values)?;

    for command in commands(MOVING_OVER) {
        console.run(&command.replace("RELEASE", "old").replace("NAMESPACE", "old"))?;
    }
    let after = until("the old resource under the new operator", || {
        stage.stated("dast", ("zaproxy", "dast-sample"), ("Accepted", "True", "Accepted"))
    })?;
    // What was left out has its default now.
    for field in ["name", "apikey"] {
        let (was, is) = (&before["spec"]["zaproxy"][field], &after["spec"]["zaproxy"][field]);
        ensure!(was.is_string() && is == was, "`{field}` was {was} and is {is}");
    }
    let definition = stage.get(&["crd", "dasts.security.banzaicloud.io"])?;
    ensure!(definition.to_string().contains("PerScan"), "the definition is the old one");
    ingresses_are_refused_by_the_new_gate(&stage)?;
    stage.end()
}

/// As they were, whether or not anybody set limits for them: nothing of the old registration is left, and nothing was scanned.
fn ingresses_are_refused_by_the_new_gate(stage: &Stage) -> Result<()> {
    until("the registrations", || registered(stage))?;
    let left = stage.get(&["validatingwebhookconfigurations"])?.to_string();
    ensure!(!left.contains("dast-operator-validating-webhook-configuration"), "the old one is left: {left}");
    // Without its limits, and the heading above them.
    let plain = INGRESS.lines().filter(|line| !line.contains("dast.") && !line.contains("annotations:"));
    for ingress in [INGRESS.to_owned(), plain.collect::<Vec<_>>().join("\n")] {
        // A registration counts a moment after it was made.
        let message = until("a denial", || match refused(stage.apply(&ingress)) {
            Err(_) => {
                stage.kubectl(&["delete", "ingress", "test-ingress", "--namespace", "test"])?;
                bail!("it was taken")
            }
            denied => denied,
        })?;
        let denied = "denied the request: Ingress test/test-ingress: denied";
        ensure!(message.contains(denied) && message.contains("NotScanned"), "{message}");
    }
    Ok(())
}

/// The shop where a reader has it who has not chosen a namespace.
fn serve(stage: &Stage, shop: Shop) -> Result<()> {
    stage.apply(&shop.manifests().replace("namespace: shop", "namespace: default"))?;
    stage.kubectl(&["rollout", "status", "deployment", "shop", "--timeout=120s"]).map(drop)
}

/// The files of the old chart.
fn before() -> [(&'static str, &'static str); 2] {
    let chart = "{apiVersion: v2, name: dast-operator, version: 0.4.0}";
    [("before/Chart.yaml", chart), ("before/templates/all.yaml", BEFORE)]
}
