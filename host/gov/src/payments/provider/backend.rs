//! The interface of the provider of payments.

use std::fmt::Debug;

use crate::payments::card::Card;
use crate::payments::money::Money;
use crate::payments::rejection::Rejection;
use crate::remote::Fault;

/// A charge to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOrder {
    /// The id of the charge, unique at the provider.
    pub id: String,
    /// The amount.
    pub amount: Money,
    /// Whether the card only holds the money until a capture.
    pub hold: bool,
}

/// The provider's answer about a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// [`ChargeOrder::id`].
    pub id: String,
    /// The amount.
    pub amount: Money,
    /// The current state.
    pub state: ChargeState,
}

/// The state of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeState {
    /// The citizen's bank asks the citizen for confirmation (3-D Secure).
    Challenged,
    /// The card holds the money.
    Held,
    /// The money has moved.
    Settled,
    /// The card was refused. No money was or will be moved.
    Rejected(Rejection),
    /// The provider failed. No money was or will be moved.
    Failed,
    /// It was cancelled. No money was or will be moved.
    Cancelled,
}

/// A refund to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// The id of the refund, unique at the provider.
    pub id: String,
    /// The charge to refund.
    pub charge: String,
    /// The amount.
    pub amount: Money,
}

/// The outcome of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundAnswer {
    /// The money was refunded.
    Done,
    /// The money was not and will not be refunded.
    Refused,
}

/// A system that charges cards. Each call can be repeated; a repetition returns the outcome of the first one.
///
/// A call fails with [`Fault`] if the provider gives no valid answer; its outcome is then unknown.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// Charges a card, or returns the existing charge with this id.
    async fn charge(&self, order: &ChargeOrder, card: Card) -> Result<Charge, Fault>;

    /// Tells the citizen's bank that the citizen confirms a challenged charge (`yes`) or denies it.
    async fn answer(&self, order: &ChargeOrder, yes: bool) -> Result<Charge, Fault>;

    /// Moves the money that a card holds.
    async fn capture(&self, order: &ChargeOrder) -> Result<Charge, Fault>;

    /// Cancels a charge whose money has not moved. A charge that the provider does not know yet is cancelled in
    /// advance: if it arrives later, it moves no money.
    async fn release(&self, order: &ChargeOrder) -> Result<Charge, Fault>;

    /// The charge of this id.
    async fn find(&self, id: &str) -> Result<Option<Charge>, Fault>;

    /// Refunds money of a settled charge.
    async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault>;
}
