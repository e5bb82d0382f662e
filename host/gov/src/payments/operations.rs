//! A plug-in's operations on an existing payment: those of `wit/payments.wit` other than `create` and
//! `refund-payment`.

use futures::FutureExt as _;

use super::Payments;
use super::asking::{Time, provider_silent};
use super::lifecycle::Lifecycle;
use super::payment::Payment;
use super::provider::Question;
use super::state::{Asked, Event};
use super::store::{self, Keyed};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::Capability;
use crate::idempotency::check_key;
use crate::invocation::{Invocation, ServiceId};

impl Payments {
    /// A payment of this service. If a request to the provider is overdue, its outcome is queried first.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn get(&self, invocation: &Invocation, id: &str) -> Result<Payment, GovError> {
        let payment = self.on_payment(invocation, "get", id, None).await?;
        self.looked_into(payment).await
    }

    /// Captures the money that a card holds.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`payment-state`) unless the payment is `capturable`; `unknown-outcome`
    /// (`provider-silent`) while the provider has not answered.
    pub async fn capture(&self, invocation: &Invocation, id: &str) -> Result<Payment, GovError> {
        let payment = self
            .on_payment(invocation, "capture", id, Some(Event::RequestCapture))
            .await?;
        let entry = Entry {
            citizen: Some(payment.citizen.clone()),
            object: Some(payment.id.clone()),
            ..Entry::of(invocation, Capability::Payments, "capture")
        };
        let question = Question::Repeatable(Asked::Capture);
        Ok(self.ask(payment, question, Time::First, entry).await?)
    }

    /// Cancels an unfinished payment and releases money that a card holds.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`payment-state`) once the payment is finished; `unknown-outcome`
    /// (`provider-silent`) while the provider has not answered.
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
        let entry = Entry::of(invocation, Capability::Payments, operation);
        let lifecycle = self.lifecycle.clone();
        let service = invocation.service.id.clone();
        let id = id.to_owned();
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let payment = own(tx, entry, &lifecycle, &service, &id, now).await?;
                    let Some(event) = event else {
                        return Ok(payment);
                    };
                    if payment.state.asked().is_some() {
                        return Err(provider_silent());
                    }
                    let payment = lifecycle.apply(tx, payment, event, now).await?;
                    entry.awaits_answer = payment.state.asked().is_some();
                    Ok(payment)
                }
                .boxed()
            })
            .await
    }

    /// The payment after its overdue request to the provider was reconciled, if it has one.
    async fn looked_into(&self, payment: Payment) -> Result<Payment, GovError> {
        if !payment.is_unanswered(self.platform.clock.now()) {
            return Ok(payment);
        }
        self.look_into(&payment.id).await;
        let mut reader = self.platform.db.reader().await?;
        let now = store::payment(&mut reader, &payment.id).await?;
        Ok(now.unwrap_or(payment))
    }

    /// The payment that this service created with this key, in its current state.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`).
    pub async fn find(&self, invocation: &Invocation, key: &str) -> Result<Option<Payment>, GovError> {
        let entry = Entry::of(invocation, Capability::Payments, "find");
        let lifecycle = self.lifecycle.clone();
        let (service, key) = (invocation.service.id.clone(), key.to_owned());
        let found = self
            .platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    match store::used_key(tx, &service, &key, Keyed::Create).await? {
                        None => Ok(None),
                        Some(used) => Ok(Some(
                            own(tx, entry, &lifecycle, &service, &used.object, now).await?,
                        )),
                    }
                }
                .boxed()
            })
            .await?;
        match found {
            Some(payment) => Ok(Some(self.looked_into(payment).await?)),
            None => Ok(None),
        }
    }
}

/// The payment with this id, in its state at `now`, if it belongs to this service; the audit record names the
/// payer.
pub(super) async fn own(
    tx: &mut Conn,
    entry: &mut Entry,
    lifecycle: &Lifecycle,
    service: &ServiceId,
    id: &str,
    now: Timestamp,
) -> Result<Payment, GovError> {
    let payment = store::payment(tx, id)
        .await?
        .filter(|payment| payment.service == *service)
        .ok_or(GovError::NotFound)?;
    entry.object = Some(payment.id.clone());
    entry.citizen = Some(payment.citizen.clone());
    Ok(lifecycle.at(tx, payment, now).await?)
}

/// The object of a used key, if it was used for the same request.
pub(super) async fn same_request(
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
