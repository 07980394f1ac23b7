//! Which runs that are over may be deleted.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;

use crate::scan::time::after;

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRun {
    /// What it is called.
    pub name: String,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether it went through to its end.
    pub complete: bool,
}

/// How many runs of a target are kept, and how long.
///
/// Whatever these say, three runs stay: the newest, because it says what was scanned last, so that nothing is scanned
/// twice for nothing; the newest complete one; and the one that the evidence is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistorySettings {
    /// How many that went through to their end.
    pub complete: usize,
    /// How many that did not.
    pub incomplete: usize,
    /// How long after their end; `None` for as long as the numbers allow.
    pub time_to_live: Option<Duration>,
}

/// The numbers of a Kubernetes `CronJob`: 3 and 1. No time.
impl Default for HistorySettings {
    fn default() -> Self {
        Self { complete: 3, incomplete: 1, time_to_live: None }
    }
}

/// Which runs may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep<'a> {
    /// The names of those that may be deleted now, the oldest first.
    pub delete: Vec<&'a str>,
    /// When the next one may; `None` if time alone changes nothing.
    pub look_again: Option<Timestamp>,
}

/// Which of the runs of one target may be deleted. `evidence_of` is the run that its evidence refers to.
///
/// ```
/// use dast_core::scan::{EndedRun, HistorySettings, sweep};
/// use jiff::Timestamp;
///
/// let run = |name: &str, second, complete| {
///     EndedRun { name: name.into(), ended: Timestamp::from_second(second).unwrap(), complete }
/// };
/// let runs = [run("a", 1, true), run("b", 2, true), run("c", 3, false), run("d", 4, false)];
/// let settings = HistorySettings { complete: 0, incomplete: 0, time_to_live: None };
/// // The newest stays, and the newest complete one.
/// assert_eq!(sweep(&runs, None, &settings, Timestamp::UNIX_EPOCH).delete, ["a", "c"]);
/// assert_eq!(sweep(&runs, Some("a"), &settings, Timestamp::UNIX_EPOCH).delete, ["c"]);
/// ```
pub fn sweep<'a>(
    runs: &'a [EndedRun],
    evidence_of: Option<&str>,
    settings: &HistorySettings,
    now: Timestamp,
) -> Sweep<'a> {
    let mut newest_first: Vec<&EndedRun> = runs.iter().collect();
    newest_first.sort_by_key(|run| Reverse((run.ended, &run.name)));
    let newest = newest_first.first().map(|run| run.name.as_str());
    let newest_complete = newest_first.iter().find(|run| run.complete).map(|run| run.name.as_str());
    let pinned = [newest, newest_complete, evidence_of];

    let (mut complete, mut incomplete) = (0, 0);
    let mut sweep = Sweep { delete: Vec::new(), look_again: None };
    for run in newest_first {
        let (place, most) = if run.complete {
            (&mut complete, settings.complete)
        } else {
            (&mut incomplete, settings.incomplete)
        };
        *place += 1;
        let too_many = *place > most;
        let expires = settings.time_to_live.map(|time| after(run.ended, time));
        if pinned.contains(&Some(run.name.as_str())) {
            continue;
        }
        if too_many || expires.is_some_and(|at| at <= now) {
            sweep.delete.push(&run.name);
        } else if let Some(at) = expires {
            sweep.look_again = Some(sweep.look_again.map_or(at, |earlier| earlier.min(at)));
        }
    }
    sweep.delete.reverse();
    sweep
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn run(name: &str, second: i64, complete: bool) -> EndedRun {
        EndedRun { name: name.to_owned(), ended: at(second), complete }
    }

    #[test]
    fn numbers_count_complete_and_incomplete_runs_apart() {
        let runs = [
            run("a", 1, true),
            run("b", 2, false),
            run("c", 3, true),
            run("d", 4, false),
            run("e", 5, true),
            run("f", 6, true),
        ];
        let swept = sweep(&runs, None, &HistorySettings::default(), at(100));
        assert_eq!(swept, Sweep { delete: vec!["a", "b"], look_again: None });
        assert_eq!(sweep(&[], Some("gone"), &HistorySettings::default(), at(0)).delete, [""; 0]);
    }

    #[test]
    fn time_counts_from_the_end() {
        let runs = [run("a", 0, true), run("b", 10, true), run("c", 20, true)];
        let settings =
            HistorySettings { time_to_live: Some(Duration::from_secs(30)), ..HistorySettings::default() };
        let of = |now| sweep(&runs, None, &settings, at(now));
        assert_eq!(of(29), Sweep { delete: vec![], look_again: Some(at(30)) });
        assert_eq!(of(30), Sweep { delete: vec!["a"], look_again: Some(at(40)) });
        // The newest stays for ever.
        assert_eq!(of(1000), Sweep { delete: vec!["a", "b"], look_again: None });
    }

    proptest! {
        #[test]
        fn what_must_stay_stays_and_what_goes_goes_at_once(
            ended in prop::collection::vec((0_i64..50, any::<bool>()), 0..20),
            evidence_of in prop::option::of(0_usize..20),
            (complete, incomplete) in (0_usize..5, 0_usize..5),
            time_to_live in prop::option::of(0_u64..60),
            now in 0_i64..100,
        ) {
            let runs: Vec<EndedRun> = ended.iter().enumerate()
                .map(|(number, (second, complete))| run(&format!("run-{number:02}"), *second, *complete)).collect();
            let time_to_live = time_to_live.map(Duration::from_secs);
            let settings = HistorySettings { complete, incomplete, time_to_live };
            let evidence_of = evidence_of.map(|number| format!("run-{number:02}"));
            let evidence_of = evidence_of.as_deref();
            let swept = sweep(&runs, evidence_of, &settings, at(now));
            let gone = |run: &&EndedRun| swept.delete.contains(&run.name.as_str());
            let left: Vec<EndedRun> = runs.iter().filter(|run| !gone(run)).cloned().collect();

            let newest = |of: &dyn Fn(&&EndedRun) -> bool| runs.iter().filter(of).max_by_key(|run| (run.ended, &run.name));
            for pinned in [newest(&|_| true), newest(&|run| run.complete)].into_iter().flatten() {
                prop_assert!(left.contains(pinned));
            }
            prop_assert!(runs.iter().filter(|run| Some(run.name.as_str()) == evidence_of).all(|run| left.contains(run)));
            let count = |wanted| left.iter().filter(|run| run.complete == wanted).count();
            prop_assert!(count(true) <= complete + 2 && count(false) <= incomplete + 2);

            // Once is enough, the order does not matter, and the next time is exact.
            prop_assert_eq!(sweep(&left, evidence_of, &settings, at(now)).delete, [""; 0]);
            let reversed: Vec<EndedRun> = runs.iter().rev().cloned().collect();
            prop_assert_eq!(&sweep(&reversed, evidence_of, &settings, at(now)), &swept);
            let next = swept.look_again.unwrap_or(Timestamp::MAX);
            let just_before = next - Duration::from_nanos(1);
            prop_assert_eq!(sweep(&left, evidence_of, &settings, just_before).delete, [""; 0]);
            prop_assert_eq!(sweep(&left, evidence_of, &settings, next).delete.is_empty(), swept.look_again.is_none());
        }
    }
}
