//! A tenant with every right in their namespace: what they try is refused, and shows.

use anyhow::{Context, Result, ensure};
use dast_e2e::{SCANS, SHOP, SYSTEM, Shop, Stage, image_of, quick, until};
use serde_json::{Value, json};

const TENANT: &str = "tenant";
/// What is not theirs to write is refused in these words.
const NOT_THEIRS: &str = "only the operator";

/// Services of the tenant, and why they are not scanned.
const REFUSED: [(&str, &str); 15] = [
    ("image", "ImageNotAllowed"),
    ("metadata", "Metadata"),
    ("apiserver", "ApiServer"),
    ("neighbour", "OtherNamespace"),
    ("nowhere", "NotAPod"),
    // The only node here is the one of the API server. Another one is told by its own reason.
    ("host", "ApiServer"),
    ("outside", "ExternalName"),
    ("guarded", "ScannerNotAllowed"),
    ("missing", "NoScanner"),
    ("shell", "InvalidValue"),
    ("yaml", "InvalidValue"),
    ("template", "InvalidValue"),
    ("header", "InvalidValue"),
    ("path", "InvalidValue"),
    ("expansion", "InvalidValue"),
];

#[test]
#[ignore = "needs a real Kubernetes"]
fn a_tenant_gets_no_verdict_but_the_true_one() -> Result<()> {
    let stage = Stage::begin("attacks")?;
    stage.install(&json!({"configuration": {"scans": quick()}, "defaultScanner": {"profile": "passive"}}))?;
    stage.serve(Shop::Careless)?;
    stage.annotate(SHOP, SHOP, "scan", "true")?;
    until("the verdict Fail", || stage.judged(SHOP, "shop-80", "Fail"))?;
    stage.apply(include_str!("manifests/tenant.yaml"))?;

    verdicts_are_not_theirs(&stage)?;
    what_they_aim_elsewhere_is_refused(&stage)?;
    scanners_do_not_escape(&stage)?;
    results_are_not_theirs(&stage)?;
    an_analyzer_that_is_done_tells_nothing_more(&stage)?;
    stage.judged(SHOP, "shop-80", "Fail")?;
    their_own_scanner_is_not_believed(&stage)?;
    stage.end()
}

/// Nor are they anybody's else, not even the administrator's.
fn verdicts_are_not_theirs(stage: &Stage) -> Result<()> {
    let target = "{apiVersion: security.banzaicloud.io/v1alpha1, kind: ScanTarget, \
                  metadata: {name: forged-80, namespace: shop}, \
                  spec: {service: {name: shop, port: 80}, origin: 'http://shop.shop.svc:80', \
                  scanner: {namespace: dast-system, name: default}}}";
    let run = run(stage)?;
    let status = "--subresource=status";
    let forged: [(&[&str], &str); 4] = [
        (&["scantarget", "shop-80", status], r#"{"status": {"verdict": "Pass"}}"#),
        (&["scanrun", run.name.as_str(), status], r#"{"status": {"engine": "forged 1"}}"#),
        (&["scantarget", "shop-80"], r#"{"spec": {"origin": "http://forged"}}"#),
        (&["scanreport", "shop-80"], r#"{"spec": {"run": "forged"}}"#),
    ];
    for who in [&["--as", TENANT][..], &[]] {
        for (what, patch) in forged {
            let how = ["--namespace", SHOP, "--type=merge", "--patch", patch];
            refused(stage.kubectl(&[&["patch"][..], what, &how, who].concat()), NOT_THEIRS)?;
        }
    }
    refused(stage.apply_as(TENANT, target), NOT_THEIRS)?;
    refused(stage.apply(target), NOT_THEIRS)?;
    // Their rights reach to the namespace itself.
    let label = ["label", "namespace", SHOP, "--as", TENANT];
    refused(stage.kubectl(&[&label[..], &["dast.security.banzaicloud.io/scan=true"]].concat()), NOT_THEIRS)?;
    stage.kubectl(&[&label[..], &["team=shop"]].concat()).map(drop)
}

fn what_they_aim_elsewhere_is_refused(stage: &Stage) -> Result<()> {
    let first = |arguments: &[&str], path: &str| {
        let found = stage.get(arguments)?;
        let found = found.pointer(path).and_then(Value::as_str).map(str::to_owned);
        found.with_context(|| format!("{arguments:?} has no {path}"))
    };
    let slices =
        ["endpointslices", "--namespace=default", "--selector=kubernetes.io/service-name=kubernetes"];
    let operator = ["pods", "--namespace", SYSTEM, "--selector=app.kubernetes.io/name=dast-operator"];
    let shop = ["pods", "--namespace", SHOP, "--selector=app=shop"];
    let attacks = include_str!("manifests/attacks.yaml")
        .replace("API_SERVER", &first(&slices, "/items/0/endpoints/0/addresses/0")?)
        .replace("IMAGE", &image_of("dast-shop"))
        .replace("OPERATOR", &first(&operator, "/items/0/status/podIP")?)
        .replace("name: SHOP", &format!("name: {}", first(&shop, "/items/0/metadata/name")?));
    let namespaces = names(stage, &["namespaces"])?;
    stage.apply_as(TENANT, &attacks)?;

    for (service, reason) in REFUSED {
        let target = format!("{service}-80");
        let target =
            until(reason, || stage.stated("scantarget", (SHOP, &target), ("Accepted", "False", reason)))?;
        ensure!(target["status"]["verdict"] == "Unknown", "{service}: {}", target["status"]);
        ensure!(target["status"]["phase"] == "Refused", "{service}: {}", target["status"]);
        until("an event on the Service", || stage.told(SHOP, "Service", service, "TargetRefused"))?;
    }
    // Nothing else came of it.
    let runs = stage.get(&["scanruns", "--namespace", SHOP])?;
    for run in runs["items"].as_array().into_iter().flatten() {
        let target = &run["spec"]["target"];
        ensure!(*target == "shop-80" || *target == "own-80", "{target} was scanned");
    }
    ensure!(names(stage, &["namespaces"])? == namespaces, "there are other namespaces than before");
    // It was not the Service's fault: without what is wrong, it is scanned.
    stage.kubectl(&["delete", "endpointslice", "metadata-extra", "--namespace", SHOP, "--as", TENANT])?;
    until("the verdict Fail on what is mended", || stage.judged(SHOP, "metadata-80", "Fail")).map(drop)
}

fn scanners_do_not_escape(stage: &Stage) -> Result<()> {
    let said = |name: &str, what: (&str, &str, &str)| {
        until("a condition of the Dast", || stage.stated("dast", (SHOP, name), what))
    };
    let escape = said("escape", ("Accepted", "False", "InvalidValue"))?;
    let message = escape["status"]["conditions"].to_string();
    for option in ["api.disablekey", "network.connection.httpProxy.host", "script.scripts(0).file"] {
        ensure!(message.contains(option), "{option} is not named: {message}");
    }
    said("image", ("Accepted", "False", "InvalidValue"))?;
    said("shared", ("Ready", "False", "NamespaceNotListed"))?;
    let beside = names(stage, &["deployments", "--namespace", SHOP])?;
    ensure!(beside == [SHOP], "there are {beside:?}");
    Ok(())
}

/// To the operator's own address, from where nothing but tokens keeps anybody.
fn results_are_not_theirs(stage: &Stage) -> Result<()> {
    let run = run(stage)?;
    let path = format!("/v1/runs/{SHOP}/{}/{}/attempts/1/report", run.name, run.uid);
    let ours = "--audience=dast-operator";
    let token = |arguments: &[&str]| stage.kubectl(&[&["create", "token"][..], arguments].concat());
    let own = token(&["default", "--namespace", SHOP, "--as", TENANT, ours])?;
    let elsewhere = token(&["default", "--namespace", SHOP, "--as", TENANT])?;
    let of_no_pod = token(&["dast-analyzer", "--namespace", SCANS, ours])?;
    let pod = ["--bound-object-kind=Pod", "--bound-object-name=stray"];
    let stray = token(&[&["dast-analyzer", "--namespace", SCANS, ours][..], &pod].concat())?;
    let posts = [
        (None, 401, "no_token", "no bearer token"),
        (Some("forged"), 401, "wrong_token", "not one for the operator"),
        (Some(&*elsewhere), 401, "wrong_token", "not one for the operator"),
        (Some(&*own), 403, "not_an_analyzer", "system:serviceaccount:shop:default"),
        (Some(&*of_no_pod), 403, "no_pod", "bound to no pod"),
        (Some(&*stray), 403, "not_its_run", "`stray`"),
    ];
    let before = run_status(stage, &run.name)?;
    for (token, status, category, words) in posts {
        for what in ["report", "progress"] {
            let answer = stage.post(&path.replace("report", what), token)?;
            let is_refused = answer.status == status && answer.category == category;
            ensure!(is_refused && answer.detail.contains(words), "expected {category}: {answer:?}");
        }
    }
    until("an event on the run", || stage.told(SHOP, "ScanRun", &run.name, "ResultRefused"))?;
    ensure!(run_status(stage, &run.name)? == before, "the run has changed");
    // A path that leads elsewhere in the API server's, and a run that is not there.
    for name in ["no-such-run", "..%2F..%2Fsecrets"] {
        let path = format!("/v1/runs/{SHOP}/{name}/{}/attempts/1/report", run.uid);
        let answer = stage.post(&path, Some(&stray))?;
        ensure!((400..500).contains(&answer.status), "{name}: {answer:?}");
    }
    Ok(())
}

/// Its token is good for as long as its pod is there: the run that it was for is over, and the next one has another pod.
fn an_analyzer_that_is_done_tells_nothing_more(stage: &Stage) -> Result<()> {
    let old = run(stage)?;
    let of_run = format!("--selector=dast.security.banzaicloud.io/run-uid={}", old.uid);
    let pods = names(stage, &["pods", "--namespace", SCANS, &of_run])?;
    let pod = pods.first().context("its pod is gone")?;
    let bound = ["--bound-object-kind=Pod", &format!("--bound-object-name={pod}")];
    let who = ["create", "token", "dast-analyzer", "--namespace", SCANS, "--audience=dast-operator"];
    let token = stage.kubectl(&[&who[..], &bound].concat())?;
    stage.ask(SHOP, "shop-80")?;
    let new = until("the next run", || {
        let now = run(stage)?;
        ensure!(now.uid != old.uid, "it is the same");
        stage.ended(&now.name)?;
        Ok(now)
    })?;
    let before = (run_status(stage, &old.name)?, run_status(stage, &new.name)?);
    let report = |run: &Run| format!("/v1/runs/{SHOP}/{}/{}/attempts/1/report", run.name, run.uid);
    let other = stage.post(&report(&new), Some(&token))?;
    ensure!((other.status, &*other.category) == (403, "not_its_run"), "the next run says {other:?}");
    // It has that report already, as an analyzer hears that did not hear it the first time.
    let own = stage.post(&report(&old), Some(&token))?;
    ensure!((200..300).contains(&own.status), "its own run says {own:?}");
    until("an event on the run", || stage.told(SHOP, "ScanRun", &new.name, "ResultRefused"))?;
    let after = (run_status(stage, &old.name)?, run_status(stage, &new.name)?);
    ensure!(after == before, "the runs have changed: {before:?}, {after:?}");
    Ok(())
}

/// What passes with a scanner that the platform runs does not with one that its owner made to look at a single page.
fn their_own_scanner_is_not_believed(stage: &Stage) -> Result<()> {
    stage.serve(Shop::Repaired)?;
    until("the verdict Pass", || stage.judged(SHOP, "shop-80", "Pass"))?;
    until("the scan by their own scanner", || {
        let target = stage.judged(SHOP, "own-80", "Unknown")?;
        let status = &target["status"];
        ensure!(status["phase"] == "Idle" && status["unknown"] == "Inconclusive", "its status is {status}");
        let reasons = status["reasons"].to_string();
        ensure!(reasons.contains("scanner `shop/own`"), "the reasons are {reasons}");
        Ok(())
    })
}

struct Run {
    name: String,
    uid: String,
}

/// The last run of the shop.
fn run(stage: &Stage) -> Result<Run> {
    let target = stage.get(&["scantarget", "shop-80", "--namespace", SHOP])?;
    let name = target["status"]["run"].as_str().context("it was never scanned")?.to_owned();
    let run = stage.get(&["scanrun", &name, "--namespace", SHOP])?;
    let uid = run["metadata"]["uid"].as_str().context("it has no uid")?.to_owned();
    Ok(Run { name, uid })
}

fn run_status(stage: &Stage, name: &str) -> Result<Value> {
    Ok(stage.get(&["scanrun", name, "--namespace", SHOP])?["status"].clone())
}

fn names(stage: &Stage, arguments: &[&str]) -> Result<Vec<String>> {
    let objects = stage.get(arguments)?;
    let items = objects["items"].as_array().into_iter().flatten();
    Ok(items.filter_map(|object| Some(object["metadata"]["name"].as_str()?.to_owned())).collect())
}

fn refused<T>(result: Result<T>, words: &str) -> Result<()> {
    let error = result.err().context("it was taken")?;
    let said = format!("{error:#}");
    ensure!(said.contains(words), "it was refused for another reason: {said}");
    Ok(())
}
