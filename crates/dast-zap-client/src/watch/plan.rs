//! How a plan of the automation framework ended.
//!
//! A plan that is stopped (`automation/stopPlan`), or that is not to go on after a warning (`failOnWarning`), leaves out
//! its other jobs, as it does those of a type that it does not know, and finishes without a word of it (automation
//! 0.60). What it tells of the jobs that it came to is all there is to go by.

use super::update::Ended;
use crate::automation::PlanProgress;

/// `automation.info.jobstopped` of the add-on, in all languages that have it.
const STOPPED: [&str; 5] = [
    "Job {0} terminated",
    "Tarea {0} terminada",
    "Завдання {0} завершено",
    "ジョブ {0} が終了しました",
    "作业 {0} 已终止",
];

/// How a plan that has finished ended, which has jobs of these types.
pub(super) fn ended(jobs: &[String], seen: &PlanProgress) -> Ended {
    let mut errors = seen.errors.clone();
    errors.extend(cut_short(jobs, &seen.infos));
    if errors.is_empty() { Ended::Finished } else { Ended::Failed { errors } }
}

/// What is wrong with jobs that did not come to their ends.
fn cut_short(jobs: &[String], infos: &[String]) -> Vec<String> {
    let mut missing: Vec<&String> = jobs.iter().collect();
    let mut wrong = Vec::new();
    let mut last = None;
    for info in infos {
        let over = missing.iter().position(|job| tells_end(info, job) || is_disabled(info, job));
        // A job may tell of its end twice in a row, in words of its own first.
        if let Some(index) = over.filter(|index| last != missing.get(*index).copied()) {
            last = Some(missing.remove(index));
        } else if over.is_none() {
            last = None;
        }
        if jobs.iter().any(|job| tells_stop(info, job)) {
            wrong.push(format!("{info} before its end"));
        }
    }
    wrong.extend(missing.into_iter().map(|job| format!("the job {job} was left out, or did not end")));
    wrong
}

/// `Job spider finished, time taken: 00:00:02`, in whatever language: all of them name the job, and then the time.
fn tells_end(info: &str, job: &str) -> bool {
    let time = info.rsplit([' ', '：']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = time.split(':').count() == 3 && time.split(':').all(is_number);
    is_time && info.split_whitespace().any(|word| word == job)
}

/// It reached a limit of time of its own, or one of its monitor tests ended it.
fn tells_stop(info: &str, job: &str) -> bool {
    STOPPED.iter().any(|words| *info == words.replace("{0}", job))
}

fn is_disabled(info: &str, job: &str) -> bool {
    info == format!("Job {job} is disabled")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(jobs: &[&str], infos: &[&str]) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        cut_short(&owned(jobs), &owned(infos))
    }

    #[test]
    fn jobs_are_counted_by_their_ends() {
        let spider =
            ["Job spider started", "Job spider found 9 URLs", "Job spider finished, time taken: 00:00:02"];
        assert!(wrong(&["spider"], &spider).is_empty());
        assert_eq!(
            wrong(&["spider", "activeScan"], &spider),
            ["the job activeScan was left out, or did not end"]
        );
        assert_eq!(wrong(&["spider", "spider"], &spider).len(), 1);
        assert_eq!(wrong(&["spider"], spider.get(..2).unwrap_or_default()).len(), 1);
        assert!(wrong(&["spider", "spider"], &[spider, spider].concat()).is_empty());
        assert!(wrong(&["spider"], &["Job spider is disabled"]).is_empty());
        assert_eq!(wrong(&["spiderAjax"], &spider).len(), 1, "another job");
    }

    #[test]
    fn in_any_language() {
        for end in ["作业 spider 已完成，耗时：00:00:02", "Tarea spider terminada, tiempo empleado: 00:00:02"]
        {
            assert!(wrong(&["spider"], &[end]).is_empty(), "{end}");
        }
    }

    #[test]
    fn a_job_that_tells_its_end_twice_is_one() {
        let delay =
            ["Job delay ended after specified time 00:00:01", "Job delay finished, time taken: 00:00:01"];
        assert!(wrong(&["delay"], &delay).is_empty());
        assert_eq!(wrong(&["delay", "delay"], &delay).len(), 1);
    }

    #[test]
    fn a_job_that_was_stopped_did_not_end_though_it_finished() {
        let stopped = ["Job spider terminated", "Job spider finished, time taken: 00:00:02"];
        assert_eq!(wrong(&["spider"], &stopped), ["Job spider terminated before its end"]);
    }
}
