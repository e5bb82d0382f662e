//! Payments to the state and refunds. Capability: `payments`.
//!
//! The citizen pays on the platform's own page: create a payment, redirect to its `next_url`, and read its
//! status when the citizen comes back to `return_path`. Amounts are whole qəpik.

pub use crate::bindings::aim::gov::payments::{
    Bill, BillStatus, Failure, Money, NewPayment, Payment, Refund, RefundAvailability, RefundStatus, Status,
};

use crate::bindings::aim::gov::payments as host;
use crate::error::GovError;
use crate::text::Locale;

/// The longest idempotency key, in characters.
pub const KEY_CHARS_MAX: usize = 255;

impl Money {
    /// An amount in qəpik.
    pub fn azn(qepik: u64) -> Self {
        Self {
            minor_units: qepik,
            currency: "AZN".to_owned(),
        }
    }
}

impl Money {
    /// The amount as the platform's own pages write it, with no-break spaces: `AZN 1,234.05` in English,
    /// `1.234,05 AZN` otherwise. It uses the currency code because many fonts lack the sign U+20BC.
    pub fn shown(&self, locale: Locale) -> String {
        let (thousands, decimal) = match locale {
            Locale::En => (',', '.'),
            Locale::Az | Locale::Ru => ('.', ','),
        };
        let digits = (self.minor_units / 100).to_string();
        let mut amount = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                amount.push(thousands);
            }
            amount.push(digit);
        }
        let (qepik, currency) = (self.minor_units % 100, &self.currency);
        match locale {
            Locale::En => format!("{currency}\u{a0}{amount}{decimal}{qepik:02}"),
            Locale::Az | Locale::Ru => format!("{amount}{decimal}{qepik:02}\u{a0}{currency}"),
        }
    }
}

/// An idempotency key from the names of what is paid. The same parts give the same key, so a second click finds
/// the first payment; other parts give another key. ASCII letters and digits stay, any other byte becomes `-`
/// and two hexadecimal digits, and `--` separates the parts. The platform refuses a key of more than
/// [`KEY_CHARS_MAX`] characters.
pub fn key(parts: &[&str]) -> String {
    let mut key = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            key.push_str("--");
        }
        for byte in part.bytes() {
            if byte.is_ascii_alphanumeric() {
                key.push(char::from(byte));
            } else {
                key.push_str(&format!("-{byte:02x}"));
            }
        }
    }
    key
}

/// Creates a payment. The same key and body return the first answer again.
///
/// # Errors
/// `login-required`; `access-denied` for a service code outside the approval; `limit-exceeded`;
/// `invalid-request`; `conflict` for the same key with another body, or for a bill that is paid or has another
/// amount; those of [`bills`] if the reference is a bill's `id` and the citizen has not agreed;
/// `unknown-outcome`: query with [`find`].
pub fn create(key: &str, payment: &NewPayment) -> Result<Payment, GovError> {
    host::create(key, payment)
}

/// A payment of this service.
///
/// # Errors
/// `not-found`.
pub fn get(id: &str) -> Result<Payment, GovError> {
    host::get(id)
}

/// The payment that was made with this key.
///
/// # Errors
/// Those of every call.
pub fn find(key: &str) -> Result<Option<Payment>, GovError> {
    host::find(key)
}

/// Captures the money of a payment with `delayed_capture`.
///
/// # Errors
/// `not-found`; `conflict` unless its status is `capturable`.
pub fn capture(id: &str) -> Result<Payment, GovError> {
    host::capture(id)
}

/// Cancels an unfinished payment.
///
/// # Errors
/// `not-found`; `conflict` once it is finished.
pub fn cancel(id: &str) -> Result<Payment, GovError> {
    host::cancel(id)
}

/// Refunds `qepik` of a payment. `expect_refundable` is the [`Payment::refundable`] that you saw.
///
/// # Errors
/// `not-found`; `invalid-request` for more than is refundable; `conflict` if another refund came first.
pub fn refund(key: &str, payment: &Payment, qepik: u64, expect_refundable: u64) -> Result<Refund, GovError> {
    host::refund_payment(key, &payment.id, qepik, expect_refundable)
}

/// What the citizen's household owes under a service code, for a purpose of the manifest that covers
/// `utility_bills`.
///
/// # Errors
/// `login-required`; `access-denied`; `consent-required`, `-paused`, `-revoked`, `-expired`.
pub fn bills(service_code: &str, purpose: &str) -> Result<Vec<Bill>, GovError> {
    host::bills(service_code, purpose)
}

/// As [`bills`], with the paid ones: the last twelve months of use and everything older that is not paid,
/// oldest first.
///
/// # Errors
/// As [`bills`].
pub fn bill_history(service_code: &str, purpose: &str) -> Result<Vec<Bill>, GovError> {
    host::bill_history(service_code, purpose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_people_write_it() {
        let shown = |qepik, locale| Money::azn(qepik).shown(locale).replace('\u{a0}', " ");
        assert_eq!(shown(5, Locale::Az), "0,05 AZN");
        assert_eq!(shown(123_405, Locale::Ru), "1.234,05 AZN");
        assert_eq!(shown(123_405, Locale::En), "AZN 1,234.05");
        assert_eq!(shown(100_000_000, Locale::En), "AZN 1,000,000.00");
    }

    #[test]
    fn key_is_made_of_allowed_characters_and_is_stable() {
        assert_eq!(key(&["bill_7", "ə", "1"]), "bill-5f7---c9-99--1");
    }

    #[test]
    fn other_parts_give_another_key() {
        let long = "x".repeat(KEY_CHARS_MAX);
        let parts: [&[&str]; 8] = [
            &["a-b", "c"],
            &["a", "b-c"],
            &["a_b", "c"],
            &["a", "b", "c"],
            &["a-2db", "c"],
            &["a", "", "b-c"],
            &[&long, "1"],
            &[&long, "2"],
        ];
        let keys: std::collections::BTreeSet<_> = parts.iter().map(|parts| key(parts)).collect();
        assert_eq!(keys.len(), parts.len(), "{keys:?}");
    }
}
