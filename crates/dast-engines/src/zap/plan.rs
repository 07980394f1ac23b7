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

/// What else a parser of YAML may refuse, besides what is none.
const NO_YAML: &str = "this is no YAML, or not a single document whose keys are text and come once";
const NO_PLAN: &str = "what stands there is no list of `jobs` that each have a `type`";

/// The types of its jobs.
pub(super) fn jobs(plan: &str) -> Result<Vec<String>, Unreadable> {
    // As a whole: what `secrets` cannot read is not run.
    serde_saphyr::from_str::<Value>(plan).map_err(|error| Unreadable::new(NO_YAML, &error))?;
    let plan: Plan = serde_saphyr::from_str(plan).map_err(|error| Unreadable::new(NO_PLAN, &error))?;
    Ok(plan.jobs.unwrap_or_default().into_iter().map(|job| job.kind).collect())
}

/// Why a plan cannot be read. An error of the parser would show some of the text, and passwords stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at line {line}, column {column}: {why}")]
pub(super) struct Unreadable {
    /// Both count from 1, and are 0 where nobody knows.
    line: u64,
    column: u64,
    why: &'static str,
}

impl Unreadable {
    fn new(why: &'static str, error: &serde_saphyr::Error) -> Self {
        let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
        Self { line, column, why }
    }
}

/// Words in the names of what is secret: `credentials` of users have a `password`, and rules of the job `replacer` put
/// tokens into header fields.
const SECRET: [&str; 5] = ["password", "secret", "token", "apikey", "replacementstring"];

/// What in a plan is secret by its name. Variables of ZAP's environment stand there by their names only.
pub(super) fn secrets(plan: &str) -> Vec<String> {
    let mut found = Vec::new();
    // What cannot be read is not run.
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
    fn what_cannot_be_read_is_told_by_its_place_and_never_shown() {
        let user = "env:\n  contexts:\n  - users:\n    - credentials: {username: demo, password: hunter22";
        for (plan, told) in [
            (format!("{user}\n"), "this is no YAML"),
            (format!("{user}]}}\n"), "this is no YAML"),
            (format!("{user}}}\n  token: [\n"), "this is no YAML"),
            ("jobs:\n  password: \"hunter22\n".to_owned(), "this is no YAML"),
            ("jobs:\n- password: hunter22\n type: x\n".to_owned(), "this is no YAML"),
            ("jobs: hunter22\n".to_owned(), "no list of `jobs`"),
            ("jobs: [hunter22]\n".to_owned(), "no list of `jobs`"),
            ("jobs: [{name: hunter22}]\n".to_owned(), "no list of `jobs`"),
            ("jobs: [{type: {password: hunter22}}]\n".to_owned(), "no list of `jobs`"),
            ("hunter22: hunter22\nhunter22: 1\n".to_owned(), "keys are text and come once"),
            ("jobs: []\nenv: {[a, b]: {password: hunter22}}\n".to_owned(), "keys are text"),
            ("jobs: []\n---\npassword: hunter22\n".to_owned(), "a single document"),
        ] {
            let error = jobs(&plan).unwrap_err();
            let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
            assert!(error.to_string().contains(told), "{plan}: {error}");
            assert!(
                error.to_string().starts_with("at line ") && !shown.contains("hunter"),
                "{plan}: {shown}"
            );
        }
        let error = jobs("jobs:\n- type: spider\n- name: x\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "at line 3, column 3: what stands there is no list of `jobs` that each have a `type`"
        );
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
