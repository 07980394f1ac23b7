//! How long a scan may take, and how often it may be tried.

use std::time::Duration;

/// How long a scan may take, and how often it may be tried.
///
/// ```
/// use std::time::Duration;
///
/// let settings = dast_core::LifecycleSettings { deadline: Duration::from_secs(60), ..Default::default() };
/// assert_eq!(settings.delay_after(1), Duration::from_secs(2));
/// assert_eq!(settings.delay_after(2), Duration::from_secs(4));
/// assert_eq!(settings.delay_after(100), settings.max_backoff);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifecycleSettings {
    /// For the whole run, all attempts and the pauses between them together. When it has passed, what was found is
    /// still collected.
    pub deadline: Duration,
    /// How long a stopped scan may take to end, and as long again to be collected.
    pub grace: Duration,
    /// How often it is tried at most; 0 counts as 1.
    pub max_attempts: u32,
    /// The pause before the second attempt. Each further one is twice as long.
    pub backoff: Duration,
    /// The longest pause between attempts.
    pub max_backoff: Duration,
}

impl LifecycleSettings {
    /// The pause after the `attempt`th attempt, counted from 1.
    pub fn delay_after(&self, attempt: u32) -> Duration {
        Backoff { first: self.backoff, most: self.max_backoff }.after(attempt)
    }
}

/// Pauses between attempts, each twice as long as the one before.
///
/// ```
/// use std::time::Duration;
/// use dast_core::scan::Backoff;
///
/// let backoff = Backoff { first: Duration::from_secs(10), most: Duration::from_secs(60) };
/// assert_eq!([1, 2, 3, 4].map(|attempt| backoff.after(attempt).as_secs()), [10, 20, 40, 60]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause before the second attempt.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
}

impl Backoff {
    /// The pause after the `attempt`th attempt, counted from 1.
    pub fn after(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.most)
    }
}

/// Half an hour for the run, because an active scan of a mid-sized application takes minutes; 30 seconds of grace, the
/// time that Kubernetes gives a pod to end; 3 attempts, 2 seconds apart and then 4, because a Service often begins to
/// answer some seconds after its pods are ready.
impl Default for LifecycleSettings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30 * 60),
            grace: Duration::from_secs(30),
            max_attempts: 3,
            backoff: Duration::from_secs(2),
            max_backoff: Duration::from_secs(60),
        }
    }
}
