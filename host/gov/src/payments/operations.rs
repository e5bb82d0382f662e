//! What a plug-in can do: the operations of `wit/payments.wit`.

use futures::FutureExt as _;

use super::money::Money;
use super::new_payment::{NewPayment, Order, check_key, hash_fields, unknown_service_code};
use super::payment::{Payment, Refund};
use super::service_code::ServiceCode;
use super::state::{Event, State};
use super::store::{self, Keyed};
use super::{PAY_WITHIN_MS, Payments, bill, budget, ledger, vanished};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::gate;
use crate::grant::Capability;
use crate::invocation::{CitizenId, Invocation, ServiceId};
use crate::random::Random;

impl Payments {
    /// Asks the citizen for a payment. The same key and request answer what the first one answered;
    /// the same key with another request is a conflict.
    ///
    /// # Errors
    /// `login-required`; `invalid-request`; `access-denied` (`service-code-not-granted`);
    /// `limit-exceeded`; `conflict` (`idempotency-key-reused`, `bill-not-open`, `bill-mismatch`).
    pub async fn create(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewPayment,
    ) -> Result<Payment, GovError> {
        self.expire_overdue(&invocation.service.id).await?;
        let entry = Entry::of(invocation, Capability::Payments, "create");
        let random = self.platform.random.clone();
        let household = invocation
            .session
            .as_ref()
            .and_then(|session| self.household(&session.citizen));
        let (asking, key) = (invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let citizen = &gate::require_session(&asking)?.citizen;
                    check_key(&key)?;
                    let order = Order::try_from(new)?;
                    let hash = order.hash(citizen);
                    let id = random.id("pay", now);
                    let service = &asking.service.id;
                    if !store::take_key(tx, service, &key, Keyed::Create, &hash, &id).await? {
                        let first = same_request(tx, service, &key, Keyed::Create, &hash).await?;
                        entry.object = Some(first.clone());
                        let payment = store::payment(tx, &first)
                            .await?
                            .ok_or_else(|| vanished("payment", &first))?;
                        return Ok(payment.into_created());
                    }
                    entry.object = Some(id.clone());
                    let payment = admit(tx, &asking, citizen, household, id, order, now).await?;
                    store::insert(tx, &payment).await?;
                    Ok(payment)
                }
                .boxed()
            })
            .await
    }

    /// A payment of this service.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn get(&self, invocation: &Invocation, id: &str) -> Result<Payment, GovError> {
        self.on_payment(invocation, "get", id, None).await
    }

    /// Takes the money that a card holds.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`payment-state`) unless the payment is `capturable`.
    pub async fn capture(&self, invocation: &Invocation, id: &str) -> Result<Payment, GovError> {
        self.on_payment(invocation, "capture", id, Some(Event::Capture))
            .await
    }

    /// Takes an unfinished payment back; money that a card holds is free again.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`payment-state`) once the payment is finished.
    pub async fn cancel(&self, invocation: &Invocation, id: &str) -> Result<Payment, GovError> {
        self.on_payment(invocation, "cancel", id, Some(Event::CancelByService))
            .await
    }

    async fn on_payment(
        &self,
        invocation: &Invocation,
        operation: &'static str,
        id: &str,
        event: Option<Event>,
    ) -> Result<Payment, GovError> {
        self.expire_if_overdue(id).await?;
        let entry = Entry::of(invocation, Capability::Payments, operation);
        let lifecycle = self.lifecycle.clone();
        let service = invocation.service.id.clone();
        let id = id.to_owned();
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let payment = own(tx, entry, &service, &id).await?;
                    match event {
                        None => Ok(payment),
                        Some(event) => Ok(lifecycle.apply(tx, payment, event, now).await?),
                    }
                }
                .boxed()
            })
            .await
    }

    /// The payment that this service made with this key, as it is now.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`).
    pub async fn find(&self, invocation: &Invocation, key: &str) -> Result<Option<Payment>, GovError> {
        let known = {
            let mut reader = self.platform.db.reader().await?;
            store::used_key(&mut reader, &invocation.service.id, key, Keyed::Create).await?
        };
        if let Some(known) = known {
            self.expire_if_overdue(&known.object).await?;
        }
        let entry = Entry::of(invocation, Capability::Payments, "find");
        let (service, key) = (invocation.service.id.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, _| {
                async move {
                    check_key(&key)?;
                    match store::used_key(tx, &service, &key, Keyed::Create).await? {
                        None => Ok(None),
                        Some(used) => Ok(Some(own(tx, entry, &service, &used.object).await?)),
                    }
                }
                .boxed()
            })
            .await
    }

    /// Gives money back, if exactly `expect_refundable` can still be given back. A bill that was
    /// settled stays settled, and the approval's amounts stay used.
    ///
    /// # Errors
    /// `not-found`; `invalid-request` (`amount-out-of-range`, `refund-too-large`); `conflict`
    /// (`payment-state` unless paid, `refundable-changed`, `idempotency-key-reused`).
    pub async fn refund_payment(
        &self,
        invocation: &Invocation,
        key: &str,
        id: &str,
        minor_units: u64,
        expect_refundable: u64,
    ) -> Result<Refund, GovError> {
        self.expire_if_overdue(id).await?;
        let entry = Entry::of(invocation, Capability::Payments, "refund-payment");
        let random = self.platform.random.clone();
        let service = invocation.service.id.clone();
        let (key, id) = (key.to_owned(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let payment = own(tx, entry, &service, &id).await?;
                    let hash = hash_fields(&[
                        "refund-payment",
                        &id,
                        &minor_units.to_string(),
                        &expect_refundable.to_string(),
                    ]);
                    let refund_id = random.id("ref", now);
                    if !store::take_key(tx, &service, &key, Keyed::RefundPayment, &hash, &refund_id).await? {
                        let first = same_request(tx, &service, &key, Keyed::RefundPayment, &hash).await?;
                        return store::refund(tx, &first)
                            .await?
                            .ok_or_else(|| vanished("payment_refund", &first).into());
                    }
                    let amount = refund_amount(&payment, minor_units, expect_refundable)?;
                    give_back(tx, &random, now, &payment, refund_id, amount).await
                }
                .boxed()
            })
            .await
    }
}

/// The payment of this id if it is this service's; the audit record names the payer.
async fn own(tx: &mut Conn, entry: &mut Entry, service: &ServiceId, id: &str) -> Result<Payment, GovError> {
    let payment = store::payment(tx, id)
        .await?
        .filter(|payment| payment.service == *service)
        .ok_or(GovError::NotFound)?;
    entry.object = Some(payment.id.clone());
    entry.citizen = Some(payment.citizen.clone());
    Ok(payment)
}

/// What a taken key made, if it was for the same request.
async fn same_request(
    tx: &mut Conn,
    service: &ServiceId,
    key: &str,
    operation: Keyed,
    hash: &str,
) -> Result<String, GovError> {
    match store::used_key(tx, service, key, operation).await? {
        Some(used) if used.request_hash == hash => Ok(used.object),
        _ => Err(GovError::conflict(
            "idempotency-key-reused",
            "this key was used for another request; a new request needs a new key",
        )),
    }
}

/// Checks an order against the approval and the bill, and reserves its amount.
async fn admit(
    tx: &mut Conn,
    invocation: &Invocation,
    citizen: &CitizenId,
    household: Option<&str>,
    id: String,
    order: Order,
    now: Timestamp,
) -> Result<Payment, GovError> {
    let service = &*invocation.service;
    if !order
        .service_code
        .is_granted(&service.grant.payment_service_codes)
    {
        return Err(not_granted(&order.service_code.code));
    }
    let bill = bill_to_settle(tx, household, &order).await?;
    let payment = Payment {
        id,
        service: service.id.clone(),
        service_title: service.title.clone(),
        controller: service.controller.clone(),
        origin: service.origin.clone(),
        platform: service.platform.clone(),
        citizen: citizen.clone(),
        service_code: order.service_code,
        amount: order.amount,
        reference: order.reference,
        description: order.description,
        return_path: order.return_path,
        delayed_capture: order.delayed_capture,
        metadata: order.metadata,
        bill,
        state: State::Created,
        created: now,
        expires: now.plus_ms(PAY_WITHIN_MS),
        refunded: Money::ZERO,
        receipt_id: None,
    };
    budget::reserve(tx, &payment, &service.grant.boundary).await?;
    Ok(payment)
}

/// The bill that the order's reference names, if it is one of the citizen's household.
async fn bill_to_settle(
    tx: &mut Conn,
    household: Option<&str>,
    order: &Order,
) -> Result<Option<String>, GovError> {
    let Some(bill) = bill::find(tx, &order.reference).await? else {
        return Ok(None);
    };
    if household != Some(bill.household.as_str()) {
        // Another household's bill: to this citizen it is a reference like any other.
        return Ok(None);
    }
    if bill.status != bill::BillStatus::Open {
        return Err(GovError::conflict(
            "bill-not-open",
            "the bill of this reference is paid, or being paid; read `bills` again",
        ));
    }
    if bill.amount != order.amount || bill.service_code.code != order.service_code.code {
        return Err(GovError::conflict(
            "bill-mismatch",
            format!(
                "the bill of this reference is {} minor units for `{}`; pay exactly that",
                bill.amount.minor_units(),
                bill.service_code.code
            ),
        ));
    }
    Ok(Some(bill.id))
}

/// A budget account that a plug-in names and the approval covers.
pub(super) fn granted_code(invocation: &Invocation, code: &str) -> Result<&'static ServiceCode, GovError> {
    let known = ServiceCode::find(code).ok_or_else(|| unknown_service_code(code))?;
    if known.is_granted(&invocation.service.grant.payment_service_codes) {
        Ok(known)
    } else {
        Err(not_granted(code))
    }
}

fn not_granted(code: &str) -> GovError {
    GovError::denied(
        "service-code-not-granted",
        format!("`{code}` is not among the approved service codes; ask for it in `aim.toml`"),
    )
}

fn refund_amount(payment: &Payment, minor_units: u64, expect_refundable: u64) -> Result<Money, GovError> {
    if payment.state != State::Success {
        return Err(GovError::conflict(
            "payment-state",
            format!(
                "the payment is `{}`; only one that is `success` can be given back",
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
            format!("at most {refundable} minor units can be given back"),
        ));
    }
    Ok(Money::limit(minor_units))
}

fn refundable_changed(refundable: u64) -> GovError {
    GovError::conflict(
        "refundable-changed",
        format!("{refundable} minor units can be given back now; decide again with that"),
    )
}

async fn give_back(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    payment: &Payment,
    id: String,
    amount: Money,
) -> Result<Refund, GovError> {
    let refundable = payment.refundable();
    if !store::take_refund(tx, &payment.id, amount, refundable).await? {
        // Another refund was committed since this transaction read the payment.
        let left = store::payment(tx, &payment.id)
            .await?
            .map_or(0, |payment| payment.refundable().minor_units());
        return Err(refundable_changed(left));
    }
    let refund = Refund {
        id,
        payment_id: payment.id.clone(),
        amount,
    };
    store::insert_refund(tx, &refund, now).await?;
    ledger::post(
        tx,
        random,
        now,
        payment,
        ledger::Cause::Refund(&refund.id),
        amount,
    )
    .await?;
    Ok(refund)
}
