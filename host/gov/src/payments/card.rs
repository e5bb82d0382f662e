//! Cards: the citizen's input on the pay page, and the simulated provider's behaviour for each test card.
//!
//! The numbers are GOV.UK Pay's test cards, and two more for a provider that does not answer. Any other number
//! is refused before it is sent anywhere, so that a real card is never accepted. No number is stored or logged.

use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Timestamp;
use crate::typed::{Digits, NotDigits};

/// The provider's behaviour for a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// The payment succeeds.
    Approve,
    /// The card is declined.
    Decline,
    /// The card is refused as expired, regardless of the typed date.
    Expired,
    /// The card is refused for its security code, regardless of the typed code.
    WrongCvc,
    /// The provider fails.
    Fault,
    /// The citizen's bank asks the citizen for confirmation (3-D Secure).
    Challenge,
    /// The payment succeeds, and the provider's answer is lost.
    AnswerLost,
    /// The request never reaches the provider.
    Unreachable,
}

/// A test card of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestCard {
    /// The number, without spaces.
    pub number: &'static str,
    /// The provider's behaviour.
    pub behaviour: Behaviour,
}

/// The test cards of the sandbox.
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
    /// The number in groups of four, as printed on a card.
    pub fn grouped(&self) -> String {
        let digits: Vec<_> = self.number.chars().collect();
        let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }
}

/// The citizen's input.
#[derive(Debug)]
pub struct CardForm {
    /// The number, with any separators.
    pub number: SecretString,
    /// 1 to 12.
    pub expiry_month: String,
    /// Two or four digits.
    pub expiry_year: String,
    /// Three or four digits.
    pub cvc: SecretString,
}

/// A wrong field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardError {
    /// The number is missing.
    NumberMissing,
    /// Not 12 to 19 digits, or a wrong check digit.
    NumberInvalid,
    /// A number that is not one of [`TEST_CARDS`].
    NumberNotTest,
    /// Not a month and a year.
    ExpiryInvalid,
    /// A month in the past.
    ExpiryPast,
    /// Not three or four digits.
    CvcInvalid,
}

/// A valid card for the provider.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    behaviour: Behaviour,
}

impl Card {
    /// The provider's behaviour.
    pub(super) fn behaviour(self) -> Behaviour {
        self.behaviour
    }

    /// Checks every field, as of `now`.
    ///
    /// # Errors
    /// Each wrong field, in the order of the form.
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

/// Whether the check digit is right (ISO/IEC 7812-1, annex B). The bytes are ASCII digits.
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
    // A card is valid until the end of its month.
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
        // A number that could belong to a real card.
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
