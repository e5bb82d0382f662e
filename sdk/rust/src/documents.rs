//! Digital documents that a service issues. Capability: `documents`.
//!
//! A document is of a kind that `aim.toml` describes, and reviewers approved:
//!
//! ```toml
//! capabilities = ["documents", "identity"]
//!
//! [[document]]
//! code = "reader-card"
//! title = { az = "Oxucu bileti", en = "Reader's card" }
//! valid-days = 365
//!
//! [[document.claim]]
//! name = "family_name"
//! title = { az = "Soyad", en = "Family name" }
//!
//! [[document.claim]]
//! name = "loans_max"
//! title = { az = "Eyni vaxtda kitab", en = "Books at once" }
//! kind = "number"                # or "text", "date", "yes-no"
//! optional = true
//! ```
//!
//! It is offered in the citizen's box on the platform, where they accept or decline it and show it to others, claim by
//! claim:
//!
//! ```no_run
//! use aim_sdk::documents::{self, NewDocument};
//! # fn issue(sub: &str) -> Result<(), aim_sdk::error::GovError> {
//! let card = NewDocument::new(sub, "reader-card")
//!     .text("family_name", "Məmmədova")
//!     .number("loans_max", 5);
//! let issued = documents::issue(&documents::key(&["card", sub]), &card)?;
//! // Where to send the citizen to accept it.
//! let page = issued.next_url;
//! # Ok(())
//! # }
//! ```

pub use crate::bindings::aim::gov::documents::{Acceptance, Change, Claim, Issued, NewDocument, State, Step};
pub use crate::payments::key;

use crate::bindings::aim::gov::documents as host;
use crate::date::Date;
use crate::error::GovError;
use crate::text::Localised;

impl NewDocument {
    /// A document of this kind for the citizen whose pseudonym at this service is `holder`, valid from today for as long
    /// as the kind allows.
    pub fn new(holder: &str, kind: &str) -> Self {
        Self {
            holder: holder.to_owned(),
            doc_type: kind.to_owned(),
            claims: Vec::new(),
            valid_from: None,
            expires: None,
            replaces: None,
        }
    }

    fn claim(mut self, name: &str, value: String) -> Self {
        self.claims.push(Claim {
            path: vec![Step::Key(name.to_owned())],
            value,
        });
        self
    }

    /// The same with a claim that is a text of 1 to 255 characters.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.claim(name, json_text(text))
    }

    /// The same with a claim that is a day.
    pub fn date(self, name: &str, day: Date) -> Self {
        self.claim(name, json_text(&day.iso()))
    }

    /// The same with a claim that is a whole number of at most fifteen digits.
    pub fn number(self, name: &str, number: i64) -> Self {
        self.claim(name, number.to_string())
    }

    /// The same with a claim that is yes or no.
    pub fn yes_no(self, name: &str, yes: bool) -> Self {
        self.claim(name, yes.to_string())
    }

    /// The same, valid from the day of this moment on, in milliseconds since 1970; at most 366 days ahead.
    pub fn valid_from(self, at: u64) -> Self {
        Self {
            valid_from: Some(at),
            ..self
        }
    }

    /// The same, valid until the end of the day of this moment, in milliseconds since 1970.
    pub fn expires(self, at: u64) -> Self {
        Self {
            expires: Some(at),
            ..self
        }
    }

    /// The same in the place of an earlier document, which is revoked once this one is accepted.
    pub fn replaces(self, id: &str) -> Self {
        Self {
            replaces: Some(id.to_owned()),
            ..self
        }
    }
}

impl Issued {
    /// Whether its holder has it and it may be relied on.
    pub fn is_good(&self) -> bool {
        self.acceptance == Acceptance::Accepted && self.state == State::Valid
    }

    /// Whether it may still be accepted, or is held and not over for good.
    pub fn is_open(&self) -> bool {
        self.acceptance != Acceptance::Declined && !matches!(self.state, State::Revoked | State::Expired)
    }
}

/// Issues a document. The same key and body return the first answer again, in its current state.
///
/// # Errors
/// `access-denied` for a kind outside the approval; `not-found` for a `sub` that does not take part in this service;
/// `invalid-request` for claims that the kind's description does not allow, and for times out of range; `conflict` for the
/// same key with another body, or if the document that it replaces is revoked or was declined; `limit-exceeded`;
/// `unknown-outcome`: query with [`find_issued`].
pub fn issue(key: &str, document: &NewDocument) -> Result<Issued, GovError> {
    host::issue(key, document)
}

/// A document that this service issued.
///
/// # Errors
/// `not-found`.
pub fn get_issued(id: &str) -> Result<Issued, GovError> {
    host::get_issued(id)
}

/// The document that was issued with this key.
///
/// # Errors
/// Those of every call.
pub fn find_issued(key: &str) -> Result<Option<Issued>, GovError> {
    host::find_issued(key)
}

/// Suspends, resumes or revokes a document. Only the holder reads `reason`, 1 to 255 characters in each language. The
/// same key and body change nothing more.
///
/// # Errors
/// `not-found`; `conflict` if the document is revoked, was declined, or is not in the state that the change begins with, or
/// for the same key with another body; `invalid-request` for a `reason` that cannot be shown.
pub fn change_state(key: &str, id: &str, change: Change, reason: &Localised) -> Result<Issued, GovError> {
    host::change_state(key, id, change, reason)
}

/// A text as JSON (RFC 8259, section 7).
fn json_text(text: &str) -> String {
    let mut json = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
            letter => json.push(letter),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_json() {
        let document = NewDocument::new("sub", "card")
            .text("name", "A \"B\" \\ \n ə")
            .date("since", Date::new(2026, 11, 29).unwrap_or(Date::of_timestamp(0)))
            .number("loans", -3)
            .yes_no("adult", true);
        let values: Vec<_> = document.claims.iter().map(|claim| claim.value.as_str()).collect();
        assert_eq!(
            values,
            ["\"A \\\"B\\\" \\\\ \\u000a ə\"", "\"2026-11-29\"", "-3", "true"]
        );
    }
}
