//! The platform's log: one line an event on standard error, for people or for machines.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Which events are written; overrides [`FILTER_DEFAULT`], in the syntax of `tracing`.
const FILTER_VARIABLE: &str = "AIM_LOG";
/// Our own events, and what others warn of.
const FILTER_DEFAULT: &str = "warn,aim_gov=info,aim_runtime=info,aim_registry=info,aim_server=info,aim=info";

/// How the log is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere
    Auto,
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// Starts the log.
///
/// # Errors
/// When `AIM_LOG` is no filter.
pub fn start(format: LogFormat) -> Result<(), Failure> {
    let filter = match std::env::var(FILTER_VARIABLE) {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text)
            .map_err(Failure::unexpected(format!(
                "`{FILTER_VARIABLE}={text}` is not a log filter"
            )))
            .map_err(|failure| failure.advise("write it like `info` or `warn,aim_runtime=debug`"))?,
        _ => EnvFilter::new(FILTER_DEFAULT),
    };
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stderr().is_terminal(),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    if human {
        log.with_ansi(io::stderr().is_terminal()).init();
    } else {
        log.json().flatten_event(true).init();
    }
    Ok(())
}
