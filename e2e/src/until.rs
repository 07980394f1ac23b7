//! Waiting for what a cluster does in its own time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long anything but a scan may take. A machine that is busy with other things is slow.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
const PAUSE: Duration = Duration::from_millis(500);

/// Looks until there is something to see, and returns it. What keeps it from being seen is an error like any other, since
/// an API server may be away for a moment, too.
///
/// # Errors
/// The last one, when it takes longer than anything may.
pub fn until<T>(what: &str, look: impl FnMut() -> Result<T>) -> Result<T> {
    until_within(PATIENCE, what, look)
}

/// The same for what may take longer, or must not take as long.
///
/// # Errors
/// The last one, when it takes longer than that.
pub fn until_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        match look() {
            Ok(seen) => return Ok(seen),
            Err(error) if Instant::now() > deadline => {
                return Err(error)
                    .with_context(|| format!("waited {} s in vain for {what}", patience.as_secs()));
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}
