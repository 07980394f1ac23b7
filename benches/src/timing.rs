//! Contestants in turn, again and again, so that whatever else the machine does falls on all of them alike.

use std::fmt;
use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::time::{ClockId, clock_gettime};

/// One turn: prepares what it needs, and says how long the part that counts took.
pub(crate) type Turn<'a> = &'a mut dyn FnMut() -> Result<Duration>;

/// How long `work` takes once, from `times` in a row: for what is too short for the clock.
pub(crate) fn time<T>(times: u32, mut work: impl FnMut() -> T) -> Duration {
    let start = Stopwatch::start();
    for _ in 0..times {
        black_box(work());
    }
    start.elapsed() / times.max(1)
}

/// Measures the time that this thread had a processor. On a busy machine a clock on the wall would favour the short: a
/// long turn is interrupted more often.
pub(crate) struct Stopwatch(Duration);

impl Stopwatch {
    /// Begins now.
    pub(crate) fn start() -> Self {
        Self(Self::now())
    }

    /// The time since it began.
    pub(crate) fn elapsed(&self) -> Duration {
        Self::now().saturating_sub(self.0)
    }

    fn now() -> Duration {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
    }
}

/// Gives each contestant a turn, `rounds` times over, after one round that does not count.
pub(crate) fn interleave<const N: usize>(
    rounds: usize,
    mut contestants: [Turn<'_>; N],
) -> Result<[Samples; N]> {
    let mut samples = [const { Samples(Vec::new()) }; N];
    for round in 0..=rounds {
        for (turn, samples) in contestants.iter_mut().zip(&mut samples) {
            let duration = turn()?;
            if round > 0 {
                samples.0.push(duration);
            }
        }
    }
    Ok(samples)
}

/// The durations of one contestant, in the order of the rounds.
#[derive(Debug, Clone)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Durations of something that was measured in the same rounds as the contestants.
    pub(crate) fn new(durations: Vec<Duration>) -> Self {
        Self(durations)
    }

    /// The duration that half of the rounds were faster than.
    pub(crate) fn median(&self) -> Result<Duration> {
        median(self.0.clone())
    }

    /// How many times as long as `other`: the median over rounds, since each round is a pair of neighbours in time.
    pub(crate) fn ratio_to(&self, other: &Self) -> Result<f64> {
        let ratio = |(ours, theirs): (&Duration, &Duration)| ours.as_secs_f64() / theirs.as_secs_f64();
        let mut ratios: Vec<f64> = self.0.iter().zip(&other.0).map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().context("no round was measured")
    }
}

/// The median, then the fastest and the slowest round.
impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Ok(median), Some(least), Some(most)) = (self.median(), self.0.iter().min(), self.0.iter().max())
        else {
            return f.write_str("not measured");
        };
        write!(f, "{median:.2?} ({least:.2?}–{most:.2?})")
    }
}

/// The slope of the line through `points` with the least squares.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let together: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let alone: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    together / alone
}

fn median(mut durations: Vec<Duration>) -> Result<Duration> {
    durations.sort();
    durations.get(durations.len() / 2).copied().context("no round was measured")
}
