//! Why a service gave no answer: a page for the citizen, a line for the developer.

use http::StatusCode;
use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap};

use crate::limits::{
    HEADER_BYTES_MAX, HEADERS_MAX, REQUEST_BODY_BYTES_MAX, RESPONSE_BODY_BYTES_MAX, STREAM_BODY_BYTES_MAX,
};
use crate::log::{Level, RequestLog};

/// Why a service gave no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request's body is too large.
    BodyTooLarge,
    /// The request's body broke off.
    BodyBroken,
    /// The request's body takes too long.
    BodySlow,
    Time,
    Trap {
        error: wasmtime::Error,
        /// Whether memory or table elements were refused before.
        out_of_memory: bool,
    },
    /// The guest ended without a response.
    NoResponse,
    /// The guest answered with an error code of `wasi:http`.
    ErrorCode(String),
    Response(BadResponse),
    /// The response is a redirect to where the service may not lead.
    Elsewhere {
        host: String,
    },
    Host,
    /// The service subscribes to events and has no handler of them.
    NoEventHandler,
}

/// Which rule a response breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadResponse {
    #[error("the status is not between 200 and 599")]
    Status,
    #[error("a header's name or value is not allowed in HTTP")]
    Header,
    #[error("more than {HEADERS_MAX} headers, or more than {HEADER_BYTES_MAX} bytes of them")]
    Headers,
    #[error("the body has more than {RESPONSE_BODY_BYTES_MAX} bytes")]
    Body,
    #[error("the streamed body has more than {STREAM_BODY_BYTES_MAX} bytes")]
    StreamBody,
    #[error("the body ended after {sent} of the {declared} bytes that `content-length` declares")]
    Short { declared: u64, sent: u64 },
    #[error("the body was begun and not finished")]
    Unfinished,
    #[error("`content-type` is not one media type such as `text/html`")]
    MediaType,
    #[error("a page has another `charset` than UTF-8")]
    Charset,
    #[error("a page has a `content-encoding`, although the request accepts none")]
    Encoding,
    #[error("`multipart/*`, `message/*` and bundles of answers are not passed on")]
    Parts,
    #[error("there is more than one `location`")]
    Locations,
}

/// A status that a service may answer with.
///
/// # Errors
/// [`BadResponse::Status`].
pub(super) fn status(status: u16) -> Result<StatusCode, BadResponse> {
    StatusCode::from_u16(status)
        .ok()
        .filter(|_| (200..600).contains(&status))
        .ok_or(BadResponse::Status)
}

impl Failure {
    /// What the citizen's browser gets.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyBroken => StatusCode::BAD_REQUEST,
            Self::BodySlow => StatusCode::REQUEST_TIMEOUT,
            Self::Time => StatusCode::GATEWAY_TIMEOUT,
            Self::Trap { .. }
            | Self::NoResponse
            | Self::ErrorCode(_)
            | Self::Response(_)
            | Self::Elsewhere { .. } => StatusCode::BAD_GATEWAY,
            Self::Host | Self::NoEventHandler => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code in the developer's log.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::BodyTooLarge => "request-too-large",
            Self::BodyBroken => "request-broken",
            Self::BodySlow => "request-slow",
            Self::Time => "deadline",
            Self::Trap { error, out_of_memory } => trap_code(error, *out_of_memory),
            Self::NoResponse => "no-response",
            Self::ErrorCode(_) => "error-code",
            Self::Response(_) => "bad-response",
            Self::Elsewhere { .. } => "redirect-elsewhere",
            Self::Host => "host-fault",
            Self::NoEventHandler => "no-event-handler",
        }
    }

    /// One line for the developer.
    pub(crate) fn log(&self, log: &RequestLog) {
        let message = match self {
            Self::BodyTooLarge => format!("the request's body has more than {REQUEST_BODY_BYTES_MAX} bytes"),
            Self::BodyBroken => "the request's body broke off".to_owned(),
            Self::BodySlow => "the request's body did not arrive in time".to_owned(),
            Self::Time => "no whole answer within the time limit".to_owned(),
            Self::Trap { error, .. } => format!("{error:#}"),
            Self::NoResponse => "the component returned without setting a response".to_owned(),
            Self::ErrorCode(code) => format!("the component answered with {code}"),
            Self::Response(rule) => rule.to_string(),
            Self::Elsewhere { host } => format!(
                "the response is a redirect to `{host}`; a service leads citizens to its own origin, to the platform \
                 and to the hosts that its approval names"
            ),
            Self::NoEventHandler => "the component does not export `aim:gov/event-handler`".to_owned(),
            Self::Host => "the platform failed while it answered; its operator's log says why".to_owned(),
        };
        log.host(Level::Error, self.code(), &message);
    }
}

/// What ended the guest. `out_of_memory` says whether its last wish for memory or table elements was
/// refused: most languages then give up, which is a trap like any other.
fn trap_code(error: &wasmtime::Error, out_of_memory: bool) -> &'static str {
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::StackOverflow => "stack-overflow",
            Trap::UnreachableCodeReached | Trap::MemoryOutOfBounds if out_of_memory => "memory-limit",
            _ => "trap",
        };
    }
    if error.is::<wasmtime_wasi::I32Exit>() {
        return "exit";
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return "host-fault";
    }
    match error.downcast_ref::<ResourceTableError>() {
        Some(ResourceTableError::Full) => "handle-limit",
        Some(_) => "bad-handle",
        None if out_of_memory => "memory-limit",
        None => "host-call-limit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_code() {
        let codes = |error: fn() -> wasmtime::Error| {
            [false, true].map(|out_of_memory| trap_code(&error(), out_of_memory))
        };
        assert_eq!(
            codes(|| Trap::UnreachableCodeReached.into()),
            ["trap", "memory-limit"]
        );
        assert_eq!(codes(|| Trap::StackOverflow.into()), ["stack-overflow"; 2]);
        assert_eq!(codes(|| Trap::IntegerDivisionByZero.into()), ["trap"; 2]);
        assert_eq!(codes(|| ResourceTableError::Full.into()), ["handle-limit"; 2]);
        assert_eq!(codes(|| ResourceTableError::NotPresent.into()), ["bad-handle"; 2]);
        assert_eq!(
            codes(|| wasmtime::Error::msg("memory minimum size exceeds the limit")),
            ["host-call-limit", "memory-limit"]
        );
    }
}
