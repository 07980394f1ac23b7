//! The life of a run as a state machine: events in, commands out, no clock and no I/O.

use std::time::Duration;

use dast_policy::Completion;
use jiff::Timestamp;

use crate::scan::time::after;
use crate::scan::{Failure, LifecycleSettings, Outcome, Stop, conclude};
use crate::scanner::Progress;

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It has not begun.
    Queued,
    /// A scan is being started.
    Starting,
    /// The scan is under way.
    Running,
    /// The scan was told to end.
    Cancelling,
    /// What the scan found is being fetched.
    Collecting,
    /// An attempt failed; the next one starts after a pause.
    Waiting,
    /// It is over.
    Ended,
}

impl Phase {
    /// The word, such as `Running`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::Cancelling => "Cancelling",
            Self::Collecting => "Collecting",
            Self::Waiting => "Waiting",
            Self::Ended => "Ended",
        }
    }
}

/// Something that happened to a run. One that does not fit the phase, because it is late or sent twice, is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It is this run's turn. The deadline counts from here.
    Begin,
    /// The scan was started.
    Started,
    /// The scan could not be started.
    StartFailed(Failure),
    /// The scan came further.
    Progressed(Progress),
    /// The scan has ended, by itself or because it was told to.
    EngineEnded,
    /// The scanner can no longer tell how the scan is doing. What it found is still to be collected.
    LostScanner(Failure),
    /// What the scan found was fetched.
    CollectSucceeded {
        /// Whether the engine came to its own end, in its own words.
        completion: Completion,
    },
    /// What the scan found could not be fetched.
    CollectFailed(Failure),
    /// Somebody wants the run to end. May be sent any number of times.
    CancelRequested,
    /// Time has passed.
    Tick,
}

/// Something that is to be done for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a scan; answer with [`Event::Started`] or [`Event::StartFailed`].
    Start {
        /// The number of this attempt, counted from 1.
        attempt: u32,
    },
    /// Tell the scan to end; answer with [`Event::EngineEnded`] when it has.
    Cancel,
    /// Fetch what the scan found; answer with [`Event::CollectSucceeded`] or [`Event::CollectFailed`].
    Collect,
    /// Send [`Event::Tick`] at this time. It replaces the time given before.
    WakeAt(Timestamp),
    /// The run is over. Whatever is still going on for it may be dropped.
    Finish(Outcome),
}

/// The life of a run: [`step`](Self::step) takes what happened and gives what is to be done.
///
/// - What was started is collected, whether the scan ended, failed, was cancelled, or ran out of time.
/// - It always ends: by [`LifecycleSettings::deadline`] and twice [`LifecycleSettings::grace`] after [`Event::Begin`].
/// - Another attempt is made only when nothing could be collected, so no finding is ever given up for a new attempt.
/// - It never ends `Complete` if it was cancelled, ran out of time, or was not collected: [`conclude`].
///
/// ```
/// use dast_core::scan::{Command, Event, Lifecycle, LifecycleSettings};
/// use dast_policy::Completion;
/// use jiff::Timestamp;
///
/// let now = Timestamp::UNIX_EPOCH;
/// let mut run = Lifecycle::new(LifecycleSettings::default());
/// assert_eq!(run.step(Event::Begin, now).first(), Some(&Command::Start { attempt: 1 }));
/// run.step(Event::Started, now);
/// assert_eq!(run.step(Event::EngineEnded, now), [Command::Collect]);
/// let done = run.step(Event::CollectSucceeded { completion: Completion::Complete }, now);
/// assert!(matches!(done.as_slice(), [Command::Finish(outcome)] if outcome.completion == Completion::Complete));
/// ```
#[derive(Debug, Clone)]
pub struct Lifecycle {
    settings: LifecycleSettings,
    phase: Phase,
    attempt: u32,
    progress: Progress,
    /// The latest time it was told; time never runs backwards here.
    now: Timestamp,
    deadline: Timestamp,
    /// When the phase it is in is over at the latest. The deadline counts besides.
    limit: Timestamp,
    wake: Timestamp,
    stop: Option<Stop>,
    /// What went wrong in this attempt.
    failure: Option<Failure>,
}

impl Lifecycle {
    /// A run that waits for [`Event::Begin`].
    pub fn new(settings: LifecycleSettings) -> Self {
        Self {
            settings,
            phase: Phase::Queued,
            attempt: 0,
            progress: Progress::default(),
            now: Timestamp::MIN,
            deadline: Timestamp::MAX,
            limit: Timestamp::MAX,
            wake: Timestamp::MAX,
            stop: None,
            failure: None,
        }
    }

    /// Where it is in its life.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The number of the attempt, counted from 1; 0 before the first one.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How far the scan of this attempt has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Takes what happened at `now`, and says what is to be done, in this order. There is nothing to do after the end.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.phase == Phase::Ended {
            return commands;
        }
        self.now = self.now.max(now);
        if self.now >= self.deadline {
            self.stop.get_or_insert(Stop::Deadline);
        }
        if event == Event::CancelRequested {
            self.stop.get_or_insert(Stop::Cancelled);
        }
        // The event first: what was collected in the last moment counts.
        commands.extend(self.happen(event));
        commands.extend(self.pass_time());
        let wake = self.deadline_ahead().min(self.limit);
        if self.phase != Phase::Ended && self.wake != wake {
            self.wake = wake;
            commands.push(Command::WakeAt(wake));
        }
        commands
    }

    fn happen(&mut self, event: Event) -> Option<Command> {
        match (self.phase, event) {
            (Phase::Queued, Event::Begin) => {
                self.deadline = self.after(self.settings.deadline);
                Some(self.start())
            }
            (Phase::Starting, Event::Started) => {
                self.phase = Phase::Running;
                None
            }
            (Phase::Running, Event::Progressed(progress)) => {
                self.progress = progress;
                None
            }
            (Phase::Running | Phase::Cancelling, Event::EngineEnded) => Some(self.collect()),
            (Phase::Running, Event::LostScanner(failure)) => {
                self.failure = Some(failure);
                Some(self.cancel())
            }
            (Phase::Cancelling, Event::LostScanner(failure)) => {
                self.failure = Some(failure);
                Some(self.collect())
            }
            (Phase::Collecting, Event::CollectSucceeded { completion }) => {
                Some(self.finish(Some(completion)))
            }
            (Phase::Starting, Event::StartFailed(failure))
            | (Phase::Collecting, Event::CollectFailed(failure)) => {
                self.failure = Some(failure);
                self.retry_or_finish()
            }
            _ => None,
        }
    }

    /// What follows from the time and from having been stopped.
    fn pass_time(&mut self) -> Option<Command> {
        let stopped = self.stop.is_some();
        let over = self.now >= self.limit;
        match self.phase {
            Phase::Queued | Phase::Starting | Phase::Waiting if stopped => Some(self.finish(None)),
            Phase::Waiting if over => Some(self.start()),
            Phase::Running if stopped => Some(self.cancel()),
            Phase::Cancelling if over => Some(self.collect()),
            Phase::Collecting if over => self.retry_or_finish(),
            Phase::Collecting if stopped && self.limit == Timestamp::MAX => {
                self.limit = self.after(self.settings.grace);
                None
            }
            _ => None,
        }
    }

    fn start(&mut self) -> Command {
        self.phase = Phase::Starting;
        self.limit = Timestamp::MAX;
        self.attempt = self.attempt.saturating_add(1);
        self.progress = Progress::default();
        self.failure = None;
        Command::Start { attempt: self.attempt }
    }

    fn cancel(&mut self) -> Command {
        self.phase = Phase::Cancelling;
        self.limit = self.after(self.settings.grace);
        Command::Cancel
    }

    fn collect(&mut self) -> Command {
        // A scan that came to its own end has until the deadline.
        let hurry = self.phase == Phase::Cancelling || self.stop.is_some();
        self.limit = if hurry { self.after(self.settings.grace) } else { Timestamp::MAX };
        self.phase = Phase::Collecting;
        Command::Collect
    }

    fn retry_or_finish(&mut self) -> Option<Command> {
        let next = self.after(self.settings.delay_after(self.attempt));
        let retryable = self.failure.as_ref().is_some_and(|failure| failure.retryable);
        let again = retryable && self.stop.is_none() && self.attempt < self.settings.max_attempts;
        if again && next < self.deadline {
            self.phase = Phase::Waiting;
            self.limit = next;
            return None;
        }
        Some(self.finish(None))
    }

    fn finish(&mut self, collected: Option<Completion>) -> Command {
        self.phase = Phase::Ended;
        Command::Finish(Outcome {
            collected: collected.is_some(),
            completion: conclude(self.stop, collected, self.failure.as_ref()),
            attempts: self.attempt,
        })
    }

    fn deadline_ahead(&self) -> Timestamp {
        if self.stop.is_none() { self.deadline } else { Timestamp::MAX }
    }

    fn after(&self, duration: Duration) -> Timestamp {
        after(self.now, duration)
    }
}
