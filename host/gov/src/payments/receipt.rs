//! Receipts: what a citizen keeps as proof that the state was paid.

use subtle::ConstantTimeEq as _;

use super::money::Money;
use super::payment::Payment;
use super::store;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::idempotency::hash_fields;
use crate::invocation::{CitizenId, ServiceId};
use crate::mac::MacKey;
use crate::random::{Random, is_id};
use crate::sql;
use crate::text::Localised;

/// The prefix of a receipt's id.
pub(super) const RECEIPT: &str = "rcp";
/// Separates codes of receipts from other codes under the same key.
const MAC_DOMAIN: &str = "receipt";
/// Hexadecimal digits of the code that the citizen sees: 80 bits, too many to guess.
const CODE_DIGITS_SHOWN: usize = 20;

/// The facts about a payment on its pages, as of its creation or, on a receipt, of its payment. The receipt
/// stores these texts and proves them all.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// The payment.
    pub payment: String,
    /// The payer.
    pub citizen: CitizenId,
    /// The amount, in minor units of `currency`.
    pub minor_units: u64,
    /// ISO 4217.
    pub currency: String,
    /// The payee.
    pub payee: Localised,
    /// What the payment is for.
    pub description: Localised,
    /// The code of the budget account.
    pub account: String,
    /// The title of the budget account.
    pub account_title: Localised,
    /// Code of the budget's income classification.
    pub budget_classification: String,
    /// Code of the organisation that receives the money.
    pub organisation_code: String,
    /// Code of the budget level.
    pub level_code: String,
    /// The service that requested it.
    pub service: ServiceId,
    /// The service's title.
    pub service_title: Localised,
    /// The organisation that is responsible for the service.
    pub controller: String,
    /// The service's own reference.
    pub reference: String,
}

impl Facts {
    /// The facts of a payment.
    pub fn of(payment: &Payment) -> Self {
        let account = payment.service_code;
        Self {
            payment: payment.id.clone(),
            citizen: payment.citizen.clone(),
            minor_units: payment.amount.minor_units(),
            currency: Money::CURRENCY.to_owned(),
            payee: account.payee.clone(),
            description: payment.description.clone(),
            account: account.code.clone(),
            account_title: account.title.clone(),
            budget_classification: account.budget_classification.clone(),
            organisation_code: account.organisation_code.clone(),
            level_code: account.level_code.clone(),
            service: payment.service.clone(),
            service_title: payment.service_title.clone(),
            controller: payment.controller.clone(),
            reference: payment.reference.clone(),
        }
    }

    /// The amount.
    pub fn amount(&self) -> Money {
        Money::limit(self.minor_units)
    }

    /// The facts in the form that is stored and hashed.
    pub(super) fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// The proof that a payment was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The number on it: `rcp_` and 26 characters.
    pub id: String,
    /// The facts of the payment.
    pub facts: Facts,
    /// When the money moved.
    pub at: Timestamp,
    /// SHA-256 over number, time and facts, 64 hexadecimal digits.
    pub sha256: String,
    mac: String,
}

impl Receipt {
    /// Whether a typed text is this receipt's verification code; see [`crate::typed::code`].
    pub(super) fn has_code(&self, typed: &str) -> bool {
        let typed = crate::typed::code(typed);
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

/// SHA-256 over the content of a receipt. Later refunds are not part of it.
fn digest(id: &str, at: Timestamp, facts: &str) -> String {
    hash_fields(&[id, &at.0.to_string(), facts])
}

/// The digest of old receipts, which did not store their facts.
fn digest_without_facts(id: &str, at: Timestamp, facts: &Facts) -> String {
    hash_fields(&[
        id,
        &at.0.to_string(),
        &facts.payment,
        &facts.citizen.0,
        &facts.minor_units.to_string(),
        &facts.currency,
        &facts.service.0,
        &facts.controller,
        &facts.account,
        &facts.budget_classification,
        &facts.organisation_code,
        &facts.level_code,
        &facts.reference,
        &facts.description.az,
    ])
}

/// Writes the receipt of a payment that was just paid; returns its id.
pub(super) async fn issue(
    tx: &mut Conn,
    key: &MacKey,
    random: &Random,
    now: Timestamp,
    payment: &Payment,
) -> Result<String, DbError> {
    let id = random.id(RECEIPT, now);
    let facts = Facts::of(payment).to_json();
    let sha256 = digest(&id, now, &facts);
    sql!(
        "payments/insert_receipt",
        &id,
        &payment.id,
        now,
        &sha256,
        key.code(MAC_DOMAIN, &[&sha256]),
        facts
    )
    .run(tx)
    .await?;
    Ok(id)
}

/// The receipt with this id and its payment, after verifying that neither was changed.
///
/// # Errors
/// [`DbError::Corrupt`] if a fact differs from the signed one.
pub(super) async fn find(
    conn: &mut Conn,
    key: &MacKey,
    id: &str,
) -> Result<Option<(Receipt, Payment)>, DbError> {
    if !is_id(RECEIPT, id) {
        return Ok(None);
    }
    let found: Option<(String, Timestamp, Option<String>, String, String)> =
        sql!("payments/receipt", id).optional(conn).await?;
    let Some((of, at, facts, sha256, mac)) = found else {
        return Ok(None);
    };
    let corrupt = || DbError::corrupt("payment_receipt", id);
    let payment = store::payment(conn, &of).await?.ok_or_else(corrupt)?;
    let (facts, expected) = match facts {
        Some(text) => (
            serde_json::from_str(&text).map_err(|_| corrupt())?,
            digest(id, at, &text),
        ),
        None => {
            let facts = Facts::of(&payment);
            let expected = digest_without_facts(id, at, &facts);
            (facts, expected)
        }
    };
    let receipt = Receipt {
        id: id.to_owned(),
        facts,
        at,
        sha256,
        mac,
    };
    let unchanged = receipt.sha256 == expected
        && receipt.facts.payment == payment.id
        && key.is_code(MAC_DOMAIN, &[&receipt.sha256], &receipt.mac);
    if unchanged {
        Ok(Some((receipt, payment)))
    } else {
        Err(corrupt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by hand from the rule of that time.
    #[test]
    fn receipts_from_before_they_kept_their_facts_are_still_known() {
        let az = |text: &str| Localised {
            az: text.to_owned(),
            ..Localised::default()
        };
        let facts = Facts {
            payment: "pay_1".to_owned(),
            citizen: CitizenId("c_1".to_owned()),
            minor_units: 100,
            currency: "AZN".to_owned(),
            payee: az("Su təchizatı idarəsi"),
            description: az("Su haqqı"),
            account: "utilities.water".to_owned(),
            account_title: az("Su təchizatı"),
            budget_classification: "1423910".to_owned(),
            organisation_code: "210010".to_owned(),
            level_code: "1".to_owned(),
            service: ServiceId("s".to_owned()),
            service_title: az("Kommunal ödənişlər"),
            controller: "Ev MMC".to_owned(),
            reference: "R-1".to_owned(),
        };
        assert_eq!(
            digest_without_facts("rcp_1", Timestamp(5), &facts),
            "29cf93f227f46dc93226e560762a2381b37e30325d8d561a74fad88bbf3fca6c"
        );
    }
}
