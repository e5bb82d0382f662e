//! Amounts as people type them: manats, with a comma or a dot before the qəpik.

use super::{Money, QEPIK_PER_MANAT};
use crate::typed::{self, ascii_digit};

/// Digits of the qəpik.
const DECIMALS: usize = 2;
/// Digits between two separators of thousands.
const GROUP: usize = 3;

/// Why a typed amount cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// Not an amount.
    #[error("this is not an amount: write manats and qəpik, as in `500,00`")]
    NotAnAmount,
    /// One separator followed by three digits: `1.234` may be one thousand or a little more than one.
    #[error("the separator may be one of thousands or of qəpik: write `1234,00` or `1,23`")]
    Ambiguous,
    /// More than [`Money::MAX`].
    #[error("the amount is larger than any that the platform knows")]
    TooMuch,
}

impl Money {
    /// Parses an amount in manats: `500`, `500,00`, `500.5`, `500 000,00`, `1.234,56`, `1,234.56`, with or
    /// without `AZN` or `₼` at either end.
    ///
    /// # Errors
    /// [`TypedError`].
    pub fn parse(typed: &str) -> Result<Self, TypedError> {
        let number = without_currency(typed.trim());
        let (manats, qepik) = split(number)?;
        let value = |digits: &[u64]| {
            digits
                .iter()
                .try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(*digit))
        };
        let mut decimals = qepik;
        decimals.resize(DECIMALS, 0);
        let minor_units = value(&manats)
            .and_then(|manats| manats.checked_mul(QEPIK_PER_MANAT))
            .zip(value(&decimals))
            .and_then(|(manats, qepik)| manats.checked_add(qepik))
            .ok_or(TypedError::TooMuch)?;
        Self::from_minor_units(minor_units).map_err(|_| TypedError::TooMuch)
    }
}

/// A space of any width, an invisible mark or an apostrophe: characters between groups of digits that are never
/// a decimal sign.
fn is_gap(c: char) -> bool {
    typed::is_gap(c) || matches!(c, '\'' | '\u{2019}')
}

fn without_currency(typed: &str) -> &str {
    let marks = ["AZN", "azn", "Azn", "₼", "manat"];
    let mut rest = typed;
    for mark in marks {
        rest = rest.strip_prefix(mark).unwrap_or(rest);
        rest = rest.strip_suffix(mark).unwrap_or(rest);
    }
    rest.trim_matches(is_gap)
}

/// The digits of manats and of qəpik.
fn split(number: &str) -> Result<(Vec<u64>, Vec<u64>), TypedError> {
    let compact: Vec<char> = number.chars().filter(|c| !is_gap(*c)).collect();
    let is_separator = |c: &char| matches!(c, '.' | ',');
    let separators: Vec<char> = compact.iter().copied().filter(is_separator).collect();
    let groups: Vec<Vec<u64>> = compact
        .split(is_separator)
        .map(|group| {
            group
                .iter()
                .map(|c| ascii_digit(*c)?.to_digit(10).map(u64::from))
                .collect::<Option<_>>()
        })
        .collect::<Option<_>>()
        .ok_or(TypedError::NotAnAmount)?;
    let (last, before) = groups.split_last().ok_or(TypedError::NotAnAmount)?;
    let has_decimals = match separators.as_slice() {
        [] => return whole(&groups),
        // Qəpik follow a single separator, or a last one that differs from those before it.
        [_] if last.len() == GROUP => return Err(TypedError::Ambiguous),
        [_] => true,
        [first, .., end] => first != end,
    };
    if !has_decimals {
        return whole(&groups);
    }
    // All separators before the last one separate thousands, so they must be equal.
    let thousands = separators.split_last().map_or(&[][..], |(_, rest)| rest);
    if (1..=DECIMALS).contains(&last.len()) && all_same(thousands) {
        Ok((whole(before)?.0, last.clone()))
    } else {
        Err(TypedError::NotAnAmount)
    }
}

fn all_same(separators: &[char]) -> bool {
    separators.windows(2).all(|pair| pair.first() == pair.last())
}

/// Groups of thousands: one to three digits, then three each; a single group may have any length.
fn whole(groups: &[Vec<u64>]) -> Result<(Vec<u64>, Vec<u64>), TypedError> {
    let good = match groups {
        [] => false,
        [only] => !only.is_empty(),
        [first, rest @ ..] => {
            (1..=GROUP).contains(&first.len()) && rest.iter().all(|group| group.len() == GROUP)
        }
    };
    if good {
        Ok((groups.concat(), Vec::new()))
    } else {
        Err(TypedError::NotAnAmount)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::Locale;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (typed, minor_units) in [
            ("500", 50_000),
            ("0", 0),
            ("500,00", 50_000),
            ("500.5", 50_050),
            ("500 000,00", 50_000_000),
            ("500000.00", 50_000_000),
            ("500\u{a0}000,00", 50_000_000),
            ("500\u{202f}000", 50_000_000),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1.234.567", 123_456_700),
            ("1.234.567,8", 123_456_780),
            ("1'234,56", 123_456),
            ("AZN 500.00", 50_000),
            ("500,00 AZN", 50_000),
            ("500,00 ₼", 50_000),
            ("５００,００", 50_000),
        ] {
            assert_eq!(
                Money::parse(typed).map(Money::minor_units),
                Ok(minor_units),
                "{typed}"
            );
        }
    }

    #[test]
    fn unclear_amounts_are_refused() {
        for (typed, error) in [
            ("", TypedError::NotAnAmount),
            ("AZN", TypedError::NotAnAmount),
            ("-5", TypedError::NotAnAmount),
            ("5,", TypedError::NotAnAmount),
            (",50", TypedError::NotAnAmount),
            ("1,2345", TypedError::NotAnAmount),
            ("1.23.45", TypedError::NotAnAmount),
            ("1.234.56", TypedError::NotAnAmount),
            ("12.34,567", TypedError::NotAnAmount),
            ("1.234,567.89", TypedError::NotAnAmount),
            ("many", TypedError::NotAnAmount),
            ("1.234", TypedError::Ambiguous),
            ("500,000", TypedError::Ambiguous),
            ("99999999999999999999", TypedError::TooMuch),
        ] {
            assert_eq!(Money::parse(typed), Err(error), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(minor_units in 0..=Money::MAX.minor_units()) {
            let amount = Money::from_minor_units(minor_units).unwrap();
            for locale in Locale::PAGES {
                prop_assert_eq!(Money::parse(&amount.display(locale).to_string()), Ok(amount));
            }
        }

        #[test]
        fn no_text_is_read_wrongly(typed in "[0-9., ]{0,12}") {
            // The result has exactly the typed digits.
            if let Ok(amount) = Money::parse(&typed) {
                let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
                let read = amount.minor_units().to_string();
                let typed_digits = digits.trim_start_matches('0');
                prop_assert!(read.trim_end_matches('0').trim_start_matches('0').len() <= typed_digits.len());
                prop_assert!(read.starts_with(typed_digits.trim_end_matches('0')) || read == "0" || typed_digits.is_empty());
            }
        }
    }
}
