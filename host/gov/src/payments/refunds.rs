//! Refunds: `refund-payment` of `wit/payments.wit`.

use futures::FutureExt as _;

use super::asking::Time;
use super::money::Money;
use super::operations::{own, same_request};
use super::payment::{Payment, Refund, RefundState};
use super::state::State;
use super::store::{self, Keyed};
use super::{Payments, vanished};
use crate::audit::Entry;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::Capability;
use crate::idempotency::{check_key, hash_fields};
use crate::invocation::Invocation;

impl Payments {
    /// Refunds money, if exactly `expect_refundable` can still be refunded. A settled bill stays settled, and
    /// the approval's amounts stay used.
    ///
    /// # Errors
    /// `not-found`; `invalid-request` (`amount-out-of-range`, `refund-too-large`); `conflict`
    /// (`payment-state` unless paid, `refundable-changed`, `idempotency-key-reused`); `unknown-outcome`
    /// (`provider-silent`) while the provider has not answered: repeat with the same key.
    pub async fn refund_payment(
        &self,
        invocation: &Invocation,
        key: &str,
        id: &str,
        minor_units: u64,
        expect_refundable: u64,
    ) -> Result<Refund, GovError> {
        let entry = Entry::of(invocation, Capability::Payments, "refund-payment");
        let lifecycle = self.lifecycle.clone();
        let service = invocation.service.id.clone();
        let (key, id) = (key.to_owned(), id.to_owned());
        let (payment, refund) = self
            .platform
            .act(invocation, entry.clone(), move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let payment = own(tx, entry, &lifecycle, &service, &id, now).await?;
                    let hash = hash_fields(&[
                        "refund-payment",
                        &id,
                        &minor_units.to_string(),
                        &expect_refundable.to_string(),
                    ]);
                    let refund_id = lifecycle.random.id("ref", now);
                    if !store::take_key(tx, &service, &key, Keyed::RefundPayment, &hash, &refund_id).await? {
                        let first = same_request(tx, &service, &key, Keyed::RefundPayment, &hash).await?;
                        let refund = store::refund(tx, &first)
                            .await?
                            .ok_or_else(|| vanished("payment_refund", &first))?;
                        entry.awaits_answer = refund.state == RefundState::Submitted;
                        return Ok((payment, refund));
                    }
                    let refund = Refund {
                        id: refund_id,
                        payment_id: payment.id.clone(),
                        amount: refund_amount(&payment, minor_units, expect_refundable)?,
                        state: RefundState::Submitted,
                        at: now,
                    };
                    take(tx, &payment, &refund).await?;
                    entry.awaits_answer = true;
                    Ok((payment, refund))
                }
                .boxed()
            })
            .await?;
        if refund.state != RefundState::Submitted {
            return Ok(refund);
        }
        let entry = Entry {
            citizen: Some(payment.citizen.clone()),
            object: Some(payment.id.clone()),
            ..entry
        };
        Ok(self.ask_for_refund(payment, refund, Time::First, entry).await?)
    }
}

fn refund_amount(payment: &Payment, minor_units: u64, expect_refundable: u64) -> Result<Money, GovError> {
    if payment.state != State::Success {
        return Err(GovError::conflict(
            "payment-state",
            format!(
                "the payment is `{}`; only one that is `success` can be refunded",
                payment.state.code()
            ),
        ));
    }
    let refundable = payment.refundable().minor_units();
    if refundable != expect_refundable {
        return Err(refundable_changed(refundable));
    }
    if minor_units == 0 {
        return Err(GovError::invalid(
            "amount-out-of-range",
            "a refund is at least 1 minor unit",
        ));
    }
    if minor_units > refundable {
        return Err(GovError::invalid(
            "refund-too-large",
            format!("at most {refundable} minor units can be refunded"),
        ));
    }
    Ok(Money::limit(minor_units))
}

fn refundable_changed(refundable: u64) -> GovError {
    GovError::conflict(
        "refundable-changed",
        format!("{refundable} minor units can be refunded now; decide again with that amount"),
    )
}

/// Reserves the refundable amount before the provider is asked for the refund.
async fn take(tx: &mut Conn, payment: &Payment, refund: &Refund) -> Result<(), GovError> {
    if !store::take_refund(tx, &payment.id, refund.amount, payment.refundable()).await? {
        // Another refund was committed since this transaction read the payment.
        let left = store::payment(tx, &payment.id)
            .await?
            .map_or(0, |payment| payment.refundable().minor_units());
        return Err(refundable_changed(left));
    }
    Ok(store::insert_refund(tx, refund).await?)
}
