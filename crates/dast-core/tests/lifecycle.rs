//! The laws of the lifecycle, over any order of events and with a simulated driver.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use dast_core::scan::{Command, Event, Failure, Lifecycle, LifecycleSettings, Outcome, Phase};
use dast_core::{Progress, ScanError};
use dast_policy::{Cause, Completion};
use jiff::Timestamp;
use proptest::prelude::*;

const SETTINGS: LifecycleSettings = LifecycleSettings {
    deadline: Duration::from_secs(100),
    grace: Duration::from_secs(10),
    max_attempts: 3,
    backoff: Duration::from_secs(2),
    max_backoff: Duration::from_secs(3),
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn complete() -> Event {
    Event::CollectSucceeded { completion: Completion::Complete }
}

fn failed(retryable: bool) -> Failure {
    let error = ScanError::unreachable("no answer");
    Failure::from(&if retryable { error } else { error.permanent() })
}

/// Sends the events at their seconds, and gives all commands.
fn play(run: &mut Lifecycle, events: impl IntoIterator<Item = (i64, Event)>) -> Vec<Command> {
    events.into_iter().flat_map(|(second, event)| run.step(event, at(second))).collect()
}

fn outcome(commands: &[Command]) -> &Outcome {
    match commands.last() {
        Some(Command::Finish(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

fn cause(outcome: &Outcome) -> Option<Cause> {
    match &outcome.completion {
        Completion::Complete => None,
        Completion::Incomplete { cause, .. } => Some(*cause),
    }
}

#[test]
fn a_run_goes_through_to_its_end() {
    let mut run = Lifecycle::new(SETTINGS);
    assert_eq!((run.phase(), run.attempt()), (Phase::Queued, 0));
    let commands = run.step(Event::Begin, at(0));
    assert_eq!(commands, [Command::Start { attempt: 1 }, Command::WakeAt(at(100))]);
    let progress = Progress { pages: 3, ..Progress::default() };
    assert_eq!(play(&mut run, [(1, Event::Started), (2, Event::Progressed(progress)), (3, Event::Tick)]), []);
    assert_eq!((run.phase(), run.attempt(), run.progress()), (Phase::Running, 1, progress));
    assert_eq!(run.phase().as_str(), "Running");
    assert_eq!(play(&mut run, [(4, Event::EngineEnded)]), [Command::Collect]);
    let expected = Outcome { completion: Completion::Complete, collected: true, attempts: 1 };
    assert_eq!(play(&mut run, [(5, complete())]), [Command::Finish(expected)]);
    assert_eq!(run.phase(), Phase::Ended);
}

#[test]
fn a_cancelled_run_is_collected_and_never_complete() {
    let mut run = Lifecycle::new(SETTINGS);
    play(&mut run, [(0, Event::Begin), (1, Event::Started)]);
    let commands = run.step(Event::CancelRequested, at(5));
    assert_eq!(commands, [Command::Cancel, Command::WakeAt(at(15))]);
    assert_eq!(run.step(Event::CancelRequested, at(6)), []);
    let commands = run.step(Event::EngineEnded, at(7));
    assert_eq!(commands, [Command::Collect, Command::WakeAt(at(17))]);
    let commands = run.step(complete(), at(8));
    assert_eq!((cause(outcome(&commands)), outcome(&commands).collected), (Some(Cause::Interrupted), true));
}

#[test]
fn cancelling_before_anything_runs_ends_at_once() {
    let failure = Event::StartFailed(failed(true));
    for before in [vec![], vec![(0, Event::Begin)], vec![(0, Event::Begin), (1, failure)]] {
        let mut run = Lifecycle::new(SETTINGS);
        let attempts = u32::from(!before.is_empty());
        play(&mut run, before);
        let commands = run.step(Event::CancelRequested, at(2));
        assert_eq!(commands.len(), 1);
        let outcome = outcome(&commands);
        assert_eq!(
            (cause(outcome), outcome.collected, outcome.attempts),
            (Some(Cause::Interrupted), false, attempts)
        );
    }
}

#[test]
fn a_scan_that_does_not_end_in_time_is_cancelled_collected_and_given_up() {
    let mut run = Lifecycle::new(SETTINGS);
    play(&mut run, [(0, Event::Begin), (1, Event::Started)]);
    assert_eq!(run.step(Event::Tick, at(99)), []);
    assert_eq!(run.step(Event::Tick, at(100)), [Command::Cancel, Command::WakeAt(at(110))]);
    assert_eq!(run.step(Event::Tick, at(110)), [Command::Collect, Command::WakeAt(at(120))]);
    assert_eq!(run.step(Event::Tick, at(119)), []);
    let commands = run.step(Event::Tick, at(120));
    assert_eq!(
        (cause(outcome(&commands)), outcome(&commands).collected),
        (Some(Cause::DeadlineExceeded), false)
    );
}

#[test]
fn the_first_of_cancellation_and_deadline_counts() {
    let mut run = Lifecycle::new(SETTINGS);
    play(
        &mut run,
        [(0, Event::Begin), (1, Event::Started), (99, Event::CancelRequested), (105, Event::EngineEnded)],
    );
    assert_eq!(cause(outcome(&run.step(complete(), at(106)))), Some(Cause::Interrupted));

    let mut run = Lifecycle::new(SETTINGS);
    play(
        &mut run,
        [(0, Event::Begin), (1, Event::Started), (100, Event::CancelRequested), (105, Event::EngineEnded)],
    );
    assert_eq!(cause(outcome(&run.step(complete(), at(106)))), Some(Cause::DeadlineExceeded));
}

#[test]
fn a_collection_that_outlives_the_deadline_has_the_grace_time_and_is_not_complete() {
    let begin = [(0, Event::Begin), (1, Event::Started), (99, Event::EngineEnded)];
    let mut run = Lifecycle::new(SETTINGS);
    play(&mut run, begin.clone());
    assert_eq!(run.step(Event::Tick, at(100)), [Command::WakeAt(at(110))]);
    // What arrives in the very last moment is taken.
    let commands = run.step(complete(), at(110));
    assert_eq!(
        (cause(outcome(&commands)), outcome(&commands).collected),
        (Some(Cause::DeadlineExceeded), true)
    );

    let mut run = Lifecycle::new(SETTINGS);
    play(&mut run, begin);
    play(&mut run, [(100, Event::Tick)]);
    assert!(!outcome(&run.step(Event::Tick, at(110))).collected);
}

#[test]
fn attempts_are_paused_between_and_counted() {
    let mut run = Lifecycle::new(SETTINGS);
    let fail = || Event::StartFailed(failed(true));
    run.step(Event::Begin, at(0));
    assert_eq!(run.step(fail(), at(1)), [Command::WakeAt(at(3))]);
    assert_eq!(run.phase(), Phase::Waiting);
    assert_eq!(run.step(Event::Tick, at(2)), []);
    assert_eq!(run.step(Event::Tick, at(3)), [Command::Start { attempt: 2 }, Command::WakeAt(at(100))]);
    assert_eq!(run.step(fail(), at(3)), [Command::WakeAt(at(6))]);
    play(&mut run, [(6, Event::Tick)]);
    let commands = run.step(fail(), at(7));
    assert_eq!((cause(outcome(&commands)), outcome(&commands).attempts), (Some(Cause::Unreachable), 3));
}

#[test]
fn a_success_makes_up_for_earlier_failures() {
    let mut run = Lifecycle::new(SETTINGS);
    let commands = play(
        &mut run,
        [
            (0, Event::Begin),
            (1, Event::Started),
            (2, Event::EngineEnded),
            (3, Event::CollectFailed(failed(true))),
            (5, Event::Tick),
            (5, Event::Started),
            (6, Event::EngineEnded),
            (7, complete()),
        ],
    );
    let expected = Outcome { completion: Completion::Complete, collected: true, attempts: 2 };
    assert_eq!(outcome(&commands), &expected);
}

#[test]
fn what_cannot_get_better_or_has_no_time_is_not_tried_again() {
    for (second, retryable) in [(1, false), (98, true)] {
        let mut run = Lifecycle::new(SETTINGS);
        run.step(Event::Begin, at(0));
        let commands = run.step(Event::StartFailed(failed(retryable)), at(second));
        assert_eq!((cause(outcome(&commands)), outcome(&commands).attempts), (Some(Cause::Unreachable), 1));
    }
}

#[test]
fn a_lost_scanner_is_collected_and_not_complete() {
    let lost = Event::LostScanner(Failure::from(&ScanError::engine("gone")));
    let mut run = Lifecycle::new(SETTINGS);
    play(&mut run, [(0, Event::Begin), (1, Event::Started)]);
    assert_eq!(run.step(lost.clone(), at(2)), [Command::Cancel, Command::WakeAt(at(12))]);
    assert_eq!(run.step(lost, at(3)), [Command::Collect, Command::WakeAt(at(13))]);
    let commands = run.step(complete(), at(4));
    assert_eq!((cause(outcome(&commands)), outcome(&commands).collected), (Some(Cause::EngineError), true));
}

#[test]
fn a_clock_that_is_set_back_changes_nothing() {
    let mut run = Lifecycle::new(SETTINGS);
    play(&mut run, [(50, Event::Begin), (51, Event::Started)]);
    assert_eq!(run.step(Event::Tick, at(0)), []);
    assert_eq!(run.step(Event::Tick, at(150)), [Command::Cancel, Command::WakeAt(at(160))]);
}

fn failures() -> impl Strategy<Value = Failure> {
    any::<bool>().prop_map(failed)
}

fn completions() -> impl Strategy<Value = Completion> {
    let incomplete = Completion::Incomplete { cause: Cause::AuthenticationFailed, detail: String::new() };
    prop_oneof![Just(Completion::Complete), Just(incomplete)]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Begin),
        4 => Just(Event::Started),
        2 => failures().prop_map(Event::StartFailed),
        1 => Just(Event::Progressed(Progress::default())),
        4 => Just(Event::EngineEnded),
        1 => failures().prop_map(Event::LostScanner),
        2 => completions().prop_map(|completion| Event::CollectSucceeded { completion }),
        2 => failures().prop_map(Event::CollectFailed),
        1 => Just(Event::CancelRequested),
        4 => Just(Event::Tick),
    ]
}

/// A driver that performs nothing, but holds every command against the laws.
struct Driver {
    run: Lifecycle,
    phase: Phase,
    now: Timestamp,
    begun: Option<Timestamp>,
    /// Whether a scan was started and not collected yet.
    uncollected: bool,
    attempts: u32,
    stopped: bool,
    lost: bool,
    wake: Option<Timestamp>,
    outcome: Option<Outcome>,
}

impl Driver {
    fn new() -> Self {
        Self {
            run: Lifecycle::new(SETTINGS),
            phase: Phase::Queued,
            now: Timestamp::MIN,
            begun: None,
            uncollected: false,
            attempts: 0,
            stopped: false,
            lost: false,
            wake: None,
            outcome: None,
        }
    }

    fn send(&mut self, event: Event, now: Timestamp) {
        let before = self.run.phase();
        let ended = self.outcome.is_some();
        self.now = self.now.max(now);
        if before == Phase::Queued && event == Event::Begin {
            self.begun = Some(self.now);
        }
        let late = self.begun.is_some_and(|begun| self.now >= begun + SETTINGS.deadline);
        self.stopped |= event == Event::CancelRequested || late;
        if before == Phase::Starting && event == Event::Started {
            self.uncollected = true;
        }
        if matches!(event, Event::LostScanner(_)) && matches!(before, Phase::Running | Phase::Cancelling) {
            self.lost = true;
        }
        let said = match &event {
            Event::CollectSucceeded { completion } if before == Phase::Collecting => Some(completion.clone()),
            _ => None,
        };
        let commands = self.run.step(event, now);
        assert!(!ended || commands.is_empty(), "{commands:?} after the end");
        for command in commands {
            self.obey(command, said.as_ref());
        }
        let after = self.run.phase();
        // Within an attempt, phases only move forwards.
        assert!(after >= self.phase || (self.phase == Phase::Waiting && after == Phase::Starting));
        self.phase = after;
    }

    fn obey(&mut self, command: Command, said: Option<&Completion>) {
        match command {
            Command::Start { attempt } => {
                self.attempts += 1;
                assert_eq!(attempt, self.attempts);
                assert!(attempt <= SETTINGS.max_attempts && !self.uncollected && !self.stopped);
                self.lost = false;
            }
            Command::Cancel => assert!(self.uncollected, "nothing to cancel"),
            Command::Collect => {
                assert!(self.uncollected, "nothing to collect, or collected twice");
                self.uncollected = false;
            }
            Command::WakeAt(wake) => self.wake = Some(wake),
            Command::Finish(outcome) => {
                assert!(!self.uncollected, "collecting was skipped");
                assert!(self.outcome.is_none(), "finished twice");
                assert_eq!((outcome.attempts, outcome.collected), (self.attempts, said.is_some()));
                let may_be_complete = said == Some(&Completion::Complete) && !self.stopped && !self.lost;
                assert_eq!(outcome.completion == Completion::Complete, may_be_complete);
                if let (Some(said @ Completion::Incomplete { .. }), false) = (said, self.stopped) {
                    assert_eq!(&outcome.completion, said);
                }
                self.outcome = Some(outcome);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_order_of_events_keeps_the_laws_and_ends(
        steps in prop::collection::vec((events(), -5_i64..40), 0..40),
    ) {
        let mut driver = Driver::new();
        let mut second = 0;
        for (event, pause) in steps {
            second += pause;
            driver.send(event, at(second));
        }
        // From here on, nobody answers: it wakes itself until it ends.
        driver.send(Event::Begin, driver.now);
        let silence = driver.now;
        while driver.outcome.is_none() {
            let wake = driver.wake.unwrap();
            prop_assert!(wake > driver.now, "asleep for ever: {:?}", driver.run);
            driver.send(Event::Tick, wake);
        }
        if let (true, Some(begun)) = (driver.now > silence, driver.begun) {
            prop_assert!(driver.now <= silence.max(begun + SETTINGS.deadline) + 2 * SETTINGS.grace);
        }
    }

    #[test]
    fn an_obedient_scanner_that_is_left_alone_is_believed(
        failures in 0_u32..3, completion in completions(), length in 1_i64..20,
    ) {
        let mut driver = Driver::new();
        let mut second = 0;
        driver.send(Event::Begin, at(second));
        for _ in 0..failures {
            driver.send(Event::StartFailed(failed(true)), at(second));
            second = driver.wake.unwrap().as_second();
            driver.send(Event::Tick, at(second));
        }
        driver.send(Event::Started, at(second));
        driver.send(Event::EngineEnded, at(second + length));
        driver.send(Event::CollectSucceeded { completion: completion.clone() }, at(second + length));
        let expected = Outcome { completion, collected: true, attempts: failures + 1 };
        prop_assert_eq!(driver.outcome, Some(expected));
    }
}
