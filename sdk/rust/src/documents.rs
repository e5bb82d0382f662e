//! Digital documents that a service issues, and that it asks citizens to show. Capability: `documents`.
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
//!
//! A service asks for documents of any service for a reason that its `aim.toml` states. The citizen reads it on the platform's
//! page and shows or refuses each time:
//!
//! ```toml
//! [[presentation]]
//! code = "discount"
//! text = { az = "Oxuculara endirim vermək üçün", en = "To give readers a discount" }
//! presenters = ["current"]       # or "anyone": whoever scans a code, unknown to the service
//! retention-days = 0
//!
//! [[presentation.document]]
//! kind = "library-card/reader-card"
//! claims = ["given_name", "reading_room"]
//! ```
//!
//! ```no_run
//! use aim_sdk::documents::{self, NewPresentation, Wanted};
//! # fn ask(sub: &str, expires: u64) -> Result<(), aim_sdk::error::GovError> {
//! let card = Wanted::new("card", "library-card/reader-card").claim("given_name");
//! let new = NewPresentation::of_current("discount", "visit-7", expires).wanting(card);
//! let asked = documents::request_presentation(&documents::key(&["discount", sub]), &new)?;
//! // Where to send the citizen; when they come back, ask what came of it.
//! let page = asked.next_url;
//! let shown = documents::get_presentation(&asked.id)?;
//! let name = shown.document("card").and_then(|card| card.text("given_name"));
//! # Ok(())
//! # }
//! ```

pub use crate::bindings::aim::gov::documents::{
    Acceptance, Change, Claim, Holding, Issued, NewDocument, NewPresentation, Presentation,
    PresentationStatus, Presenter, Shown, State, Step, Wanted,
};
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

impl Wanted {
    /// A document of this kind, `service/code`, which the answer calls `id`: 1 to 32 characters of `[A-Za-z0-9_-]`.
    pub fn new(id: &str, kind: &str) -> Self {
        Self {
            id: id.to_owned(),
            doc_types: vec![kind.to_owned()],
            claims: Vec::new(),
        }
    }

    /// The same, of which a document of this kind will do too.
    pub fn or(mut self, kind: &str) -> Self {
        self.doc_types.push(kind.to_owned());
        self
    }

    /// The same with one more claim that is needed.
    pub fn claim(mut self, name: &str) -> Self {
        self.claims.push(vec![Step::Key(name.to_owned())]);
        self
    }
}

impl NewPresentation {
    /// Asks the citizen of this request, for a reason of the manifest. `expires` is in milliseconds since 1970, 1 minute to
    /// 1 day ahead; they come back to `/`.
    pub fn of_current(purpose: &str, reference: &str, expires: u64) -> Self {
        Self {
            presenter: Presenter::Current,
            wanted: Vec::new(),
            options: Vec::new(),
            purpose: purpose.to_owned(),
            reference: reference.to_owned(),
            return_path: "/".to_owned(),
            expires,
        }
    }

    /// Asks whoever opens the code first, such as a customer at a counter. `expires` is 1 to 5 minutes ahead.
    pub fn of_anyone(purpose: &str, reference: &str, expires: u64) -> Self {
        Self {
            presenter: Presenter::Anyone,
            ..Self::of_current(purpose, reference, expires)
        }
    }

    /// The same with one more document.
    pub fn wanting(mut self, wanted: Wanted) -> Self {
        self.wanted.push(wanted);
        self
    }

    /// The same with one more option: the ids of documents that together will do. Without an option, all are needed.
    pub fn option(mut self, ids: &[&str]) -> Self {
        self.options.push(ids.iter().map(|id| (*id).to_owned()).collect());
        self
    }

    /// The same with this path of the service, to which the platform's page leads back.
    pub fn return_to(self, path: &str) -> Self {
        Self {
            return_path: path.to_owned(),
            ..self
        }
    }
}

impl Presentation {
    /// Whether documents were shown. They can be read for 10 minutes.
    pub fn is_shown(&self) -> bool {
        self.status == PresentationStatus::Success
    }

    /// The document that was shown for the wanted one with this id.
    pub fn document(&self, wanted: &str) -> Option<&Shown> {
        self.shown.iter().find(|shown| shown.wanted == wanted)
    }
}

impl Shown {
    /// The JSON value of a claim.
    pub fn json(&self, name: &str) -> Option<&str> {
        let is_it = |claim: &&Claim| matches!(claim.path.as_slice(), [Step::Key(key)] if key == name);
        self.claims.iter().find(is_it).map(|claim| claim.value.as_str())
    }

    /// A claim that is a text or a day (`2026-11-29`).
    pub fn text(&self, name: &str) -> Option<String> {
        text_of_json(self.json(name)?)
    }

    /// A claim that is a whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.json(name)?.parse().ok()
    }

    /// A claim that is yes or no.
    pub fn yes_no(&self, name: &str) -> Option<bool> {
        self.json(name)?.parse().ok()
    }

    /// Whether the document may be relied on at the time of this call.
    pub fn is_good(&self) -> bool {
        self.document.state == State::Valid
    }
}

/// Asks for documents to be shown. The same key and body return the first answer again, as it stands now.
///
/// # Errors
/// `login-required` where the citizen of this request is asked; `access-denied` for what the approval does not list;
/// `invalid-request`; `conflict` for the same key with another body; `too-many-requests` where too many wait already;
/// `limit-exceeded`; `unknown-outcome`: query with [`find_presentation`].
pub fn request_presentation(key: &str, new: &NewPresentation) -> Result<Presentation, GovError> {
    host::request_presentation(key, new)
}

/// A presentation of this service.
///
/// # Errors
/// `not-found`.
pub fn get_presentation(id: &str) -> Result<Presentation, GovError> {
    host::get_presentation(id)
}

/// The presentation that was asked for with this key.
///
/// # Errors
/// Those of every call.
pub fn find_presentation(key: &str) -> Result<Option<Presentation>, GovError> {
    host::find_presentation(key)
}

/// Takes back a request that nobody has answered.
///
/// # Errors
/// `not-found`; `conflict` once it was answered or its time is over.
pub fn cancel_presentation(id: &str) -> Result<Presentation, GovError> {
    host::cancel_presentation(id)
}

/// The text of a JSON string (RFC 8259, section 7).
fn text_of_json(json: &str) -> Option<String> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        text.push(match letters.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            // The platform writes control characters alone in this form.
            'u' => {
                let digits: String = letters.by_ref().take(4).collect();
                let is_whole = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                char::from_u32(u32::from_str_radix(&digits, 16).ok().filter(|_| is_whole)?)?
            }
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        });
    }
    Some(text)
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
    fn texts_are_read_from_json() {
        for text in ["", "Məmmədova", "a \"b\" \\ / c", "1\n2\t3\u{1}"] {
            assert_eq!(text_of_json(&json_text(text)).as_deref(), Some(text));
        }
        assert_eq!(text_of_json(r#""a\n\/""#).as_deref(), Some("a\n/"));
        for other in ["7", "true", "\"", "\"a", r#""\x""#, r#""\u12""#] {
            assert_eq!(text_of_json(other), None, "{other}");
        }
    }

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
