//! How targets are scanned: everything that was typed, read and checked.

mod builtin;
mod headers;
mod ordered;
mod zap;

pub(crate) use ordered::zap_of;
pub(crate) use zap::client;

use std::time::Duration;

use anyhow::Result;
use dast_core::{LifecycleSettings, Scanner};
use dast_engines::zap::ZapProfile;
use dast_kubernetes::order::Order;

use crate::cli::{EngineChoice, ScanWith, ScannerArgs};

/// How targets are scanned: everything that was typed, read and checked.
pub(crate) struct Plan {
    pub(crate) scanner: Box<dyn Scanner>,
    pub(crate) lifecycle: LifecycleSettings,
}

impl Plan {
    pub(crate) fn resolve(with: &ScanWith) -> Result<Self> {
        match with.engine.engine {
            EngineChoice::Builtin => builtin::plan(with),
            EngineChoice::Zap => zap::plan(with),
        }
    }

    /// What the analyzer of the original operator did: by ZAP, with no settings but these.
    pub(crate) fn original(args: &ScannerArgs, profile: ZapProfile) -> Result<Self> {
        zap::original(args, profile)
    }

    /// What an order asks for, in so much time.
    pub(crate) fn ordered(order: &Order, time: Duration) -> Result<Self> {
        ordered::plan(order, time)
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
            // Twice, for the end and for what was found: ZAP is told to stop, lists what it has, and is tidied up.
            grace: Duration::from_secs(10),
            max_attempts: attempts,
            ..LifecycleSettings::default()
        };
        Self { scanner: Box::new(scanner), lifecycle }
    }
}
