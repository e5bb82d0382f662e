//! What an event does to a payment beside its new state: money, bills, used-up amounts, the receipt.
//! All of it in the caller's transaction.

use super::ledger::{self, Cause};
use super::payment::Payment;
use super::state::{Event, Refused, State};
use super::{CAPTURE_WITHIN_MS, bill, budget, platform_entry, receipt, store, vanished};
use crate::audit;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::mac::MacKey;
use crate::outbox::{Change, Outbox};
use crate::random::Random;

/// What the effects of an event need.
#[derive(Clone, Debug)]
pub(super) struct Lifecycle {
    pub(super) random: Random,
    pub(super) key: MacKey,
    pub(super) outbox: Outbox,
}

/// Why an event had no effect.
#[derive(Debug, thiserror::Error)]
pub(super) enum LifecycleError {
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else's event came first.
    #[error("the payment has moved on from `{}`", from.code())]
    Moved { from: State },
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<LifecycleError> for GovError {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Refused(Refused { from, event }) => Self::conflict(
                "payment-state",
                format!(
                    "the payment is `{}`, where `{event:?}` cannot happen; ask with `get` before you go on",
                    from.code()
                ),
            ),
            LifecycleError::Moved { from } => Self::conflict(
                "payment-state",
                format!(
                    "the payment has just moved on from `{}`; ask with `get` before you go on",
                    from.code()
                ),
            ),
            LifecycleError::Db(error) => error.into(),
        }
    }
}

impl Lifecycle {
    /// The payment as it stands at `now`: one whose time is over fails here, so that whoever reads it
    /// this way never sees it alive after its time.
    pub(super) async fn at(
        &self,
        tx: &mut Conn,
        payment: Payment,
        now: Timestamp,
    ) -> Result<Payment, LifecycleError> {
        if !payment.is_overdue(now) {
            return Ok(payment);
        }
        let id = payment.id.clone();
        let entry = platform_entry(&payment.citizen, "expire", "", Some(&id));
        match self.apply(tx, payment, Event::Expire, now).await {
            Ok(expired) => {
                audit::append(tx, &self.random, now, &entry, audit::ALLOWED).await?;
                Ok(expired)
            }
            // Somebody else moved it in this moment: it is not ours to expire any more.
            Err(LifecycleError::Moved { .. }) => {
                let moved = store::payment(tx, &id).await?;
                Ok(moved.ok_or_else(|| vanished("payment", &id))?)
            }
            Err(error) => Err(error),
        }
    }

    /// Moves `payment` by `event` and does everything that this entails. A payment whose bill somebody
    /// else pays is cancelled instead of paid.
    pub(super) async fn apply(
        &self,
        tx: &mut Conn,
        payment: Payment,
        event: Event,
        now: Timestamp,
    ) -> Result<Payment, LifecycleError> {
        let next = after(&payment, event, now)?;
        let (from, next) = match &payment.bill {
            Some(bill) if next.holds_bill() && !payment.holds_bill() => {
                if bill::claim(tx, bill, &payment.id).await? {
                    (payment, next)
                } else {
                    let next = after(&payment, Event::CancelByService, now)?;
                    (payment, next)
                }
            }
            _ => (payment, next),
        };
        if !store::advance(tx, from.state, &next, now).await? {
            return Err(LifecycleError::Moved { from: from.state });
        }
        // Bills are locked before budgets, here and wherever else both are: two transactions never wait for
        // each other.
        if let Some(bill) = &next.bill {
            if from.holds_bill() && !next.holds_bill() {
                bill::free(tx, bill, &next.id).await?;
            }
            if next.state == State::Success {
                bill::settle(tx, bill, &next.id, now).await?;
            }
        }
        let held = matches!(from.state, State::Capturable | State::Capturing);
        let cause = match next.state {
            State::Capturable if !held => Some(Cause::Authorise),
            State::Success if held => Some(Cause::Capture),
            State::Success => Some(Cause::Settle),
            State::Failed(_) | State::Cancelled | State::Error if held => Some(Cause::Void),
            _ => None,
        };
        if let Some(cause) = cause {
            self.post(tx, &next, cause, now).await?;
        }
        let receipt_id = match next.state {
            State::Success => {
                budget::commit(tx, &next).await?;
                Some(receipt::issue(tx, &self.key, &self.random, now, &next).await?)
            }
            State::Failed(_) | State::Cancelled | State::Error => {
                budget::release(tx, &next).await?;
                None
            }
            _ => None,
        };
        if next.state.code() != from.state.code() {
            self.tell(tx, &next, now).await?;
        }
        Ok(Payment { receipt_id, ..next })
    }

    /// Tells the payment's service of its new state.
    async fn tell(&self, tx: &mut Conn, payment: &Payment, now: Timestamp) -> Result<(), DbError> {
        let change = Change {
            event_type: EventType::PaymentChanged,
            service: &payment.service,
            citizen: Some(&payment.citizen),
            id: &payment.id,
            status: payment.state.code(),
            payment: None,
            happened: now,
        };
        self.outbox.changed(tx, &self.random, now, change).await
    }

    async fn post(
        &self,
        tx: &mut Conn,
        payment: &Payment,
        cause: Cause<'_>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        ledger::post(tx, &self.random, now, payment, cause, payment.amount).await
    }
}

/// The payment after `event`, of which nothing is written yet.
fn after(payment: &Payment, event: Event, now: Timestamp) -> Result<Payment, Refused> {
    let state = payment.state.on(event)?;
    let expires = match event {
        Event::Authorise => now.plus_ms(CAPTURE_WITHIN_MS),
        _ => payment.expires,
    };
    let (rejection, rejections) = match event {
        Event::TryAgain(why) | Event::Reject(why) => (Some(why), payment.rejections.saturating_add(1)),
        // Another card, of which nothing is known yet.
        Event::Submit => (None, payment.rejections),
        _ => (payment.rejection, payment.rejections),
    };
    let charges = match event {
        Event::Submit => payment.charges.saturating_add(1),
        _ => payment.charges,
    };
    let next = Payment {
        state,
        expires,
        rejection,
        rejections,
        charges,
        asked: None,
        ..payment.clone()
    };
    let asks = state.asked().is_some() || releases(payment.state, state);
    Ok(Payment {
        asked: asks.then_some(now),
        ..next
    })
}

/// Whether the provider has a charge that this step makes pointless.
pub(super) fn releases(from: State, to: State) -> bool {
    matches!(from, State::Challenged | State::Capturable) && matches!(to, State::Failed(_) | State::Cancelled)
}
