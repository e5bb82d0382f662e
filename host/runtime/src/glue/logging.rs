//! `wasi:logging/logging`: the plug-in's lines, within the limits of one request.

use super::RequestState;
use crate::bindings::wasi::logging::logging::{Host, Level as WitLevel};
use crate::log::{Level, Source};

impl Host for RequestState {
    fn log(&mut self, level: WitLevel, context: String, message: String) -> wasmtime::Result<()> {
        self.log.plugin(Source::Plugin, level.into(), &context, &message);
        Ok(())
    }
}

impl From<WitLevel> for Level {
    fn from(level: WitLevel) -> Self {
        match level {
            WitLevel::Trace => Self::Trace,
            WitLevel::Debug => Self::Debug,
            WitLevel::Info => Self::Info,
            WitLevel::Warn => Self::Warn,
            WitLevel::Error => Self::Error,
            WitLevel::Critical => Self::Critical,
        }
    }
}
