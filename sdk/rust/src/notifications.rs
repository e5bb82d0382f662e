//! Messages to citizens. Capability: `notifications`.
//!
//! A message is built from a `[[template]]` of `aim.toml`, which reviewers approved, and lands in the citizen's
//! inbox on the platform. The service learns the state of the delivery ([`get`]), and never whether the message
//! was read.
//!
//! ```no_run
//! use aim_sdk::notifications::{self, NewMessage};
//! # fn remind(sub: &str) -> Result<(), aim_sdk::error::GovError> {
//! let message = NewMessage::new(sub, "bill-due")
//!     .text("amount", "AZN 12.34")
//!     .link("bills", "/");
//! notifications::send(&notifications::key(&["remind", "bill-7", sub]), &message)?;
//! # Ok(())
//! # }
//! ```

pub use crate::bindings::aim::gov::notifications::{
    Attachment, Delivery, Field, FieldKind, Kind, Message, NewMessage, Page, Place, Rendering, Status,
    Template, Value,
};
pub use crate::payments::key;

use crate::bindings::aim::gov::notifications as host;
use crate::error::GovError;
use crate::text::Locale;

impl NewMessage {
    /// A message from the template `template_id` to the citizen whose pseudonym at this service is `to`, in the
    /// citizen's language, now.
    pub fn new(to: &str, template_id: &str) -> Self {
        Self {
            to: to.to_owned(),
            template_id: template_id.to_owned(),
            personalisation: Vec::new(),
            reference: None,
            language: None,
            send_at: None,
            discard_at: None,
        }
    }

    /// The same with a value for a field.
    pub fn value(mut self, name: &str, value: Value) -> Self {
        self.personalisation.push((name.to_owned(), value));
        self
    }

    /// The same with a text of at most 1000 characters.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.value(name, Value::Text(text.to_owned()))
    }

    /// The same with a list of at most 20 texts of at most 255 characters.
    pub fn items(self, name: &str, items: &[&str]) -> Self {
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        self.value(name, Value::Items(items))
    }

    /// The same with a link to a path of this service.
    pub fn link(self, name: &str, path: &str) -> Self {
        self.value(name, Value::Link(path.to_owned()))
    }

    /// The same with a file of at most 1 MiB.
    pub fn file(self, name: &str, file: Attachment) -> Self {
        self.value(name, Value::File(file))
    }

    /// The same with the service's own reference, at most 255 characters without personal data.
    pub fn reference(self, reference: &str) -> Self {
        Self {
            reference: Some(reference.to_owned()),
            ..self
        }
    }

    /// The same in this language.
    pub fn language(self, language: Locale) -> Self {
        Self {
            language: Some(language),
            ..self
        }
    }

    /// The same, delivered no earlier than `at`, in milliseconds since 1970; at most 30 days ahead.
    pub fn send_at(self, at: u64) -> Self {
        Self {
            send_at: Some(at),
            ..self
        }
    }

    /// The same, cancelled if it could not be delivered until `at`, in milliseconds since 1970.
    pub fn discard_at(self, at: u64) -> Self {
        Self {
            discard_at: Some(at),
            ..self
        }
    }
}

/// The templates of the approved manifest.
///
/// # Errors
/// Those of every call.
pub fn templates() -> Result<Vec<Template>, GovError> {
    host::templates()
}

/// Fills in a template without sending a message.
///
/// # Errors
/// `invalid-request`, as [`send`].
pub fn preview(message: &NewMessage, language: Locale) -> Result<Rendering, GovError> {
    host::preview(&message.template_id, &message.personalisation, language)
}

/// Sends a message. The same key and body return the first answer again.
///
/// # Errors
/// `invalid-request`; `not-found` for a `sub` that does not take part in this service; `access-denied`
/// (`unsubscribed`); `consent-required`, `-paused`, `-revoked`, `-expired` if the template's purpose rests on
/// consent; `conflict` for the same key with another body; `limit-exceeded`; `too-many-requests` with the time
/// after which the citizen may get another one; `unknown-outcome`: query with [`find`].
pub fn send(key: &str, message: &NewMessage) -> Result<Message, GovError> {
    host::send(key, message)
}

/// A message of this service, kept for 90 days.
///
/// # Errors
/// `not-found`.
pub fn get(id: &str) -> Result<Message, GovError> {
    host::get(id)
}

/// The message that was sent with this key.
///
/// # Errors
/// Those of every call.
pub fn find(key: &str) -> Result<Option<Message>, GovError> {
    host::find(key)
}

/// Cancels a message that has not been delivered.
///
/// # Errors
/// `not-found`; `conflict` if it has been delivered.
pub fn cancel(id: &str) -> Result<Message, GovError> {
    host::cancel(id)
}

/// Messages of this service, newest first: all, or those with a reference. A page has at most 100, and the
/// `cursor` of the next page.
///
/// # Errors
/// `invalid-request` for a `cursor` that this function did not return.
pub fn search(reference: Option<&str>, cursor: Option<&str>) -> Result<Page, GovError> {
    host::search(reference, cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_built_field_by_field() {
        let message = NewMessage::new("sub", "bill-due")
            .text("amount", "1")
            .items("lines", &["a", "b"])
            .link("bills", "/bills")
            .reference("R-1")
            .language(Locale::En)
            .send_at(5)
            .discard_at(6);
        let names: Vec<_> = message
            .personalisation
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["amount", "lines", "bills"]);
        assert_eq!((message.send_at, message.discard_at), (Some(5), Some(6)));
        assert_eq!(
            (message.reference.as_deref(), message.language),
            (Some("R-1"), Some(Locale::En))
        );
    }
}
