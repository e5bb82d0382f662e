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
    /// How often a card was sent to the provider.
    pub charges: i64,
    /// Since when the provider has been asked something that it has not answered.
    pub asked: Option<Timestamp>,
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

/// Where a refund stands; the WIT `refund-status`, also the column.
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
    /// Given back.
    Success,
    /// The provider refused; nothing was given back.
    Error,
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// `ref_` and 26 characters.
    pub id: String,
    /// Of which payment.
    pub payment_id: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was asked for.
    pub at: Timestamp,
}

impl Payment {
    /// How much can still be given back.
    pub fn refundable(&self) -> Money {
        match self.state {
            State::Success => self.amount.checked_sub(self.refunded).unwrap_or(Money::ZERO),
            _ => Money::ZERO,
        }
    }

    /// Whether money can be given back.
    pub fn refunds(&self) -> RefundAvailability {
        match self.state {
            State::Failed(_) | State::Cancelled | State::Error => RefundAvailability::Unavailable,
            State::Success if self.refundable() == Money::ZERO => RefundAvailability::Full,
            State::Success => RefundAvailability::Available,
            _ => RefundAvailability::Pending,
        }
    }

    /// Whether there is something for the citizen to do, if only to wait for the bank.
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

    /// Whether the last card never reached the provider, which the citizen has not been told yet.
    pub fn lost_a_card(&self) -> bool {
        self.state == State::Started && self.rejection.is_none() && self.charges > self.rejections
    }

    /// Whether the bill that it settles is kept for it: nobody pays a bill twice while a provider moves the
    /// money.
    pub(super) fn holds_bill(&self) -> bool {
        matches!(
            self.state,
            State::Authorising | State::Approving | State::Capturable | State::Capturing | State::Success
        )
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

    /// Whether its time is over. What the provider was asked is waited for.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !self.state.is_finished() && self.state.asked().is_none() && self.expires <= now
    }

    /// The payment as the call that made it answered: the answer to a retry of that call.
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
