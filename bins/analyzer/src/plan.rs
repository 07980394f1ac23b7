//! How targets are scanned: everything that was typed, read and checked.

mod builtin;
mod zap;

pub(crate) use zap::client;

use std::time::Duration;

use anyhow::Result;
use dast_core::{LifecycleSettings, Scanner};

use crate::cli::{EngineArgs, EngineChoice, HttpArgs, LimitArgs};

/// How targets are scanned: everything that was typed, read and checked.
pub(crate) struct Plan {
    pub(crate) scanner: Box<dyn Scanner>,
    pub(crate) lifecycle: LifecycleSettings,
}

impl Plan {
    pub(crate) fn resolve(engine: &EngineArgs, limits: &LimitArgs, http: &HttpArgs) -> Result<Self> {
        match engine.engine {
            EngineChoice::Builtin => builtin::plan(engine, limits, http),
            EngineChoice::Zap => zap::plan(engine, limits, http),
        }
    }

    /// What suits a small application on this machine.
    pub(crate) fn demonstration() -> Result<Self> {
        let lifecycle = LifecycleSettings { max_attempts: 1, ..LifecycleSettings::default() };
        Ok(Self { scanner: builtin::demonstration()?, lifecycle })
    }

    fn new(scanner: impl Scanner + 'static, time: Duration, attempts: u32) -> Self {
        let lifecycle = LifecycleSettings {
            // The engine ends by itself at its time limit; the lifecycle only makes sure.
            deadline: time + Duration::from_secs(30),
            grace: Duration::from_secs(5),
            max_attempts: attempts,
            ..LifecycleSettings::default()
        };
        Self { scanner: Box::new(scanner), lifecycle }
    }
}
