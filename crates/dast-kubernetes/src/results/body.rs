//! What comes in, bounded in size and in time.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::refusal::Refusal;

/// The whole body.
pub(super) async fn read(body: &mut Body, most: usize, time: Duration) -> Result<Vec<u8>, Refusal> {
    let too_large = || Refusal::TooLarge { most };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > most {
        return Err(too_large());
    }
    let reading = async {
        let mut whole = Vec::with_capacity(announced);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(Refusal::BrokenOff)?.into_data() else { continue };
            if whole.len() + data.len() > most {
                return Err(too_large());
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole)
    };
    timeout(time, reading).await.unwrap_or(Err(Refusal::TooSlow))
}

/// Lets a body pass by, up to a bound: who still sends does not read why it was refused.
pub(super) async fn skip(body: &mut Body, most: usize, time: Duration) {
    let skipping = async {
        let mut left = most;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, |data| data.len());
            let Some(rest) = left.checked_sub(length) else { break };
            left = rest;
        }
    };
    // What is left then breaks off.
    let _ = timeout(time, skipping).await;
}
