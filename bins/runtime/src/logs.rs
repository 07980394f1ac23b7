//! What a program tells of its work, on standard error.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// What is logged, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Logs")]
pub struct LogArgs {
    /// What is logged: error, warn, info, debug or trace, also for parts, such as `info,dast_kubernetes=debug`
    #[arg(long, value_name = "FILTER", default_value = "info,dast_kubernetes=debug", env = "DAST_LOG")]
    pub log: String,
    /// How it is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// An object of JSON a line, for programs
    Json,
    /// Text, for people
    Text,
}

/// Begins to log. Only the first call of a process has an effect.
///
/// # Errors
/// When the filter cannot be read.
pub fn begin(args: &LogArgs) -> Result<()> {
    let filter = EnvFilter::try_new(&args.log).with_context(|| {
        format!(
            "`--log {}` is not accepted: expected a filter such as `info,dast_kubernetes=debug`",
            args.log
        )
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match args.log_format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => builder.try_init(),
    };
    Ok(())
}
