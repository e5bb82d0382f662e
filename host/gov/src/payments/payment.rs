//! Stored payments.

use super::money::Money;
use super::rejection::{REJECTIONS_MAX, Rejection};
use super::state::{Event, State};
use crate::clock::Timestamp;
use crate::invocation::{CitizenId, ServiceId};
use crate::service_code::ServiceCode;
use crate::text::{Locale, Localised};

/// A payment in its current state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// `pay_` and 26 characters.
    pub id: String,
    /// The service that requested it.
    pub service: ServiceId,
    /// The service's title at the time of the request.
    pub service_title: Localised,
    /// The organisation that is responsible for the service.
    pub controller: String,
    /// The payer.
    pub citizen: CitizenId,
    /// The budget account.
    pub service_code: &'static ServiceCode,
    /// The amount.
    pub amount: Money,
    /// The service's own reference.
    pub reference: String,
    /// What the citizen reads on the pay page.
    pub description: Localised,
    /// The path of the service to which the citizen returns.
    pub return_path: String,
    /// Whether the money waits for a capture.
    pub delayed_capture: bool,
    /// The service's own metadata.
    pub metadata: Vec<(String, String)>,
    /// The bill that it settles.
    pub bill: Option<String>,
    /// The current state.
    pub state: State,
    /// Why the last card was refused.
    pub rejection: Option<Rejection>,
    /// The number of refused cards.
    pub rejections: i64,
    /// The number of cards sent to the provider.
    pub charges: i64,
    /// The time of the provider's pending request, if there is one.
    pub asked: Option<Timestamp>,
    /// When it was created.
    pub created: Timestamp,
    /// When it fails by itself, if it is not finished by then.
    pub expires: Timestamp,
    /// The refunded amount.
    pub refunded: Money,
    /// The receipt, once it is paid.
    pub receipt_id: Option<String>,
}

/// Whether a payment can be refunded; the WIT `refund-availability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundAvailability {
    /// The payment is not finished.
    Pending,
    /// It was not paid.
    Unavailable,
    /// Up to [`Payment::refundable`].
    Available,
    /// All of it was refunded.
    Full,
}

/// The state of a refund; the WIT `refund-status`, also the column.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray
)]
#[strum(serialize_all = "lowercase")]
pub enum RefundState {
    /// The provider was asked, and its answer is not known.
    Submitted,
    /// Refunded.
    Success,
    /// The provider refused; nothing was refunded.
    Error,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// `ref_` and 26 characters.
    pub id: String,
    /// The payment.
    pub payment_id: String,
    /// The amount.
    pub amount: Money,
    /// The current state.
    pub state: RefundState,
    /// When it was requested.
    pub at: Timestamp,
}

impl Payment {
    /// The amount that can still be refunded.
    pub fn refundable(&self) -> Money {
        match self.state {
            State::Success => self.amount.checked_sub(self.refunded).unwrap_or(Money::ZERO),
            _ => Money::ZERO,
        }
    }

    /// Whether it can be refunded.
    pub fn refunds(&self) -> RefundAvailability {
        match self.state {
            State::Failed(_) | State::Cancelled | State::Error => RefundAvailability::Unavailable,
            State::Success if self.refundable() == Money::ZERO => RefundAvailability::Full,
            State::Success => RefundAvailability::Available,
            _ => RefundAvailability::Pending,
        }
    }

    /// Whether an action of the citizen is due, even if it is only to wait for the bank.
    pub fn waits_for_citizen(&self) -> bool {
        match self.state {
            State::Created
            | State::Started
            | State::Authorising
            | State::Challenged
            | State::Approving
            | State::Refusing => true,
            State::Capturable
            | State::Capturing
            | State::Success
            | State::Failed(_)
            | State::Cancelled
            | State::Error => false,
        }
    }

    /// Whether the last card never reached the provider, and the citizen has not been told yet.
    pub fn lost_a_card(&self) -> bool {
        self.state == State::Started && self.rejection.is_none() && self.charges > self.rejections
    }

    /// Whether the bill that it settles is reserved for it, so that a bill cannot be paid twice while the
    /// provider moves the money.
    pub(super) fn holds_bill(&self) -> bool {
        matches!(
            self.state,
            State::Authorising | State::Approving | State::Capturable | State::Capturing | State::Success
        )
    }

    /// Where to send the citizen while an action is due. `platform` is the origin of the platform's own pages,
    /// without a trailing slash.
    pub fn next_url(&self, platform: &str, locale: Locale) -> Option<String> {
        self.waits_for_citizen()
            .then(|| format!("{platform}/{}/pay/{}", locale.for_page(), self.id))
    }

    /// The receipt's page, once it is paid; `platform` as in [`Payment::next_url`].
    pub fn receipt_url(&self, platform: &str, locale: Locale) -> Option<String> {
        let id = self.receipt_id.as_ref()?;
        Some(format!("{platform}/{}/receipts/{id}", locale.for_page()))
    }

    /// The event of a refused card.
    pub(super) fn rejected(&self, why: Rejection) -> Event {
        if self.rejections.saturating_add(1) < REJECTIONS_MAX {
            Event::TryAgain(why)
        } else {
            Event::Reject(why)
        }
    }

    /// Whether it has expired. A pending request to the provider is waited for.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !self.state.is_finished() && self.state.asked().is_none() && self.expires <= now
    }

    /// The payment in the state in which `create` returned it: the answer to a retry.
    pub(super) fn into_created(self) -> Self {
        Self {
            state: State::Created,
            rejection: None,
            rejections: 0,
            charges: 0,
            asked: None,
            expires: self.created.plus_ms(super::PAY_WITHIN_MS),
            refunded: Money::ZERO,
            receipt_id: None,
            ..self
        }
    }
}
