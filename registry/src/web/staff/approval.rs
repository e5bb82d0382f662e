//! The approval form: each limit as people write it, and the grounds.

use std::collections::HashMap;

use aim_gov::payments::Money;
use aim_gov::payments::money::TypedError;
use aim_gov::text::Locale;
use aim_gov::typed::Digits;

use super::StaffText;
use super::case::{FormError, Typed};
use crate::domain::submission::{Approve, Reason, Submission, parse_grounds};
use crate::manifest::{LimitField, Limits};
use crate::web::words::{Words, amount};

/// An officer's input. Names of limits are those of [`LimitField::key`].
#[derive(serde::Deserialize)]
pub(super) struct ApproveForm {
    digest: String,
    evidence: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    pub confirm: String,
    #[serde(flatten)]
    limits: HashMap<String, String>,
}

impl ApproveForm {
    fn limit(&self, field: LimitField) -> &str {
        self.limits.get(field.key()).map_or("", |typed| typed.trim())
    }

    /// The input, to be shown again.
    pub fn typed(&self) -> Typed {
        Typed {
            limits: LimitField::ALL
                .iter()
                .copied()
                .map(|field| (field.key(), self.limit(field).to_owned()))
                .collect(),
            note: self.note.clone(),
            ..Typed::default()
        }
    }

    /// The fields that are sent again with a confirmation.
    pub fn fields(&self) -> Vec<(String, String)> {
        let limits = LimitField::ALL
            .iter()
            .copied()
            .map(|field| (field.key().to_owned(), self.limit(field).to_owned()));
        let rest = [
            ("digest", &self.digest),
            ("evidence", &self.evidence),
            ("note", &self.note),
        ];
        rest.map(|(name, value)| (name.to_owned(), value.clone()))
            .into_iter()
            .chain(limits)
            .collect()
    }
}

/// Parses all fields of the form.
///
/// # Errors
/// Every error, each with the name of its field.
pub(super) fn read(
    text: &StaffText,
    words: &Words,
    lang: Locale,
    form: &ApproveForm,
    submission: &Submission,
) -> Result<Approve, Vec<FormError>> {
    let asked = &submission.manifest.limits;
    let mut errors = Vec::new();
    let mut values = HashMap::new();
    for field in LimitField::ALL.iter().copied() {
        let name = words.limit.get(&field);
        let wrong = |sentence: &str| FormError {
            field: field.key().to_owned(),
            message: sentence.replace("{limit}", name),
        };
        let most = asked.get(field);
        match value(field, form.limit(field), most) {
            Ok(value) if value > most => {
                let most = amount(field, most, lang);
                errors.push(wrong(&text.limit_beyond.replace("{asked}", &most)));
            }
            Ok(value) if value < field.least() => errors.push(wrong(&text.limit_small)),
            Ok(value) => {
                values.insert(field.key(), value);
            }
            Err(Unreadable::Missing) => errors.push(wrong(&text.limit_missing)),
            Err(Unreadable::Number) => errors.push(wrong(&text.limit_number)),
            Err(Unreadable::Amount) => errors.push(wrong(&text.limit_amount)),
            Err(Unreadable::Ambiguous) => errors.push(wrong(&text.limit_ambiguous)),
        }
    }
    if let Err(reason) = parse_grounds(&form.note) {
        errors.push(FormError {
            field: "note".to_owned(),
            message: match reason {
                Reason::NoReason => text.note_missing.clone(),
                reason => words.rule.get(reason.code()).to_owned(),
            },
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Approve {
        digest: form.digest.clone(),
        evidence: form.evidence.clone(),
        limits: Limits::from_values(|field| values.get(field.key()).copied().unwrap_or(0)),
        note: form.note.clone(),
    })
}

/// Why a limit cannot be parsed.
enum Unreadable {
    Missing,
    Number,
    Amount,
    Ambiguous,
}

/// The value of a limit; a number that is too large to parse also exceeds the asked limit.
fn value(field: LimitField, typed: &str, asked: u64) -> Result<u64, Unreadable> {
    // The form has no field for a limit that was not asked for.
    if typed.is_empty() && asked == 0 {
        return Ok(0);
    }
    if typed.is_empty() {
        return Err(Unreadable::Missing);
    }
    if field.is_money() {
        return match Money::parse(typed) {
            Ok(amount) => Ok(amount.minor_units()),
            Err(TypedError::TooMuch) => Ok(u64::MAX),
            Err(TypedError::Ambiguous) => Err(Unreadable::Ambiguous),
            Err(TypedError::NotAnAmount) => Err(Unreadable::Amount),
        };
    }
    let digits = Digits::parse(typed).map_err(|_| Unreadable::Number)?;
    Ok(digits.as_str().parse().unwrap_or(u64::MAX))
}
