//! What a plan of ZAP's automation framework says it does.

use serde::Deserialize;
use serde_json::Value;

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

/// Words in the names of what is secret: `credentials` of users have a `password`, and rules of the job `replacer` put
/// tokens into header fields.
const SECRET: [&str; 5] = ["password", "secret", "token", "apikey", "replacementstring"];

/// What in a plan is secret by its name. Variables of ZAP's environment stand there by their names only.
pub(super) fn secrets(plan: &str) -> Vec<String> {
    let mut found = Vec::new();
    // What cannot be read is refused before it is run.
    if let Ok(plan) = serde_saphyr::from_str::<Value>(plan) {
        collect(&plan, false, &mut found);
    }
    found.retain(|value| !value.starts_with("${"));
    found
}

fn collect(value: &Value, is_secret: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_lowercase().replace(['_', '-'], "");
                collect(value, is_secret || SECRET.iter().any(|word| name.contains(word)), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, is_secret, found)),
        Value::String(text) if is_secret => found.push(text.clone()),
        Value::Number(number) if is_secret => found.push(number.to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{jobs, secrets};

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

    #[test]
    fn what_is_secret_is_known_by_its_name() {
        let plan = "env:\n  contexts:\n  - users:\n    - credentials: {username: demo, password: hunter22}\n    - \
                    credentials: {username: two, password: '${TWO}'}\njobs:\n- type: replacer\n  rules:\n  - \
                    {matchType: req_header, matchString: Authorization, replacementString: Bearer abcdef}\n- \
                    {type: x, parameters: {api_key: 123456, other: shown}}\n";
        assert_eq!(secrets(plan), ["hunter22", "Bearer abcdef", "123456"]);
        assert_eq!(secrets("jobs: ["), [""; 0]);
    }
}
