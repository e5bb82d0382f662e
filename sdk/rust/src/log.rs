//! Log lines for the developer, beside the platform's own. Feature and capability: `logging`.
//!
//! The platform adds the request id, truncates long lines and drops those beyond the limits of one request.
//! Never log a citizen's data.

use crate::bindings::wasi::logging::logging as host;

pub use host::Level;

/// Writes one line. `context` names the part of the service that logs it; it may be empty.
pub fn log(level: Level, context: &str, message: &str) {
    host::log(level, context, message);
}

/// Writes a line about an event.
pub fn info(message: &str) {
    log(Level::Info, "", message);
}

/// Writes a line about something that may become a fault.
pub fn warn(message: &str) {
    log(Level::Warn, "", message);
}

/// Writes a line about a failure.
pub fn error(message: &str) {
    log(Level::Error, "", message);
}
