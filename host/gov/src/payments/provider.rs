//! The provider of payments, another system that charges cards ([`Backend`]). It is never called inside a
//! transaction: the request is stored before the call, and the answer after it ([`super::asking`]).

mod backend;
mod simulator;

use std::sync::Arc;
use std::time::Duration;

use super::card::Card;
use super::payment::Payment;
use super::rejection::Rejection;
use super::state::{Asked, Event};
use crate::clock::Timestamp;
use crate::remote::{self, Fault};

pub use backend::{Backend, Charge, ChargeOrder, ChargeState, RefundAnswer, RefundOrder};
pub use simulator::Simulator;

/// The time limit for an answer of the provider, for which a citizen's page waits.
pub const PROVIDER_WITHIN: Duration = Duration::from_secs(10);
/// Time after which an unanswered request is reconciled, in milliseconds: every caller has given up by then.
pub const RECONCILE_AFTER_MS: u32 = 30_000;

/// The provider, and its time limit.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) deadline: Duration,
}

/// A request to the provider about one payment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// Charges this card.
    Charge(Card),
    /// Queries a charge whose answer was lost. The card is no longer known.
    Recall,
    /// A request that can be repeated.
    Repeatable(Asked),
}

impl Provider {
    /// The provider's answer about the charge of `payment`.
    pub(super) async fn ask(&self, payment: &Payment, question: Question) -> Result<ChargeState, Fault> {
        let order = payment.charge();
        let answer = remote::call(self.deadline, self.put(&order, question)).await?;
        if answer.id != order.id {
            return Err(Fault::Unfit("another charge"));
        }
        if answer.amount != order.amount {
            return Err(Fault::Unfit("another amount"));
        }
        Ok(answer.state)
    }

    async fn put(&self, order: &ChargeOrder, question: Question) -> Result<Charge, Fault> {
        match question {
            Question::Charge(card) => self.backend.charge(order, card).await,
            Question::Recall => match self.backend.find(&order.id).await? {
                Some(charge) => Ok(charge),
                // The charge may still be on its way to the provider: it must not move money when it arrives.
                None => self.backend.release(order).await,
            },
            Question::Repeatable(Asked::Authorise) => Err(Fault::Unfit("a card is not charged twice")),
            Question::Repeatable(Asked::Approve) => self.backend.answer(order, true).await,
            Question::Repeatable(Asked::Refuse) => self.backend.answer(order, false).await,
            Question::Repeatable(Asked::Capture) => self.backend.capture(order).await,
            Question::Repeatable(Asked::Release) => self.backend.release(order).await,
        }
    }

    /// Refunds money of a charge, once for each id of a refund.
    pub(super) async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault> {
        remote::call(self.deadline, self.backend.refund(order)).await
    }
}

impl Payment {
    /// The charge of the last card at the provider.
    pub(super) fn charge(&self) -> ChargeOrder {
        ChargeOrder {
            id: format!("{}-{}", self.id, self.charges),
            amount: self.amount,
            hold: self.delayed_capture,
        }
    }

    /// Whether a request to the provider is overdue.
    pub(super) fn is_unanswered(&self, now: Timestamp) -> bool {
        self.asked
            .is_some_and(|asked| asked.plus_ms(i64::from(RECONCILE_AFTER_MS)) <= now)
    }
}

/// The event of an answer to a waiting payment.
///
/// # Errors
/// [`Fault::Unfit`] for an answer that does not belong to the request.
pub(super) fn event_of(payment: &Payment, asked: Asked, answer: ChargeState) -> Result<Event, Fault> {
    let tried = match asked {
        Asked::Authorise | Asked::Approve | Asked::Refuse => true,
        Asked::Capture | Asked::Release => false,
    };
    let agreed = matches!(asked, Asked::Authorise | Asked::Approve);
    match answer {
        ChargeState::Challenged if asked == Asked::Authorise => Ok(Event::Challenge),
        ChargeState::Held if agreed && payment.delayed_capture => Ok(Event::Authorise),
        ChargeState::Settled if agreed && !payment.delayed_capture => Ok(Event::Settle),
        ChargeState::Settled if asked == Asked::Capture => Ok(Event::Capture),
        ChargeState::Rejected(Rejection::RefusedAtBank) if asked == Asked::Authorise => {
            Err(Fault::Unfit("an answer of the citizen that nobody asked for"))
        }
        ChargeState::Rejected(why) if tried => Ok(payment.rejected(why)),
        ChargeState::Failed if tried => Ok(Event::Fault),
        ChargeState::Cancelled if tried => Ok(Event::Lose),
        ChargeState::Failed | ChargeState::Cancelled if asked == Asked::Capture => Ok(Event::Fault),
        ChargeState::Challenged | ChargeState::Held | ChargeState::Settled => {
            Err(Fault::Unfit("a charge that was not asked for"))
        }
        ChargeState::Rejected(_) | ChargeState::Failed | ChargeState::Cancelled => {
            Err(Fault::Unfit("an end of the charge that does not follow"))
        }
    }
}
