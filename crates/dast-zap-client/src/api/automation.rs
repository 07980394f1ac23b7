//! Plans of the automation framework.

use serde::{Deserialize, Deserializer};

use crate::endpoint::endpoints;
use crate::id::PlanId;
use crate::wire::{plain, wire};

endpoints! {
    /// Plans of the automation framework.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), dast_zap_client::ZapError> {
    /// let zap = dast_zap_client::ZapClient::builder("http://127.0.0.1:8080").api_key("a secret").build()?;
    /// let plan = zap.automation().run_plan("/zap/wrk/plan.yaml").send().await?;
    /// println!("{:?}", zap.automation().plan_progress(plan).send().await?.errors);
    /// # Ok(()) }
    /// ```
    pub struct Automation("automation");

    /// Starts a plan from a file on ZAP's disk.
    action "runPlan" run_plan(path: &str = "filePath") -> PlanId as "planId";
    /// How far a plan is.
    view "planProgress" plan_progress(plan: PlanId = "planId") -> PlanProgress;
    /// Stops a plan.
    action "stopPlan" stop_plan(plan: PlanId = "planId");
    /// Ends the delay that a plan waits in.
    action "endDelayJob" end_delay_job();
}

/// How far a plan is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlanProgress {
    /// Its id.
    #[serde(rename = "planId", deserialize_with = "wire")]
    pub id: PlanId,
    /// When it began, as ZAP writes it (ISO 8601).
    #[serde(deserialize_with = "time")]
    pub started: Option<String>,
    /// When it ended, as ZAP writes it (ISO 8601); nothing while it runs.
    #[serde(deserialize_with = "time")]
    pub finished: Option<String>,
    /// What it did.
    #[serde(rename = "info", deserialize_with = "wire")]
    pub infos: Vec<String>,
    /// What may be wrong.
    #[serde(rename = "warn", deserialize_with = "wire")]
    pub warnings: Vec<String>,
    /// What is wrong.
    #[serde(rename = "error", deserialize_with = "wire")]
    pub errors: Vec<String>,
}

plain!(PlanProgress);

/// A time; ZAP leaves it empty until it is known.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let time: Option<String> = wire(deserializer)?;
    Ok(time.filter(|time| !time.is_empty()))
}
