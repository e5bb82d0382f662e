//! A payment as it is stored, and what can be said of it.

use super::money::Money;
use super::rejection::{REJECTIONS_MAX, Rejection};
use super::state::{Event, State};
use crate::clock::Timestamp;
use crate::invocation::{CitizenId, ServiceId};
use crate::service_code::ServiceCode;
use crate::text::{Locale, Localised};

/// A payment as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// `pay_` and 26 characters.
    pub id: String,
    /// Which service asked for it.
    pub service: ServiceId,
    /// The service's title when it asked.
    pub service_title: Localised,
    /// The organisation that answers for the service.
    pub controller: String,
    /// Who pays.
    pub citizen: CitizenId,
    /// The budget account.
    pub service_code: &'static ServiceCode,
    /// How much.
    pub amount: Money,
    /// The service's own reference.
    pub reference: String,
    /// What the citizen reads on the pay page.
    pub description: Localised,
    /// Where the citizen goes back to: a path of the service.
    pub return_path: String,
    /// Whether the money waits for a capture.
    pub delayed_capture: bool,
    /// The service's own notes.
    pub metadata: Vec<(String, String)>,
    /// The bill that it settles.
    pub bill: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Why the last card that was tried did not pay.
    pub rejection: Option<Rejection>,
    /// How often a card did not pay.
    pub rejections: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it fails by itself, unless it is finished.
    pub expires: Timestamp,
    /// How much was given back.
    pub refunded: Money,
    /// The receipt, once it is paid.
    pub receipt_id: Option<String>,
}

/// Whether money can be given back; the WIT `refund-availability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundAvailability {
    /// The payment is not finished.
    Pending,
    /// It was not paid.
    Unavailable,
    /// Up to [`Payment::refundable`].
    Available,
    /// All of it was given back.
    Full,
}

/// Money given back. The simulated provider does so at once, so a stored refund has succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// `ref_` and 26 characters.
    pub id: String,
    /// Of which payment.
    pub payment_id: String,
    /// How much.
    pub amount: Money,
}

impl Payment {
    /// How much can still be given back.
    pub fn refundable(&self) -> Money {
        match self.state {
            State::Success => self.amount.checked_sub(self.refunded).unwrap_or(Money::ZERO),
            State::Created
            | State::Started
            | State::Submitted
            | State::Capturable
            | State::Failed(_)
            | State::Cancelled
            | State::Error => Money::ZERO,
        }
    }

    /// Whether money can be given back.
    pub fn refunds(&self) -> RefundAvailability {
        match self.state {
            State::Created | State::Started | State::Submitted | State::Capturable => {
                RefundAvailability::Pending
            }
            State::Failed(_) | State::Cancelled | State::Error => RefundAvailability::Unavailable,
            State::Success if self.refundable() == Money::ZERO => RefundAvailability::Full,
            State::Success => RefundAvailability::Available,
        }
    }

    /// Whether there is something for the citizen to do.
    pub fn waits_for_citizen(&self) -> bool {
        match self.state {
            State::Created | State::Started | State::Submitted => true,
            State::Capturable | State::Success | State::Failed(_) | State::Cancelled | State::Error => false,
        }
    }

    /// Where to send the citizen, while there is something for the citizen to do. `platform` is the
    /// origin of the platform's own pages, without a trailing slash.
    pub fn next_url(&self, platform: &str, locale: Locale) -> Option<String> {
        self.waits_for_citizen()
            .then(|| format!("{platform}/{}/pay/{}", locale.for_page(), self.id))
    }

    /// The receipt's page, once it is paid; `platform` as in [`Payment::next_url`].
    pub fn receipt_url(&self, platform: &str, locale: Locale) -> Option<String> {
        let id = self.receipt_id.as_ref()?;
        Some(format!("{platform}/{}/receipts/{id}", locale.for_page()))
    }

    /// What a card that does not pay does to it.
    pub(super) fn rejected(&self, why: Rejection) -> Event {
        if self.rejections.saturating_add(1) < REJECTIONS_MAX {
            Event::TryAgain(why)
        } else {
            Event::Reject(why)
        }
    }

    /// Whether its time is over.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !self.state.is_finished() && self.expires <= now
    }

    /// The payment as the call that made it answered: the answer to a retry of that call.
    pub(super) fn into_created(self) -> Self {
        Self {
            state: State::Created,
            rejection: None,
            rejections: 0,
            expires: self.created.plus_ms(super::PAY_WITHIN_MS),
            refunded: Money::ZERO,
            receipt_id: None,
            ..self
        }
    }
}
