//! Every limit of the runtime, by name. Numbers that were measured say how.

/// Government calls in one request. A page needs a handful; a loop is stopped long before it hurts.
pub const GOV_CALLS_PER_REQUEST_MAX: u32 = 256;
/// Handles and other host resources of one request (Wasmtime's default is 1,000,000).
pub const HOST_RESOURCES_MAX: usize = 256;
/// Log lines of one request; the one after them says how many were dropped.
pub const LOG_LINES_PER_REQUEST_MAX: u32 = 100;
/// Bytes of one log line's message; the rest is cut.
pub const LOG_LINE_BYTES_MAX: usize = 2_048;
/// Bytes of a log line's context; the rest is cut.
pub const LOG_CONTEXT_BYTES_MAX: usize = 64;
/// Lines kept for the developer of one service; the oldest go first.
pub const LOG_LINES_KEPT_MAX: usize = 1_000;
