//! How fast requests may be begun.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Keeps requests apart.
pub(super) struct Pace {
    apart: Duration,
    next: Instant,
}

impl Pace {
    /// So many requests per second; none is as fast as possible.
    pub(super) fn new(requests_per_second: Option<u32>) -> Self {
        let apart = requests_per_second.and_then(|count| Duration::from_secs(1).checked_div(count));
        Self { apart: apart.unwrap_or_default(), next: Instant::now() }
    }

    /// Waits until the next request may begin. Cancel-safe.
    pub(super) async fn ready(&mut self) {
        if !self.apart.is_zero() {
            sleep_until(self.next).await;
            self.next = Instant::now() + self.apart;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_are_kept_apart() {
        let began = Instant::now();
        let mut pace = Pace::new(Some(4));
        for _ in 0..5 {
            pace.ready().await;
        }
        // The clock is a pretended one, which moves only when everybody waits. It counts whole milliseconds.
        let passed = began.elapsed();
        assert!((1000..1010).contains(&passed.as_millis()), "{passed:?}");
        let mut pace = Pace::new(None);
        pace.ready().await;
        assert_eq!(began.elapsed(), passed);
    }
}
