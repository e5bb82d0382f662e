//! Registers of other agencies, and what is sent in to them. Capability: `exchange`.
//!
//! A call names an operation of `[exchange] operations` in `aim.toml`, whom it is about, and why. The platform finds
//! the citizen's consent, tells the agency who is meant, and logs the call; the service learns the fields that it asked
//! for, and never the FIN.
//!
//! ```no_run
//! use aim_sdk::exchange::{self, Context};
//! # fn main() -> Result<(), aim_sdk::error::GovError> {
//! let question = Context::current("income.below", "discount", "case-7").parameter("amount", "800");
//! let reduced = exchange::exists(&question)?;
//! let residence = Context::current("population.residence", "discount", "case-7");
//! let answer = exchange::read(&residence, &["region"], None)?;
//! # Ok(())
//! # }
//! ```
//!
//! What is sent in is answered at once or later. The key makes a repetition harmless; save it, or make it of what the
//! service knows about the case:
//!
//! ```no_run
//! use aim_sdk::exchange::{self, Context, Status};
//! # fn main() -> Result<(), aim_sdk::error::GovError> {
//! let key = exchange::key(&["place", "case-7"]);
//! let apply = Context::current("education.place-application", "place", "case-7");
//! let application = r#"{"kindergarten":"SM-K-03"}"#;
//! let sent = exchange::submit(&key, &apply, exchange::JSON, application.as_bytes())?;
//! let now = exchange::find(&key)?;
//! let has_place = now.is_some_and(|sent| sent.status == Status::Success);
//! # Ok(())
//! # }
//! ```

pub use crate::bindings::aim::gov::exchange::{
    About, Answer, Context, Evidence, Operation, Parameter, ServiceId, Status, Subject, Submission, Verb,
};
pub use crate::payments::key;

use crate::bindings::aim::gov::exchange as host;
use crate::error::GovError;

/// The media type of JSON bodies.
pub const JSON: &str = "application/json";

impl Context {
    /// A call about the citizen of this request. `purpose` is a purpose of the manifest; `issue` is the service's own
    /// number of the case: 1 to 255 visible ASCII characters, without personal data.
    pub fn current(operation: &str, purpose: &str, issue: &str) -> Self {
        Self::about(Subject::Current, operation, purpose, issue)
    }

    /// A call about a citizen who takes part, by their pseudonym at this service; for handlers of events.
    pub fn citizen(sub: &str, operation: &str, purpose: &str, issue: &str) -> Self {
        Self::about(Subject::Citizen(sub.to_owned()), operation, purpose, issue)
    }

    /// A call about the thing that the parameters identify, or about nothing.
    pub fn object(operation: &str, purpose: &str, issue: &str) -> Self {
        Self::about(Subject::Object, operation, purpose, issue)
    }

    fn about(subject: Subject, operation: &str, purpose: &str, issue: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            subject,
            parameters: Vec::new(),
            purpose: purpose.to_owned(),
            issue: issue.to_owned(),
        }
    }

    /// The same with a value for a parameter, at most 255 characters.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.push(Parameter {
            name: name.to_owned(),
            value: value.to_owned(),
        });
        self
    }
}

/// The operations that the approval allows.
///
/// # Errors
/// Those of every call.
pub fn allowed() -> Result<Vec<Operation>, GovError> {
    host::allowed()
}

/// Answers an operation whose verb is `check`. One consent answers four different questions.
///
/// # Errors
/// `login-required`; `consent-required`, `-paused`, `-revoked`, `-expired`; `access-denied` (also
/// `questions-too-many`); `not-found` for a `sub` that does not take part; `invalid-request`; `limit-exceeded`;
/// `unavailable`.
pub fn exists(context: &Context) -> Result<bool, GovError> {
    host::exists(context)
}

/// Reads fields, one page at a time: JSON with the array `records`. `cursor` is that of the answer before.
///
/// # Errors
/// As [`exists`]; `not-found` if the register has no such record; `invalid-request` (`answer-too-large`: ask for fewer
/// fields).
pub fn read(context: &Context, fields: &[&str], cursor: Option<&str>) -> Result<Answer, GovError> {
    let fields: Vec<_> = fields.iter().map(|field| (*field).to_owned()).collect();
    host::read(context, &fields, cursor)
}

/// Sends something in to an agency. The same key and content return the first submission.
///
/// # Errors
/// As [`exists`]; `invalid-request` (`content-type-unsupported`, `body-malformed`); `conflict`
/// (`idempotency-key-reused`); `unknown-outcome`: the platform goes on asking the agency, and [`find`] tells how it stands.
pub fn submit(key: &str, context: &Context, content_type: &str, body: &[u8]) -> Result<Submission, GovError> {
    host::submit(key, context, content_type, body)
}

/// A submission of this service, by its id.
///
/// # Errors
/// `not-found`.
pub fn get(id: &str) -> Result<Submission, GovError> {
    host::get(id)
}

/// The submission that was made with this key, if there is one.
///
/// # Errors
/// `invalid-request` for a text that cannot be a key.
pub fn find(key: &str) -> Result<Option<Submission>, GovError> {
    host::find(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_is_built_part_by_part() {
        let context = Context::object("vehicles.by-plate", "check", "case-7").parameter("plate", "10-SM-001");
        assert_eq!(context.subject, Subject::Object);
        let parameters: Vec<_> = context
            .parameters
            .iter()
            .map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
            .collect();
        assert_eq!(parameters, [("plate", "10-SM-001")]);
        let theirs = Context::citizen("sub", "income.monthly", "check", "case-7");
        assert_eq!(theirs.subject, Subject::Citizen("sub".to_owned()));
    }
}
