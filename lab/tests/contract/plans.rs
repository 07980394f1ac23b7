//! Plans of the automation framework: one that is done, one whose delay is ended, one that is stopped.

use std::fs;

use dast_zap_client::automation::PlanProgress;
use dast_zap_client::{ErrorCode, PlanId};

use super::stage::{Stage, eventually, refused};

pub(crate) async fn calls(stage: &Stage) {
    let automation = stage.zap.automation();
    let progress = async |plan: PlanId| automation.plan_progress(plan).send().await.unwrap();
    let says = async |plan: PlanId, word: &str| {
        eventually(word, async || progress(plan).await.infos.iter().any(|info| info.contains(word))).await;
    };
    refused(automation.run_plan("/none/of/them.yaml").send().await, &ErrorCode::DoesNotExist);

    let waiting = plan(stage, "parameters: { time: '120' }\n    type: delay");
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

    let third = automation
        .run_plan(&plan(stage, "type: requestor\n    requests: [{ url: 'http://127.0.0.1:1/' }]"))
        .send()
        .await
        .unwrap();
    let done = ended(stage, third).await;
    assert!(done.warnings.iter().any(|warning| warning.contains("Connection refused")), "{done:?}");
}

async fn ended(stage: &Stage, plan: PlanId) -> PlanProgress {
    let automation = stage.zap.automation();
    let progress = async || automation.plan_progress(plan).send().await.unwrap();
    eventually("the end of a plan", async || progress().await.finished.is_some()).await;
    progress().await
}

/// A plan with one job for the shop.
fn plan(stage: &Stage, job: &str) -> String {
    let shop = stage.shop.url();
    let file = stage.file("plan.yaml");
    let text = format!(
        "env:\n  contexts:\n  - name: plan\n    urls: ['{shop}']\n  parameters: {{ failOnError: false }}\njobs:\n  - {job}\n"
    );
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}
