//! The names of metrics, which dashboards use. Labels are never chosen by a citizen or a guest, since each
//! value is a series in memory.

/// Requests that were answered.
pub(crate) const REQUESTS: &str = "aim_http_requests_total";
/// Seconds from a request's head to that of its answer.
pub(crate) const REQUEST_SECONDS: &str = "aim_http_request_seconds";
/// Connections that are open.
pub(crate) const CONNECTIONS: &str = "aim_connections";
/// Connections that were refused at the limit.
pub(crate) const REFUSED: &str = "aim_connections_refused_total";
