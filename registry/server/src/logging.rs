//! The platform's log: one line an event on standard error, for people or for machines.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::traces::Traces;

/// The platform's own events, and warnings of its dependencies.
pub const FILTER_DEFAULT: &str =
    "warn,aim_gov=info,aim_runtime=info,aim_registry=info,aim_server=info,aim=info";

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere
    Auto,
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// The filter for events in the syntax of `tracing`; [`FILTER_DEFAULT`] if there is none.
///
/// # Errors
/// When it is not a filter.
pub fn filter(filter: Option<&str>) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(filter.unwrap_or(FILTER_DEFAULT))
}

/// Starts the log of this process, and the traces beside it.
pub fn start(format: LogFormat, filter: EnvFilter, traces: Option<&Traces>) {
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stderr().is_terminal(),
    };
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let log = if human {
        let ansi = io::stderr().is_terminal();
        log.with_ansi(ansi).with_filter(filter).boxed()
    } else {
        log.json().flatten_event(true).with_filter(filter).boxed()
    };
    tracing_subscriber::registry()
        .with(traces.map(Traces::layer))
        .with(log)
        .init();
}
