//! Asks the exchange, and says what its answer means for a service.

use std::sync::Arc;
use std::time::Duration;

use super::ANSWER_BYTES_MAX;
use super::backend::Backend;
use super::error_type::ErrorType;
use super::message::{Request, Response, request_hash};
use crate::error::{GovError, Problem};
use crate::remote::{self, Fault};

/// Characters of an id or an error of the exchange.
const HEADER_CHARS_MAX: usize = 255;

/// Characters of an agency's own number.
const REFERENCE_CHARS_MAX: usize = 64;

/// The exchange, and its time limit.
#[derive(Clone, Debug)]
pub(super) struct Agency {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) deadline: Duration,
}

/// What an agency said.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// 2xx.
    Found(Response),
    /// 404 or 410: it has no such record.
    Missing(Response),
}

impl Said {
    pub(super) fn response(&self) -> &Response {
        match self {
            Self::Found(response) | Self::Missing(response) => response,
        }
    }
}

/// What became of something that was sent in.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// 2xx: it is done.
    Done(Response),
    /// 202: the agency decides later.
    Later(Response),
    /// 4xx: the agency refused.
    Refused(Response),
}

impl Heard {
    pub(super) fn response(&self) -> &Response {
        match self {
            Self::Done(response) | Self::Later(response) | Self::Refused(response) => response,
        }
    }
}

/// Why it is not known what became of it.
#[derive(Clone, Debug)]
pub(super) enum NotHeard {
    /// The exchange did not take the message to the agency.
    NotSent(GovError),
    /// The agency may have got it.
    Silent,
}

/// Statuses of HTTP by which an agency asks to try again later (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4).
const LATER: [u16; 3] = [408, 425, 429];

impl Agency {
    /// What becomes of something that `request` sends in, or asks about. Must not be called inside a transaction.
    ///
    /// # Errors
    /// [`NotHeard`].
    pub(super) async fn hand_in(&self, request: &Request) -> Result<Heard, NotHeard> {
        let answered = remote::call(self.deadline, self.backend.ask(request)).await;
        let response = answered
            .and_then(|response| fitting(request, response))
            .map_err(|fault| {
                silent(request, &fault);
                NotHeard::Silent
            })?;
        if let Some(error) = &response.error {
            let refusal = of_exchange(request, error);
            return Err(match ErrorType::of(error).never_arrived() {
                true => NotHeard::NotSent(refusal),
                false => NotHeard::Silent,
            });
        }
        let asks = request.endpoint.is_some();
        let is_plain = is_media_type(&response.content_type) && response.body.len() <= ANSWER_BYTES_MAX;
        match response.status {
            202 if is_plain && (asks || reference(&response).is_some()) => Ok(Heard::Later(response)),
            // Nobody could ask about it.
            202 => Err(unheard(request, 202)),
            200..=299 if is_plain => Ok(Heard::Done(response)),
            status if LATER.contains(&status) => Err(unheard(request, status)),
            // That the agency does not know a case is not a decision about it.
            status @ (404 | 410) if asks => Err(unheard(request, status)),
            400..=499 if is_plain => Ok(Heard::Refused(response)),
            status => Err(unheard(request, status)),
        }
    }

    /// The agency's answer. Must not be called inside a transaction.
    ///
    /// # Errors
    /// `unavailable` (`agency-failed`, `agency-timeout`, `exchange-closed`), `access-denied`
    /// (`operation-not-approved`), `invalid-request` (`agency-refused`, `answer-too-large`).
    pub(super) async fn ask(&self, request: &Request) -> Result<Said, GovError> {
        let answered = remote::call(self.deadline, self.backend.ask(request)).await;
        let response = answered
            .and_then(|response| fitting(request, response))
            .map_err(|fault| silent(request, &fault))?;
        if let Some(error) = &response.error {
            return Err(of_exchange(request, error));
        }
        match response.status {
            200..=299 if response.status != 202 => within_size(response).map(Said::Found),
            404 | 410 => within_size(response).map(Said::Missing),
            400..=499 => Err(GovError::invalid(
                "agency-refused",
                format!(
                    "the agency answered {}: it cannot use a parameter of this call",
                    response.status
                ),
            )),
            // Also a redirect, which is never followed (PR-REST, 4.4), and 202: a question is answered at once.
            status => {
                tracing::warn!(message = %request.message_id, status, "exchange.answer unfit");
                Err(failed())
            }
        }
    }
}

/// Whether the answer is one to this request.
fn fitting(request: &Request, response: Response) -> Result<Response, Fault> {
    let is_plain = |text: &str| {
        (1..=HEADER_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if response.error.as_deref().is_some_and(is_plain) {
        return Ok(response);
    }
    if response.error.is_some() {
        return Err(Fault::Unfit("a malformed error of the exchange"));
    }
    if response.message_id != request.message_id {
        return Err(Fault::Unfit("the answer to another message"));
    }
    if !is_plain(&response.request_id) {
        return Err(Fault::Unfit("a malformed id of the attempt"));
    }
    // The agency's security server says what it got (PR-REST, 4.3): evidence, if it is what is in the platform's log.
    let sent = request_hash(&request.head(&response.request_id), &request.body);
    if response.request_hash.as_deref() != Some(sent.as_str()) {
        return Err(Fault::Unfit("the hash of another request"));
    }
    Ok(response)
}

/// The agency's own number, which JSON answers to submissions name as `reference`.
pub(super) fn reference(response: &Response) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
    let reference = answer.get("reference")?.as_str()?;
    let fits = (1..=REFERENCE_CHARS_MAX).contains(&reference.len())
        && reference.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| reference.to_owned())
}

/// Whether a text can stand for a media type in an answer to a service.
fn is_media_type(text: &str) -> bool {
    text.len() <= HEADER_CHARS_MAX
        && text.contains('/')
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

fn unheard(request: &Request, status: u16) -> NotHeard {
    tracing::warn!(message = %request.message_id, status, "exchange.answer unfit");
    NotHeard::Silent
}

fn silent(request: &Request, fault: &Fault) -> GovError {
    tracing::warn!(
        message = %request.message_id,
        error = fault as &dyn std::error::Error,
        "exchange.call failed"
    );
    match fault {
        Fault::Deadline(_) => unavailable("agency-timeout", "the agency did not answer in time"),
        Fault::Failed(_) | Fault::Unfit(_) => failed(),
    }
}

/// What an error of the exchange itself is for a service (PR-REST, 4.6).
fn of_exchange(request: &Request, error: &str) -> GovError {
    let message = &request.message_id;
    match ErrorType::of(error) {
        ErrorType::Withdrawn => {
            // The platform's own right at the agency is gone, which an operator has to see to.
            tracing::error!(%message, service = %request.service.path(), "exchange.right withdrawn");
            return GovError::denied(
                "operation-not-approved",
                "the agency no longer allows the platform this operation",
            );
        }
        ErrorType::Closed { .. } => {
            tracing::error!(%message, error, "exchange.closed");
            return closed();
        }
        ErrorType::Malformed => tracing::error!(%message, error, "exchange.request malformed"),
        ErrorType::Failed => tracing::warn!(%message, error, "exchange.call failed"),
    }
    failed()
}

fn within_size(response: Response) -> Result<Response, GovError> {
    if response.body.len() > ANSWER_BYTES_MAX {
        return Err(too_large());
    }
    Ok(response)
}

pub(super) fn too_large() -> GovError {
    GovError::invalid(
        "answer-too-large",
        format!("the answer has more than {ANSWER_BYTES_MAX} bytes: ask for fewer fields"),
    )
}

pub(super) fn failed() -> GovError {
    unavailable("agency-failed", "the agency did not answer properly")
}

/// The exchange takes no messages: also where the platform's own log of them cannot be trusted.
pub(super) fn closed() -> GovError {
    unavailable("exchange-closed", "the exchange takes no messages now")
}

fn unavailable(code: &'static str, what: &str) -> GovError {
    GovError::Unavailable(Problem {
        code,
        detail: format!("{what}; nothing was changed, retry later"),
        retry_after_ms: Some(1_000),
    })
}
