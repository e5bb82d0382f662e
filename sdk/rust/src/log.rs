//! Lines for the developer, beside the platform's own. Feature and capability: `logging`.
//!
//! The platform adds the request id, cuts long lines and drops those beyond the limits of one request.
//! Never log a citizen's data.

use crate::bindings::wasi::logging::logging as host;

pub use host::Level;

/// Writes one line. `context` names the part of the service that speaks; it may be empty.
pub fn log(level: Level, context: &str, message: &str) {
    host::log(level, context, message);
}

/// What happened.
pub fn info(message: &str) {
    log(Level::Info, "", message);
}

/// What may become a fault.
pub fn warn(message: &str) {
    log(Level::Warn, "", message);
}

/// What failed.
pub fn error(message: &str) {
    log(Level::Error, "", message);
}
