//! What a plan of ZAP's automation framework says it does.

use serde::Deserialize;

/// The parts of a plan that tell whether ZAP carried it out.
#[derive(Deserialize)]
struct Plan {
    jobs: Option<Vec<Job>>,
}

#[derive(Deserialize)]
struct Job {
    #[serde(rename = "type")]
    kind: String,
}

/// The types of its jobs.
pub(super) fn jobs(plan: &str) -> Result<Vec<String>, serde_saphyr::Error> {
    let plan: Plan = serde_saphyr::from_str(plan)?;
    Ok(plan.jobs.unwrap_or_default().into_iter().map(|job| job.kind).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::jobs;

    #[test]
    fn jobs_are_known_by_their_types() {
        let plan = "env:\n  vars: {A: 1}\njobs:\n- type: spider\n  name: first\n  parameters: {maxDuration: 1}\n- {type: spider}\n";
        assert_eq!(jobs(plan).unwrap(), ["spider", "spider"]);
        assert_eq!(jobs("env: {}\njobs: []\n").unwrap(), [""; 0]);
        assert_eq!(jobs("env: {}\n").unwrap(), [""; 0]);
        for plan in ["jobs: [", "jobs: [{name: x}]", "- spider"] {
            assert!(jobs(plan).is_err(), "{plan}");
        }
    }
}
