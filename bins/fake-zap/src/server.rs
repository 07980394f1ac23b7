//! The fake, and what it says of itself.

use std::time::Duration;

use anyhow::Result;
use dast_zap_client::testing::{FakeCall, FakeZap};
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::arguments::Arguments;

/// Between two looks at what was asked.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers until it is told to end. The pages are those that it can reach, with spaces in between.
///
/// # Errors
/// If it cannot listen where it is told to.
pub(crate) async fn serve(arguments: &Arguments, pages: &str) -> Result<()> {
    // Containers are ended by a termination signal.
    let mut terminated = signal(SignalKind::terminate())?;
    let mut builder = FakeZap::builder().reports_permission_errors().reports_error_details();
    if let Some(key) = arguments.key() {
        builder = builder.api_key(key);
    }
    for rule in arguments.replacements() {
        builder = builder.replacement(rule);
    }
    for page in pages.split_whitespace() {
        builder = builder.site(page);
    }
    let fake = builder.start_at(arguments.address()).await?;
    eprintln!("a fake ZAP listens at {}", fake.url());
    tokio::select! {
        interrupted = ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
        () = tell(&fake) => {}
    }
    Ok(())
}

/// Says what it is asked, for as long as it is asked.
async fn tell(fake: &FakeZap) {
    let mut told = 0;
    loop {
        let calls = fake.calls();
        calls.iter().skip(told).for_each(|call| eprintln!("{}", line(call)));
        told = calls.len();
        sleep(PAUSE).await;
    }
}

/// A call, without the key, and without texts that are none of a log.
fn line(call: &FakeCall) -> String {
    let parameters = call.parameters().iter().filter(|(name, _)| name != "apikey" && name != "fileContents");
    let parameters = parameters.map(|(name, value)| format!(" {name}={value}"));
    parameters.fold(call.endpoint(), |line, parameter| line + &parameter)
}
