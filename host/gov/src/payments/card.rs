//! Cards: what a citizen types on the pay page, and what the simulated provider does with it.
//!
//! The numbers are GOV.UK Pay's test cards, and two of our own for a provider that is silent. Any other number is refused before it goes anywhere, so
//! that nobody types a real one here with success. No number is stored or logged.

use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Timestamp;
use crate::typed::{Digits, NotDigits};

/// What the provider does with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Pays.
    Approve,
    /// Is declined.
    Decline,
    /// Is refused as expired, whatever date is typed.
    Expired,
    /// Is refused for its security code, whatever is typed.
    WrongCvc,
    /// Breaks the provider.
    Fault,
    /// Makes the citizen's bank ask the citizen first (3-D Secure).
    Challenge,
    /// Pays, and the provider's answer is lost.
    AnswerLost,
    /// Never reaches the provider.
    Unreachable,
}

/// A card that the sandbox knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestCard {
    /// The number, without spaces.
    pub number: &'static str,
    /// What the provider does with it.
    pub behaviour: Behaviour,
}

/// The cards that the sandbox knows.
pub const TEST_CARDS: [TestCard; 9] = [
    card("4242424242424242", Behaviour::Approve),
    card("4444333322221111", Behaviour::Approve),
    card("4000000000000002", Behaviour::Decline),
    card("4000000000000069", Behaviour::Expired),
    card("4000000000000127", Behaviour::WrongCvc),
    card("4000000000000119", Behaviour::Fault),
    card("4000002500003155", Behaviour::Challenge),
    card("4000000000000341", Behaviour::AnswerLost),
    card("4000000000000333", Behaviour::Unreachable),
];

const fn card(number: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { number, behaviour }
}

impl TestCard {
    /// The number in groups of four, as it stands on a card.
    pub fn grouped(&self) -> String {
        let digits: Vec<_> = self.number.chars().collect();
        let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }
}

/// What the citizen typed.
#[derive(Debug)]
pub struct CardForm {
    /// The number, however its digits are separated.
    pub number: SecretString,
    /// 1 to 12.
    pub expiry_month: String,
    /// Two or four digits.
    pub expiry_year: String,
    /// Three or four digits.
    pub cvc: SecretString,
}

/// A field of the form that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardError {
    /// No number.
    NumberMissing,
    /// Not 12 to 19 digits, or the check digit does not fit.
    NumberInvalid,
    /// A number that is none of [`TEST_CARDS`].
    NumberNotTest,
    /// No month of a year.
    ExpiryInvalid,
    /// A month that is over.
    ExpiryPast,
    /// Not three or four digits.
    CvcInvalid,
}

/// A card that can go to the provider.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    behaviour: Behaviour,
}

impl Card {
    /// What the provider does with it.
    pub(super) fn behaviour(self) -> Behaviour {
        self.behaviour
    }

    /// Checks every field, as of `now`.
    ///
    /// # Errors
    /// Each field that is wrong, in the order of the form.
    pub fn parse(form: &CardForm, now: Timestamp) -> Result<Self, Vec<CardError>> {
        let number = parse_number(&form.number);
        let expiry = check_expiry(&form.expiry_month, &form.expiry_year, now);
        let cvc_fits =
            Digits::parse(form.cvc.expose_secret()).is_ok_and(|cvc| matches!(cvc.as_str().len(), 3 | 4));
        let errors: Vec<_> = number
            .err()
            .into_iter()
            .chain(expiry.err())
            .chain((!cvc_fits).then_some(CardError::CvcInvalid))
            .collect();
        match number {
            Ok(behaviour) if errors.is_empty() => Ok(Self { behaviour }),
            _ => Err(errors),
        }
    }
}

fn parse_number(typed: &SecretString) -> Result<Behaviour, CardError> {
    let digits = Digits::parse(typed.expose_secret()).map_err(|error| match error {
        NotDigits::Empty => CardError::NumberMissing,
        NotDigits::Malformed => CardError::NumberInvalid,
    })?;
    let digits = digits.as_str();
    if !(12..=19).contains(&digits.len()) || !luhn(digits.as_bytes()) {
        return Err(CardError::NumberInvalid);
    }
    TEST_CARDS
        .iter()
        .find(|card| card.number == digits)
        .map(|card| card.behaviour)
        .ok_or(CardError::NumberNotTest)
}

/// Whether the check digit fits (ISO/IEC 7812-1, annex B). The bytes are ASCII digits.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            match place % 2 {
                0 => value,
                _ if value > 4 => 2 * value - 9,
                _ => 2 * value,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn check_expiry(month: &str, year: &str, now: Timestamp) -> Result<(), CardError> {
    let digits = |typed: &str| Digits::parse(typed).map_err(|_| CardError::ExpiryInvalid);
    let number = |digits: &Digits| -> Result<i16, CardError> {
        digits.as_str().parse().map_err(|_| CardError::ExpiryInvalid)
    };
    let month = number(&digits(month)?)?;
    let year = digits(year)?;
    let year = match (year.as_str().len(), number(&year)?) {
        (2, year) => 2000 + year,
        (4, year) => year,
        _ => return Err(CardError::ExpiryInvalid),
    };
    if !(1..=12).contains(&month) {
        return Err(CardError::ExpiryInvalid);
    }
    let Some(today) = now.in_baku() else {
        return Err(CardError::ExpiryPast);
    };
    // A card is good until the end of its month.
    if (year, month) < (today.year(), i16::from(today.month())) {
        return Err(CardError::ExpiryPast);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21.
    const NOW: Timestamp = Timestamp(1_795_248_000_000);

    fn form(number: &str, month: &str, year: &str, cvc: &str) -> CardForm {
        CardForm {
            number: number.into(),
            expiry_month: month.to_owned(),
            expiry_year: year.to_owned(),
            cvc: cvc.into(),
        }
    }

    #[test]
    fn every_test_card_is_taken_and_does_what_the_table_says() {
        for card in TEST_CARDS {
            let parsed = Card::parse(&form(&card.grouped(), "11", "26", "123"), NOW).unwrap();
            assert_eq!(parsed.behaviour(), card.behaviour);
        }
    }

    #[test]
    fn pasted_card_is_taken_whatever_separates_its_digits() {
        for gap in [
            " ", "-", "\u{a0}", "\u{2009}", "\u{202f}", "\u{2013}", "\t", "\u{200b}",
        ] {
            let number = ["4242"; 4].join(gap);
            let typed = form(&number, "12 ", "\u{a0}2030", "1\u{2009}23");
            assert!(Card::parse(&typed, NOW).is_ok(), "{gap:?}");
        }
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        let check = |number, month, year, cvc, expected: &[CardError]| {
            assert_eq!(
                Card::parse(&form(number, month, year, cvc), NOW).unwrap_err(),
                expected
            );
        };
        let good = "4242 4242 4242 4242";
        check("", "1", "30", "123", &[CardError::NumberMissing]);
        check("4242424242424241", "1", "30", "123", &[CardError::NumberInvalid]);
        check("4242", "1", "30", "123", &[CardError::NumberInvalid]);
        check("abcdabcdabcdabcd", "1", "30", "123", &[CardError::NumberInvalid]);
        // A number that could be somebody's.
        check("5555555555554444", "1", "30", "123", &[CardError::NumberNotTest]);
        check(good, "13", "30", "123", &[CardError::ExpiryInvalid]);
        check(good, "+1", "30", "123", &[CardError::ExpiryInvalid]);
        check(good, "1", "030", "123", &[CardError::ExpiryInvalid]);
        check(good, "10", "26", "123", &[CardError::ExpiryPast]);
        check(good, "11", "2025", "123", &[CardError::ExpiryPast]);
        check(good, "1", "30", "12", &[CardError::CvcInvalid]);
        check(good, "1", "30", "12a", &[CardError::CvcInvalid]);
        check(
            "",
            "",
            "",
            "",
            &[
                CardError::NumberMissing,
                CardError::ExpiryInvalid,
                CardError::CvcInvalid,
            ],
        );
    }

    #[test]
    fn card_never_shows_in_a_log() {
        let shown = format!("{:?}", form("4242424242424242", "1", "30", "987"));
        assert!(!shown.contains("4242") && !shown.contains("987"), "{shown}");
    }
}
