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
use crate::mac::MacKey;
use crate::random::Random;

/// What the effects of an event need.
#[derive(Clone, Debug)]
pub(super) struct Lifecycle {
    pub(super) random: Random,
    pub(super) key: MacKey,
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
    /// else has paid meanwhile is cancelled instead of paid.
    pub(super) async fn apply(
        &self,
        tx: &mut Conn,
        payment: Payment,
        event: Event,
        now: Timestamp,
    ) -> Result<Payment, LifecycleError> {
        let event = match (event, &payment.bill) {
            (Event::Settle | Event::Authorise, Some(bill)) => {
                if bill::claim(tx, bill, &payment.id).await? {
                    event
                } else {
                    Event::CancelByService
                }
            }
            (event, _) => event,
        };
        let from = payment.state;
        let next = from.on(event)?;
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
        let payment = Payment {
            state: next,
            expires,
            rejection,
            rejections,
            ..payment
        };
        if !store::advance(tx, from, &payment, now).await? {
            return Err(LifecycleError::Moved { from });
        }
        let receipt_id = match next {
            State::Created | State::Started | State::Submitted => None,
            State::Capturable => {
                self.post(tx, &payment, Cause::Authorise, now).await?;
                None
            }
            State::Success => {
                let cause = match from {
                    State::Capturable => Cause::Capture,
                    _ => Cause::Settle,
                };
                self.post(tx, &payment, cause, now).await?;
                // Bills are locked before budgets, here and wherever else both are: two transactions
                // never wait for each other.
                if let Some(bill) = &payment.bill {
                    bill::settle(tx, bill, &payment.id, now).await?;
                }
                budget::commit(tx, &payment).await?;
                Some(receipt::issue(tx, &self.key, &self.random, now, &payment).await?)
            }
            State::Failed(_) | State::Cancelled | State::Error => {
                if from == State::Capturable {
                    self.post(tx, &payment, Cause::Void, now).await?;
                    if let Some(bill) = &payment.bill {
                        bill::free(tx, bill, &payment.id).await?;
                    }
                }
                budget::release(tx, &payment).await?;
                None
            }
        };
        Ok(Payment {
            receipt_id,
            ..payment
        })
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
