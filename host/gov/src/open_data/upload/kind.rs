//! The type of a column as a publisher's file writes it.

use std::borrow::Cow;

use super::cell::Cell;
use crate::open_data::column::{ColumnType, boolean, integer, number};

/// Digits that a 64-bit floating-point number keeps: a number with more would come out as another one.
const NUMBER_DIGITS_MAX: usize = 15;
/// Decimals after a comma that look like a group of thousands.
const GROUP_DIGITS: usize = 3;

/// How a column's values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    Text,
    Integer,
    /// A number with a decimal point.
    Number,
    /// A number with a decimal comma, and perhaps a space between groups of three digits: `1 234,5`.
    DecimalComma,
    Boolean,
    /// `2026-12-31`.
    Date,
    /// `31.12.2026`, published as `2026-12-31`.
    DateWithDots,
}

crate::coded!(Kind);

impl Kind {
    pub fn column_type(self) -> ColumnType {
        match self {
            Self::Text | Self::Date | Self::DateWithDots => ColumnType::Text,
            Self::Integer => ColumnType::Integer,
            Self::Number | Self::DecimalComma => ColumnType::Number,
            Self::Boolean => ColumnType::Boolean,
        }
    }

    /// A value in the form in which it is published; `None` if it is not of this kind. An empty one fits every kind.
    pub(super) fn published<'t>(self, text: &Cow<'t, str>) -> Option<Cow<'t, str>> {
        let fits = match self {
            _ if text.is_empty() => true,
            Self::Text => true,
            Self::Integer => integer(text).is_some(),
            Self::Number => is_number(text),
            Self::Boolean => boolean(text).is_some(),
            Self::Date => text
                .parse::<jiff::civil::Date>()
                .is_ok_and(|date| date.to_string() == **text),
            Self::DecimalComma => return with_point(text).map(Cow::Owned),
            Self::DateWithDots => return date(text).map(Cow::Owned),
        };
        fits.then(|| text.clone())
    }
}

/// A number that comes out as it went in.
fn is_number(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.chars().filter(char::is_ascii_digit);
    number(text).is_some() && digits.skip_while(|digit| *digit == '0').count() <= NUMBER_DIGITS_MAX
}

/// `1 234,5` as `1234.5`.
fn with_point(text: &str) -> Option<String> {
    let (whole, decimals) = match text.split_once(',') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (text, None),
    };
    let mut groups = whole.split([' ', '\u{a0}', '\u{2009}', '\u{202f}']);
    let mut digits = groups.next()?.to_owned();
    for group in groups {
        let is_group = group.len() == GROUP_DIGITS && group.bytes().all(|byte| byte.is_ascii_digit());
        if !is_group || digits.trim_start_matches('-').is_empty() {
            return None;
        }
        digits.push_str(group);
    }
    if let Some(decimals) = decimals {
        if decimals.is_empty() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.push('.');
        digits.push_str(decimals);
    }
    (!digits.contains('e') && is_number(&digits)).then_some(digits)
}

/// `31.12.2026` as `2026-12-31`.
fn date(text: &str) -> Option<String> {
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is =
        |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || !is(day, 2) || !is(month, 2) || !is(year, 4) {
        return None;
    }
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(date.to_string())
}

/// The kinds that can be guessed, the narrowest first.
const GUESSED: [Kind; 6] = [
    Kind::Integer,
    Kind::Number,
    Kind::Boolean,
    Kind::Date,
    Kind::DateWithDots,
    Kind::DecimalComma,
];

/// What a column's values have in common so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Guess {
    has_value: bool,
    /// Whether a kind of [`GUESSED`] is excluded.
    excluded: [bool; GUESSED.len()],
    /// Whether a comma stands before other than three digits, so that it separates no thousands.
    has_decimals: bool,
}

impl Guess {
    pub(super) fn see(&mut self, cell: &Cell<'_>) {
        if cell.text.is_empty() {
            return;
        }
        self.has_value = true;
        for (kind, excluded) in GUESSED.into_iter().zip(&mut self.excluded) {
            // A text of JSON is one, even if its characters are digits.
            let is_other = cell.is_text && kind.column_type() != ColumnType::Text;
            *excluded = *excluded || is_other || kind.published(&cell.text).is_none();
        }
        let decimals = cell.text.split_once(',').map(|(_, decimals)| decimals.len());
        self.has_decimals |= decimals.is_some_and(|decimals| decimals != GROUP_DIGITS);
    }

    pub(super) fn kind(&self) -> Kind {
        let mut kinds = GUESSED.into_iter().zip(self.excluded);
        match kinds.find(|(_, excluded)| !excluded) {
            Some((Kind::DecimalComma, _)) if !self.has_decimals => Kind::Text,
            Some((kind, _)) if self.has_value => kind,
            _ => Kind::Text,
        }
    }
}
