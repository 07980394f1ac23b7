//! Waiting for what a cluster does in its own time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long anything may take. A machine that is busy with other things is slow.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
const PAUSE: Duration = Duration::from_millis(500);

/// Looks until there is something to see, and returns it. What keeps it from being seen is an error like any other, since
/// an API server may be away for a moment, too.
///
/// # Errors
/// The last one, when it takes longer than anything may.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(seen) => return Ok(seen),
            Err(error) if Instant::now() > deadline => {
                return Err(error)
                    .with_context(|| format!("waited {} s in vain for {what}", PATIENCE.as_secs()));
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}
