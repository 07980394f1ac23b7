//! Plans of the automation framework: one that is done, one whose delay is ended, one that is stopped, one that gives up.

use std::fs;

use dast_zap_client::automation::PlanProgress;
use dast_zap_client::watch::Ended;
use dast_zap_client::{ErrorCode, PlanId};

use super::stage::{Stage, eventually, refused};

const WAITS: &str = "type: delay\n    parameters: { time: '120' }";
const NOBODY: &str = "type: requestor\n    requests: [{ url: 'http://127.0.0.1:1/' }]";

pub(crate) async fn calls(stage: &Stage) {
    let automation = stage.zap.automation();
    let progress = async |plan: PlanId| automation.plan_progress(plan).send().await.unwrap();
    let says = async |plan: PlanId, word: &str| {
        eventually(word, async || progress(plan).await.infos.iter().any(|info| info.contains(word))).await;
    };
    refused(automation.run_plan("/none/of/them.yaml").send().await, &ErrorCode::DoesNotExist);

    let waiting = plan(stage, &format!("{WAITS}\n  - {NOBODY}"), "failOnError: false");
    let first = automation.run_plan(&waiting).send().await.unwrap();
    says(first, "Job delay started").await;
    let running = progress(first).await;
    assert_eq!((running.id, running.started.is_some(), running.finished), (first, true, None));
    automation.end_delay_job().send().await.unwrap();
    ended(stage, first).await;

    let second = automation.run_plan(&waiting).send().await.unwrap();
    assert_ne!(second, first);
    says(second, "Job delay started").await;
    automation.stop_plan(second).send().await.unwrap();
    ended(stage, second).await;
    cut_short(stage, second, &["delay", "requestor"], "requestor was left out").await;

    let third = automation.run_plan(&plan(stage, NOBODY, "failOnError: false")).send().await.unwrap();
    let done = ended(stage, third).await;
    assert!(done.warnings.iter().any(|warning| warning.contains("Connection refused")), "{done:?}");
    assert_eq!(stage.zap.watch_plan(third, ["requestor"]).ended().await.unwrap(), Ended::Finished);

    // A warning ends it, and it finishes without an error.
    let nobody = format!("{NOBODY}\n  - {WAITS}");
    let gives_up = plan(stage, &nobody, "failOnWarning: true, continueOnFailure: false");
    let fourth = automation.run_plan(&gives_up).send().await.unwrap();
    assert_eq!(ended(stage, fourth).await.errors, [""; 0]);
    cut_short(stage, fourth, &["requestor", "delay"], "delay was left out").await;
}

/// ZAP says nothing of what it did not do.
async fn cut_short(stage: &Stage, plan: PlanId, jobs: &[&str], word: &str) {
    let ended = stage.zap.watch_plan(plan, jobs.to_vec()).ended().await.unwrap();
    let told = stage.zap.automation().plan_progress(plan).send().await.unwrap();
    assert!(
        matches!(&ended, Ended::Failed { errors } if errors.iter().any(|error| error.contains(word))),
        "{ended}: {told:?}"
    );
}

async fn ended(stage: &Stage, plan: PlanId) -> PlanProgress {
    let automation = stage.zap.automation();
    let progress = async || automation.plan_progress(plan).send().await.unwrap();
    eventually("the end of a plan", async || progress().await.finished.is_some()).await;
    progress().await
}

/// A plan with jobs for the shop.
fn plan(stage: &Stage, jobs: &str, parameters: &str) -> String {
    let shop = stage.shop.url();
    let file = stage.file("plan.yaml");
    let text = format!(
        "env:\n  contexts:\n  - name: plan\n    urls: ['{shop}']\n  parameters: {{ {parameters} }}\njobs:\n  - {jobs}\n"
    );
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}
