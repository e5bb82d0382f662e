//! The provider of payments as the platform sees it.

use std::fmt::Debug;

use crate::payments::card::Card;
use crate::payments::money::Money;
use crate::payments::rejection::Rejection;
use crate::remote::Fault;

/// What a card is charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOrder {
    /// Names the charge; at most one charge has it.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// Whether the card only holds the money until a capture.
    pub hold: bool,
}

/// A charge, as the provider answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// [`ChargeOrder::id`].
    pub id: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: ChargeState,
}

/// Where a charge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeState {
    /// The citizen's bank asks the citizen (3-D Secure).
    Challenged,
    /// The card holds the money.
    Held,
    /// The money has moved.
    Settled,
    /// The card is refused. No money has moved, nor will it.
    Rejected(Rejection),
    /// The provider broke. No money has moved, nor will it.
    Failed,
    /// It was given up. No money has moved, nor will it.
    Cancelled,
}

/// Money to give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// Names the refund; at most one refund has it.
    pub id: String,
    /// The charge whose money it is.
    pub charge: String,
    /// How much.
    pub amount: Money,
}

/// What became of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundAnswer {
    /// The money went back.
    Done,
    /// It did not, nor will it.
    Refused,
}

/// Whoever charges cards. Each call can be repeated and answers then what became of the first one.
///
/// Every call fails with [`Fault`] where the provider gives no answer that counts; what became of the call is
/// unknown then.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// Charges a card, unless there is a charge of this id: that one is answered then.
    async fn charge(&self, order: &ChargeOrder, card: Card) -> Result<Charge, Fault>;

    /// Tells the citizen's bank that a challenged charge is the citizen's (`yes`), or that it is not.
    async fn answer(&self, order: &ChargeOrder, yes: bool) -> Result<Charge, Fault>;

    /// Moves the money that a card holds.
    async fn capture(&self, order: &ChargeOrder) -> Result<Charge, Fault>;

    /// Gives up a charge whose money has not moved. One that the provider does not know yet is given up
    /// beforehand: when it comes, it moves nothing.
    async fn release(&self, order: &ChargeOrder) -> Result<Charge, Fault>;

    /// The charge of this id.
    async fn find(&self, id: &str) -> Result<Option<Charge>, Fault>;

    /// Gives money of a settled charge back.
    async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault>;
}
