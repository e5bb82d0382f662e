//! The provider of payments, which charges cards: another system ([`Backend`]). It is never asked inside a
//! transaction. What it is asked is written down before, and what it answers after ([`super::asking`]).

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

/// How long the provider may take to answer: a citizen waits for the page meanwhile.
pub const PROVIDER_WITHIN: Duration = Duration::from_secs(10);
/// When a question without an answer is looked into, in milliseconds after it was written down: every caller has
/// given up by then.
pub const RECONCILE_AFTER_MS: u32 = 30_000;

/// The provider, and how long it may take.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) deadline: Duration,
}

/// A question to the provider about one payment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// To charge this card.
    Charge(Card),
    /// What became of a charge whose answer was not heard. The card is not known any more.
    Recall,
    /// What can be asked again as often as needed.
    Repeatable(Asked),
}

impl Provider {
    /// What the provider answers about the charge of `payment`.
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
                // It may still be on its way to the provider: it must not move money when it comes.
                None => self.backend.release(order).await,
            },
            Question::Repeatable(Asked::Authorise) => Err(Fault::Unfit("a card is not charged twice")),
            Question::Repeatable(Asked::Approve) => self.backend.answer(order, true).await,
            Question::Repeatable(Asked::Refuse) => self.backend.answer(order, false).await,
            Question::Repeatable(Asked::Capture) => self.backend.capture(order).await,
            Question::Repeatable(Asked::Release) => self.backend.release(order).await,
        }
    }

    /// Gives money of a charge back, once for each id of a refund.
    pub(super) async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault> {
        remote::call(self.deadline, self.backend.refund(order)).await
    }
}

impl Payment {
    /// The provider's name of the charge of the last card.
    pub(super) fn charge(&self) -> ChargeOrder {
        ChargeOrder {
            id: format!("{}-{}", self.id, self.charges),
            amount: self.amount,
            hold: self.delayed_capture,
        }
    }

    /// Whether a provider that was asked has had its time to answer.
    pub(super) fn is_unanswered(&self, now: Timestamp) -> bool {
        self.asked
            .is_some_and(|asked| asked.plus_ms(i64::from(RECONCILE_AFTER_MS)) <= now)
    }
}

/// What an answer does to a payment that waits for it.
///
/// # Errors
/// [`Fault::Unfit`] for an answer to something that was not asked.
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
