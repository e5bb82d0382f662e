//! Events: what happens in a citizen's life, and reminders that a service sets for itself. Capability: `life-events`.
//!
//! A service receives the types that `aim.toml` subscribes to:
//!
//! ```toml
//! capabilities = ["life-events", "notifications"]
//!
//! [events]
//! subscribes = ["az.gov.timer.due.v1"]
//! ```
//!
//! Its handler runs without a citizen in front of it, in a fresh instance, for at most 10 seconds. The same event may come
//! more than once, so each effect needs a key that is made of the event's id ([`Event::key`]):
//!
//! ```no_run
//! use aim_sdk::life_events::{Delivery, TIMER_DUE};
//! use aim_sdk::prelude::*;
//!
//! #[aim_sdk::event_handler]
//! fn on_event(delivery: Delivery) -> Result<(), GovError> {
//!     let event = &delivery.event;
//!     if event.event_type == TIMER_DUE
//!         && let Some(sub) = &event.subject
//!     {
//!         notifications::send(&event.key("message"), &notifications::NewMessage::new(sub, "reminder"))?;
//!     }
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! The events of the service's own requests ([`PAYMENT_CHANGED`], [`REFUND_CHANGED`], [`MESSAGE_FINISHED`],
//! [`MESSAGE_CONFIRMED`], [`CONSENT_CHANGED`]) are hints: they come in any order, so the handler reads the current state of
//! the object that the event is about ([`Event::about`]). They come also after the citizen has left, and then have no
//! `subject`.

pub use crate::bindings::aim::gov::life_events::{Event, NewTimer, Page, Timer};
pub use crate::event_bindings::exports::aim::gov::event_handler::{Delivery, Outcome};

use crate::bindings::aim::gov::life_events as host;
use crate::error::{GovError, problem};

/// A reminder of [`set_timer`] is due.
pub const TIMER_DUE: &str = "az.gov.timer.due.v1";
/// A payment has another status: read it with [`payments::get`](crate::payments::get).
pub const PAYMENT_CHANGED: &str = "az.gov.payment.changed.v1";
/// A refund was made or refused; the data names its payment.
pub const REFUND_CHANGED: &str = "az.gov.refund.changed.v1";
/// Every delivery of a message has a final state: read it with [`notifications::get`](crate::notifications::get).
pub const MESSAGE_FINISHED: &str = "az.gov.message.finished.v1";
/// A citizen confirmed receipt of a formal notice.
pub const MESSAGE_CONFIRMED: &str = "az.gov.message.confirmed.v1";
/// A consent was given, refused, paused, resumed or revoked, or it has expired; the data has its status.
pub const CONSENT_CHANGED: &str = "az.gov.consent.changed.v1";
/// A citizen has moved; the data is the new address. Delivered under a `periodic` consent to `address`.
pub const RESIDENCE_CHANGED: &str = "az.gov.residence.changed.v1";
/// A child of a citizen was born; the data has the office's number of the birth (`record`), the day (`born`) and the
/// `gender`. Delivered to each parent's services under a `periodic` consent to `children`.
pub const BIRTH_REGISTERED: &str = "az.gov.birth.registered.v1";
/// A citizen has married; the data has the office's number of the marriage (`record`) and the day (`since`). Delivered
/// to each spouse's services under a `periodic` consent to `marriage`.
pub const MARRIAGE_REGISTERED: &str = "az.gov.marriage.registered.v1";
/// A citizen has reached pension age; the data has the day (`since`). Delivered under a `periodic` consent to `age_over`.
pub const PENSION_AGE_REACHED: &str = "az.gov.pension-age.reached.v1";
/// A citizen has died; the data has the day (`died`). Delivered to services that a law obliges to know it, under a
/// `periodic` consent to `death` for a purpose with the basis `legal-obligation`; the death ends that consent.
pub const DEATH_REGISTERED: &str = "az.gov.death.registered.v1";
/// A signing of this service has another state; the data has its id.
pub const SIGNATURE_CHANGED: &str = "az.gov.signature.changed.v1";
/// A presentation that was asked for has ended: read it with
/// [`documents::get_presentation`](crate::documents::get_presentation).
pub const PRESENTATION_FINISHED: &str = "az.gov.presentation.finished.v1";
/// The holder accepted or declined a document that this service issued, or the offer has ended: read it with
/// [`documents::get_issued`](crate::documents::get_issued).
pub const DOCUMENT_CHANGED: &str = "az.gov.document.changed.v1";
/// What was sent to an agency has another status: read it with [`exchange::get`](crate::exchange::get).
pub const SUBMISSION_CHANGED: &str = "az.gov.submission.changed.v1";

/// The extension attribute with a reminder's name.
const TIMER_NAME: &str = "timername";
/// The extension attribute with the id of what an event is about.
const CORRELATION_ID: &str = "correlationid";

impl Event {
    /// The idempotency key of one effect of this event: the same for every delivery of the event. `step` is of
    /// `[A-Za-z0-9-]`.
    pub fn key(&self, step: &str) -> String {
        format!("{}-{step}", self.id)
    }

    /// The value of an extension attribute.
    pub fn extension(&self, name: &str) -> Option<&str> {
        let mut found = self.extensions.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The id of what the event is about: a reminder, a payment, a refund, a message, a consent.
    pub fn about(&self) -> Option<&str> {
        self.extension(CORRELATION_ID)
    }

    /// The name of the reminder that is due.
    pub fn timer_name(&self) -> Option<&str> {
        self.extension(TIMER_NAME)
    }
}

impl NewTimer {
    /// A reminder at `due`, in milliseconds since 1970, at most 366 days ahead. `name` is 1 to 64 characters of
    /// `[a-z0-9-]`.
    pub fn new(name: &str, due: u64) -> Self {
        Self {
            due,
            subject: None,
            name: name.to_owned(),
            data: None,
        }
    }

    /// The same about the citizen whose pseudonym at this service is `sub`.
    pub fn about(self, sub: &str) -> Self {
        Self {
            subject: Some(sub.to_owned()),
            ..self
        }
    }

    /// The same with at most 4 KiB that the event carries.
    pub fn data(self, data: &[u8]) -> Self {
        Self {
            data: Some(data.to_vec()),
            ..self
        }
    }
}

/// Sets a reminder, which comes as an event of type [`TIMER_DUE`]. The same key and body return the first answer again.
///
/// # Errors
/// `access-denied` if the manifest does not subscribe to [`TIMER_DUE`]; `not-found` for a `sub` that does not take part;
/// `invalid-request`; `conflict` for the same key with another body; `limit-exceeded`.
pub fn set_timer(key: &str, timer: &NewTimer) -> Result<Timer, GovError> {
    host::set_timer(key, timer)
}

/// Takes a reminder back.
///
/// # Errors
/// `not-found`; `conflict` once its event is on its way.
pub fn clear_timer(id: &str) -> Result<Timer, GovError> {
    host::clear_timer(id)
}

/// The events of the last 30 days, oldest first, at most 100 on a page: to catch up after a fault.
///
/// # Errors
/// `invalid-request` for a `cursor` that this function did not return.
pub fn recent(cursor: Option<&str>) -> Result<Page, GovError> {
    host::recent(cursor)
}

/// What a handler of events may return.
pub trait IntoOutcome {
    /// What becomes of the event next.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Outcome {
    fn into_outcome(self) -> Outcome {
        self
    }
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Outcome {
        Outcome::Done
    }
}

/// What may pass is tried again, after the time that the platform names; any other error ends among the dead letters.
impl<A: IntoOutcome> IntoOutcome for Result<A, GovError> {
    fn into_outcome(self) -> Outcome {
        let error = match self {
            Ok(handled) => return handled.into_outcome(),
            Err(error) => error,
        };
        match &error {
            GovError::TooManyRequests(_)
            | GovError::Unavailable(_)
            | GovError::UnknownOutcome(_)
            | GovError::Suspended => Outcome::Retry(
                problem(&error)
                    .and_then(|problem| problem.retry_after_ms)
                    .map(|ms| ms.div_ceil(1_000)),
            ),
            _ => Outcome::Reject(error.code().to_owned()),
        }
    }
}

/// Runs a service's handler; [`export_event_handler!`](crate::export_event_handler) calls it.
#[doc(hidden)]
pub fn run<A: IntoOutcome>(delivery: Delivery, handler: impl FnOnce(Delivery) -> A) -> Outcome {
    #[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
    crate::panic::report();
    handler(delivery).into_outcome()
}

/// Exports a function as the component's handler of events: what `#[aim_sdk::event_handler]` expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! export_event_handler {
    ($function:path) => {
        #[allow(
            unsafe_code,
            unsafe_op_in_unsafe_fn,
            reason = "generated: the canonical ABI"
        )]
        const _: () = {
            struct ExportedEventHandler;

            impl $crate::event_bindings::exports::aim::gov::event_handler::Guest for ExportedEventHandler {
                fn on_event(delivery: $crate::life_events::Delivery) -> $crate::life_events::Outcome {
                    $crate::life_events::run(delivery, $function)
                }
            }

    $crate::event_bindings::export_event_listener!(ExportedEventHandler with_types_in $crate::event_bindings);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use crate::text::Localised;

    fn event() -> Event {
        Event {
            id: "evt-1".to_owned(),
            source: "tag:gov.az,2026:timers".to_owned(),
            event_type: TIMER_DUE.to_owned(),
            subject: Some("sub".to_owned()),
            time: 1,
            sequence: None,
            data_schema: None,
            data_content_type: None,
            data: None,
            extensions: vec![
                ("correlationid".to_owned(), "tmr_1".to_owned()),
                ("timername".to_owned(), "renew".to_owned()),
            ],
        }
    }

    #[test]
    fn key_of_an_effect_is_made_of_the_event() {
        let event = event();
        assert_eq!(event.key("message"), "evt-1-message");
        assert_eq!(event.timer_name(), Some("renew"));
        assert_eq!(event.about(), Some("tmr_1"));
        assert_eq!(event.extension("other"), None);
    }

    #[test]
    fn errors_that_may_pass_are_retried() {
        let problem = |retry_after_ms| Problem {
            code: "busy".to_owned(),
            title: Localised::new("Məşğul", "Busy"),
            detail: String::new(),
            trace_id: String::new(),
            retry_after_ms,
        };
        let outcome = |error: GovError| Err::<(), _>(error).into_outcome();
        assert_eq!(
            outcome(GovError::Unavailable(problem(Some(1_500)))),
            Outcome::Retry(Some(2))
        );
        assert_eq!(
            outcome(GovError::UnknownOutcome(problem(None))),
            Outcome::Retry(None)
        );
        assert_eq!(
            outcome(GovError::NotFound),
            Outcome::Reject("not-found".to_owned())
        );
        assert_eq!(Ok::<_, GovError>(()).into_outcome(), Outcome::Done);
    }
}
