//! Money: whole qəpik of Azerbaijani manats, every operation checked.

mod typed;

use std::fmt;

use crate::text::Locale;

pub use typed::TypedError;

/// Minor units in one manat.
pub const QEPIK_PER_MANAT: u64 = 100;

/// An amount of money in qəpik (minor units of AZN, exponent 2), from 0 to [`Money::MAX`]. AZN is the
/// platform's only currency, so two amounts can always be compared and added.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize
)]
#[serde(transparent)]
pub struct Money(u64);

/// Why a number of minor units is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// More than [`Money::MAX`].
    #[error("the amount is above {} minor units", Money::MAX.0)]
    TooMuch,
    /// Less than zero.
    #[error("the amount is below zero")]
    Negative,
}

impl Money {
    /// The only currency (ISO 4217).
    pub const CURRENCY: &'static str = "AZN";
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// The largest amount or sum: a tenth of the range of a signed 64-bit column, so that sums in SQL cannot
    /// overflow before a CHECK sees them.
    pub const MAX: Self = Self(i64::MAX as u64 / 10);

    /// `minor_units` qəpik.
    ///
    /// # Errors
    /// [`MoneyError::TooMuch`].
    pub const fn from_minor_units(minor_units: u64) -> Result<Self, MoneyError> {
        if minor_units <= Self::MAX.0 {
            Ok(Self(minor_units))
        } else {
            Err(MoneyError::TooMuch)
        }
    }

    /// The amount in a database column.
    ///
    /// # Errors
    /// [`MoneyError::Negative`], [`MoneyError::TooMuch`].
    pub fn from_column(minor_units: i64) -> Result<Self, MoneyError> {
        u64::try_from(minor_units)
            .map_err(|_| MoneyError::Negative)
            .and_then(Self::from_minor_units)
    }

    /// The limit of an approval; a value beyond [`Money::MAX`] counts as [`Money::MAX`].
    pub fn limit(minor_units: u64) -> Self {
        Self(minor_units.min(Self::MAX.0))
    }

    /// In qəpik.
    pub const fn minor_units(self) -> u64 {
        self.0
    }

    /// In qəpik, for a database column.
    pub const fn column(self) -> i64 {
        // `MAX` fits by its definition.
        self.0 as i64
    }

    /// The difference, or `None` if `other` is greater.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount as people write it: `1.234,56 AZN` in Azerbaijani, `AZN 1,234.56` in English (CLDR patterns;
    /// the currency code, because many fonts lack the sign U+20BC).
    pub fn display(self, locale: Locale) -> impl fmt::Display {
        let manat = (self.0 / QEPIK_PER_MANAT).to_string();
        let qepik = self.0 % QEPIK_PER_MANAT;
        let grouped = |separator: char| {
            let mut text = String::with_capacity(manat.len() + manat.len() / 3);
            for (index, digit) in manat.chars().enumerate() {
                if index > 0 && (manat.len() - index).is_multiple_of(3) {
                    text.push(separator);
                }
                text.push(digit);
            }
            text
        };
        match locale.for_page() {
            Locale::En => format!("AZN\u{a0}{}.{qepik:02}", grouped(',')),
            // A no-break space keeps the code on the line of the number.
            Locale::Az | Locale::Ru => format!("{},{qepik:02}\u{a0}AZN", grouped('.')),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn azn(minor_units: u64) -> Money {
        Money::from_minor_units(minor_units).unwrap()
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        let check = |amount: u64, az: &str, en: &str| {
            assert_eq!(azn(amount).display(Locale::Az).to_string(), az);
            assert_eq!(azn(amount).display(Locale::En).to_string(), en);
        };
        check(0, "0,00\u{a0}AZN", "AZN\u{a0}0.00");
        check(5, "0,05\u{a0}AZN", "AZN\u{a0}0.05");
        check(1_234, "12,34\u{a0}AZN", "AZN\u{a0}12.34");
        check(99_999, "999,99\u{a0}AZN", "AZN\u{a0}999.99");
        check(123_456_789, "1.234.567,89\u{a0}AZN", "AZN\u{a0}1,234,567.89");
    }

    #[test]
    fn amounts_beyond_the_range_are_refused() {
        assert_eq!(Money::from_minor_units(u64::MAX), Err(MoneyError::TooMuch));
        assert_eq!(Money::from_column(-1), Err(MoneyError::Negative));
        assert_eq!(Money::from_column(i64::MAX), Err(MoneyError::TooMuch));
        assert_eq!(Money::limit(u64::MAX), Money::MAX);
        assert_eq!(Money::ZERO.checked_sub(azn(1)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000_000))]

        // Compared with 128-bit numbers, which cannot overflow here.
        #[test]
        fn arithmetic_never_wraps(left in 0..=Money::MAX.0, right in 0..=u64::MAX) {
            let (a, b) = (azn(left), Money::limit(right));
            prop_assert_eq!(a.checked_sub(b).map(|rest| i128::from(rest.0)), (a >= b).then(|| i128::from(a.0) - i128::from(b.0)));
            prop_assert_eq!(Money::from_column(a.column()), Ok(a));
        }
    }
}
