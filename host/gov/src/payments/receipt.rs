//! Receipts: what a citizen keeps as proof that the state was paid.

use sqlx::Row as _;
use subtle::ConstantTimeEq as _;

use super::mac::MacKey;
use super::money::Money;
use super::new_payment::hash_fields;
use super::payment::Payment;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::random::Random;

/// Keeps a receipt's code apart from other codes under the same key.
const MAC_DOMAIN: &str = "receipt";
/// Hexadecimal digits of the code that the citizen sees: 80 bits, too many to guess at a counter.
const CODE_DIGITS_SHOWN: usize = 20;

/// The proof that a payment was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The number on it: `rcp_` and 26 characters.
    pub id: String,
    /// Of which payment.
    pub payment: String,
    /// When the money moved.
    pub at: Timestamp,
    /// SHA-256 over every fact on it, 64 hexadecimal digits.
    pub sha256: String,
    mac: String,
}

impl Receipt {
    /// Whether somebody typed this receipt's verification code; spaces and capitals do not matter.
    pub(super) fn has_code(&self, typed: &str) -> bool {
        let typed: String = typed
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let code: String = self.mac.chars().take(CODE_DIGITS_SHOWN).collect();
        typed.as_bytes().ct_eq(code.as_bytes()).into()
    }

    /// The start of the platform's code over the digest, in groups, for reading aloud and typing.
    pub fn verification_code(&self) -> String {
        let mut code = String::new();
        for (index, digit) in self.mac.chars().take(CODE_DIGITS_SHOWN).enumerate() {
            if index > 0 && index % 4 == 0 {
                code.push(' ');
            }
            code.push(digit);
        }
        code
    }
}

/// SHA-256 over the facts of a receipt. Amounts given back later are no part of it.
fn digest(id: &str, at: Timestamp, payment: &Payment) -> String {
    let code = payment.service_code;
    hash_fields(&[
        id,
        &at.0.to_string(),
        &payment.id,
        &payment.citizen.0,
        &payment.amount.minor_units().to_string(),
        Money::CURRENCY,
        &payment.service.0,
        &payment.controller,
        &code.code,
        &code.budget_classification,
        &code.organisation_code,
        &code.level_code,
        &payment.reference,
        &payment.description.az,
    ])
}

/// Writes the receipt of a payment that was just paid; answers its id.
pub(super) async fn issue(
    tx: &mut Conn,
    key: &MacKey,
    random: &Random,
    now: Timestamp,
    payment: &Payment,
) -> Result<String, DbError> {
    let id = random.id("rcp", now);
    let sha256 = digest(&id, now, payment);
    sqlx::query(include_str!("../../sql/payments/insert_receipt.sql"))
        .bind(id.as_str())
        .bind(payment.id.as_str())
        .bind(now.0)
        .bind(sha256.as_str())
        .bind(key.code(MAC_DOMAIN, &[&sha256]))
        .execute(tx)
        .await?;
    Ok(id)
}

/// The receipt of this id with its payment, after checking that neither was changed.
///
/// # Errors
/// [`DbError::Corrupt`] when a fact differs from what was signed.
pub(super) async fn find(
    conn: &mut Conn,
    key: &MacKey,
    id: &str,
) -> Result<Option<(Receipt, Payment)>, DbError> {
    let row = sqlx::query(include_str!("../../sql/payments/receipt.sql"))
        .bind(id)
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let receipt = Receipt {
        id: row.try_get("id")?,
        payment: row.try_get("payment")?,
        at: Timestamp(row.try_get("at_ms")?),
        sha256: row.try_get("sha256")?,
        mac: row.try_get("mac")?,
    };
    let corrupt = || DbError::Corrupt {
        table: "payment_receipt",
        id: receipt.id.clone(),
    };
    let payment = super::store::payment(conn, &receipt.payment)
        .await?
        .ok_or_else(corrupt)?;
    let unchanged = digest(&receipt.id, receipt.at, &payment) == receipt.sha256
        && key.is_code(MAC_DOMAIN, &[&receipt.sha256], &receipt.mac);
    if unchanged {
        Ok(Some((receipt, payment)))
    } else {
        Err(corrupt())
    }
}
