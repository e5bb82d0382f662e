//! What the log-in page shows: the form, its mistakes, and the people of the test environment beside it.

use askama::Template;

use super::super::login_text::LoginText;
use crate::clock::Timestamp;
use crate::identity::personas::Persona;
use crate::web::{PageContext, date_time};

#[derive(Template)]
#[template(path = "identity_login.html")]
pub(super) struct LoginPage {
    pub(super) context: PageContext,
    pub(super) text: &'static LoginText,
    pub(super) people: &'static [Persona],
    /// The sealed authorization request.
    pub(super) request: String,
    /// What stands in the field for the FIN.
    pub(super) fin: String,
    /// A log-in with the signature is asked for.
    pub(super) high: bool,
    /// The code is [`ONE_TIME_CODE`](crate::identity::personas::ONE_TIME_CODE), which the page may tell.
    pub(super) well_known: bool,
    pub(super) mistake: Option<Mistake>,
}

/// What is wrong with the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    FinMissing,
    /// A FIN has seven letters and digits.
    FinMalformed,
    FinUnknown,
    Deceased,
    /// The client asks for another citizen, whose ID token it sent along.
    OtherPerson,
    /// Not as many digits as a code has: no guess, so no attempt is spent.
    CodeMalformed,
    WrongCode {
        attempts_left: i64,
    },
    /// No further code is looked at before this moment.
    MustWait(Timestamp),
}

impl LoginPage {
    /// The sentence about the field for the FIN.
    fn fin_error(&self) -> Option<&str> {
        match self.mistake? {
            Mistake::FinMissing => Some(&self.text.fin_missing),
            Mistake::FinMalformed => Some(&self.text.fin_malformed),
            Mistake::FinUnknown => Some(&self.text.fin_unknown),
            Mistake::Deceased => Some(&self.text.deceased_error),
            Mistake::OtherPerson => Some(&self.text.other_person_error),
            Mistake::CodeMalformed | Mistake::WrongCode { .. } | Mistake::MustWait(_) => None,
        }
    }

    /// The sentence about the field for the code.
    fn code_error(&self) -> Option<String> {
        match self.mistake? {
            Mistake::WrongCode { attempts_left } => Some(format!(
                "{} {}: {attempts_left}",
                self.text.code_error, self.text.attempts_left
            )),
            Mistake::MustWait(until) => Some(format!(
                "{} {}",
                self.text.attempts_error,
                date_time(whole_minute(until))
            )),
            Mistake::CodeMalformed => Some(self.text.code_format_error.clone()),
            Mistake::FinMissing
            | Mistake::FinMalformed
            | Mistake::FinUnknown
            | Mistake::Deceased
            | Mistake::OtherPerson => None,
        }
    }
}

/// The next whole minute: pages show no seconds.
fn whole_minute(at: Timestamp) -> Timestamp {
    const MINUTE_MS: i64 = 60 * 1000;
    Timestamp(
        at.0.saturating_add(MINUTE_MS - 1)
            .div_euclid(MINUTE_MS)
            .saturating_mul(MINUTE_MS),
    )
}
