//! The states of a payment and their transitions. States and their meaning are GOV.UK Pay's; the ISO 20022
//! transaction status expresses the same for a bank.

use super::rejection::Rejection;

/// The state of a payment. A transition consumes the old state ([`State::on`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Created; the citizen has not opened the pay page.
    Created,
    /// The citizen is on the pay page, perhaps again after a card was refused.
    Started,
    /// The charge was sent to the provider, whose answer is not known.
    Authorising,
    /// The citizen's bank asks the citizen for confirmation (3-D Secure).
    Challenged,
    /// The citizen's confirmation was sent to the bank.
    Approving,
    /// The citizen's denial was sent to the bank.
    Refusing,
    /// Authorised; the money is held until the service captures it.
    Capturable,
    /// The capture was sent to the provider.
    Capturing,
    /// Paid.
    Success,
    /// Not paid.
    Failed(Failure),
    /// Cancelled by the service.
    Cancelled,
    /// The provider failed.
    Error,
}

/// A request to the provider. The column `asked`, until its answer is recorded.
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
pub enum Asked {
    /// Charge a card.
    Authorise,
    /// Tell the bank that the citizen confirms the payment.
    Approve,
    /// Tell the bank that the citizen denies it.
    Refuse,
    /// Move the money that a card holds.
    Capture,
    /// Cancel the charge of a payment that has ended.
    Release,
}

/// Why a payment was not made. The WIT `failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Cards were refused until no further one was taken (GOV.UK Pay P0010).
    PaymentMethodRejected,
    /// Not paid, or not captured, in time (P0020).
    Expired,
    /// The citizen turned back (P0030).
    CancelledByUser,
    /// The service cancelled it (P0040).
    CancelledByService,
    /// The provider failed (P0050).
    ProviderError,
    /// A boundary of the approval was reached after the payment was created.
    LimitExceeded,
}

/// An event of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The citizen opens the pay page.
    Start,
    /// The citizen sends the card.
    Submit,
    /// The citizen's bank asks the citizen for confirmation.
    Challenge,
    /// The citizen confirms the payment to the bank.
    Approve,
    /// The citizen denies the payment to the bank.
    Refuse,
    /// The charge never reached the provider, and can no longer reach it.
    Lose,
    /// The provider holds the money for a later capture.
    Authorise,
    /// The provider moves the money.
    Settle,
    /// The card is refused; the citizen may try another one.
    TryAgain(Rejection),
    /// The card is refused, and it was the last attempt.
    Reject(Rejection),
    /// The provider fails.
    Fault,
    /// The service asks for the held money.
    RequestCapture,
    /// The provider moves the held money.
    Capture,
    /// The citizen turns back.
    CancelByUser,
    /// The service cancels the payment.
    CancelByService,
    /// The payment expires.
    Expire,
    /// The approval's test ended before the citizen paid.
    Exceed,
}

/// The event cannot happen in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is `{}` cannot take `{event:?}`", from.code())]
pub struct Refused {
    /// The state of the payment.
    pub from: State,
    /// The event that was refused.
    pub event: Event,
}

impl State {
    /// The state after `event`.
    ///
    /// # Errors
    /// [`Refused`] if the event cannot happen in this state.
    pub fn on(self, event: Event) -> Result<Self, Refused> {
        let refused = Err(Refused { from: self, event });
        match self {
            Self::Created => match event {
                Event::Start => Ok(Self::Started),
                Event::CancelByUser => refused,
                other => self.given_up(other),
            },
            Self::Started => match event {
                Event::Submit => Ok(Self::Authorising),
                other => self.given_up(other),
            },
            Self::Authorising => match event {
                Event::Challenge => Ok(Self::Challenged),
                other => self.answered(other),
            },
            Self::Challenged => match event {
                Event::Approve => Ok(Self::Approving),
                Event::Refuse => Ok(Self::Refusing),
                other => self.given_up(other),
            },
            Self::Refusing if matches!(event, Event::Authorise | Event::Settle) => refused,
            Self::Approving | Self::Refusing => self.answered(event),
            Self::Capturable => match event {
                Event::RequestCapture => Ok(Self::Capturing),
                Event::CancelByUser | Event::Exceed => refused,
                other => self.given_up(other),
            },
            Self::Capturing => match event {
                Event::Capture => Ok(Self::Success),
                Event::Fault => Ok(Self::Error),
                _ => refused,
            },
            Self::Success | Self::Failed(_) | Self::Cancelled | Self::Error => refused,
        }
    }

    /// The events that end a payment without a pending request to another system.
    fn given_up(self, event: Event) -> Result<Self, Refused> {
        match event {
            Event::CancelByUser => Ok(Self::Failed(Failure::CancelledByUser)),
            Event::CancelByService => Ok(Self::Cancelled),
            Event::Expire => Ok(Self::Failed(Failure::Expired)),
            Event::Exceed => Ok(Self::Failed(Failure::LimitExceeded)),
            _ => Err(Refused { from: self, event }),
        }
    }

    /// The provider's answers to a charge.
    fn answered(self, event: Event) -> Result<Self, Refused> {
        match event {
            Event::Authorise => Ok(Self::Capturable),
            Event::Settle => Ok(Self::Success),
            Event::TryAgain(_) | Event::Lose => Ok(Self::Started),
            Event::Reject(_) => Ok(Self::Failed(Failure::PaymentMethodRejected)),
            Event::Fault => Ok(Self::Error),
            _ => Err(Refused { from: self, event }),
        }
    }

    /// The pending request to the provider.
    pub fn asked(self) -> Option<Asked> {
        match self {
            Self::Authorising => Some(Asked::Authorise),
            Self::Approving => Some(Asked::Approve),
            Self::Refusing => Some(Asked::Refuse),
            Self::Capturing => Some(Asked::Capture),
            Self::Created
            | Self::Started
            | Self::Challenged
            | Self::Capturable
            | Self::Success
            | Self::Failed(_)
            | Self::Cancelled
            | Self::Error => None,
        }
    }

    /// Whether the state is final.
    pub fn is_finished(self) -> bool {
        match self {
            Self::Success | Self::Failed(_) | Self::Cancelled | Self::Error => true,
            Self::Created
            | Self::Started
            | Self::Authorising
            | Self::Challenged
            | Self::Approving
            | Self::Refusing
            | Self::Capturable
            | Self::Capturing => false,
        }
    }

    /// Why the payment was not made, if it was not.
    pub fn failure(self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Cancelled => Some(Failure::CancelledByService),
            Self::Error => Some(Failure::ProviderError),
            _ => None,
        }
    }

    /// The WIT `status`, also the column.
    pub fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started => "started",
            Self::Authorising | Self::Challenged | Self::Approving | Self::Refusing => "submitted",
            Self::Capturable | Self::Capturing => "capturable",
            Self::Success => "success",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }

    /// The state of these columns. A pending [`Asked::Release`] of an ended payment is not part of it.
    pub fn from_columns(code: &str, failure: Option<&str>, asked: Option<Asked>) -> Option<Self> {
        let state = match code {
            "created" => Self::Created,
            "started" => Self::Started,
            "submitted" => match asked {
                None => Self::Challenged,
                Some(Asked::Authorise) => Self::Authorising,
                Some(Asked::Approve) => Self::Approving,
                Some(Asked::Refuse) => Self::Refusing,
                Some(Asked::Capture | Asked::Release) => return None,
            },
            "capturable" if asked == Some(Asked::Capture) => Self::Capturing,
            "capturable" => Self::Capturable,
            "success" => Self::Success,
            "failed" => Self::Failed(Failure::from_code(failure?)?),
            "cancelled" => Self::Cancelled,
            "error" => Self::Error,
            _ => return None,
        };
        let releases = asked == Some(Asked::Release) && state.failure().is_some();
        (state.failure().map(Failure::code) == failure && (state.asked() == asked || releases))
            .then_some(state)
    }

    /// The ISO 20022 `ExternalPaymentTransactionStatus1Code`.
    pub fn iso20022_status(self) -> &'static str {
        match self {
            Self::Created | Self::Started => "RCVD",
            Self::Authorising | Self::Challenged | Self::Approving | Self::Refusing => "PDNG",
            Self::Capturable | Self::Capturing => "ACFC",
            Self::Success => "ACSC",
            Self::Failed(_) | Self::Error => "RJCT",
            Self::Cancelled => "CANC",
        }
    }
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 6] = [
        Self::PaymentMethodRejected,
        Self::Expired,
        Self::CancelledByUser,
        Self::CancelledByService,
        Self::ProviderError,
        Self::LimitExceeded,
    ];

    /// The WIT name, also the column.
    pub fn code(self) -> &'static str {
        match self {
            Self::PaymentMethodRejected => "payment-method-rejected",
            Self::Expired => "expired",
            Self::CancelledByUser => "cancelled-by-user",
            Self::CancelledByService => "cancelled-by-service",
            Self::ProviderError => "provider-error",
            Self::LimitExceeded => "limit-exceeded",
        }
    }

    /// The failure of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.code() == code)
    }
}

#[cfg(test)]
impl State {
    /// Every state, with one failure.
    fn all() -> [Self; 12] {
        [
            Self::Created,
            Self::Started,
            Self::Authorising,
            Self::Challenged,
            Self::Approving,
            Self::Refusing,
            Self::Capturable,
            Self::Capturing,
            Self::Success,
            Self::Failed(Failure::Expired),
            Self::Cancelled,
            Self::Error,
        ]
    }
}

#[cfg(test)]
impl Event {
    /// Every event.
    const ALL: [Self; 17] = [
        Self::Start,
        Self::Submit,
        Self::Challenge,
        Self::Approve,
        Self::Refuse,
        Self::Lose,
        Self::Authorise,
        Self::Settle,
        Self::TryAgain(Rejection::Declined),
        Self::Reject(Rejection::Declined),
        Self::Fault,
        Self::RequestCapture,
        Self::Capture,
        Self::CancelByUser,
        Self::CancelByService,
        Self::Expire,
        Self::Exceed,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The complete table, so that a change of a rule appears as a change of a line.
    #[test]
    fn payment_transitions_are_exactly_these() {
        let mut table = String::new();
        for state in State::all() {
            for event in Event::ALL {
                if let Ok(next) = state.on(event) {
                    table += &format!("{state:?} {event:?} {next:?}\n");
                } else {
                    assert_eq!(state.on(event), Err(Refused { from: state, event }));
                }
            }
        }
        assert_eq!(
            table.lines().collect::<Vec<_>>(),
            [
                "Created Start Started",
                "Created CancelByService Cancelled",
                "Created Expire Failed(Expired)",
                "Created Exceed Failed(LimitExceeded)",
                "Started Submit Authorising",
                "Started CancelByUser Failed(CancelledByUser)",
                "Started CancelByService Cancelled",
                "Started Expire Failed(Expired)",
                "Started Exceed Failed(LimitExceeded)",
                "Authorising Challenge Challenged",
                "Authorising Lose Started",
                "Authorising Authorise Capturable",
                "Authorising Settle Success",
                "Authorising TryAgain(Declined) Started",
                "Authorising Reject(Declined) Failed(PaymentMethodRejected)",
                "Authorising Fault Error",
                "Challenged Approve Approving",
                "Challenged Refuse Refusing",
                "Challenged CancelByUser Failed(CancelledByUser)",
                "Challenged CancelByService Cancelled",
                "Challenged Expire Failed(Expired)",
                "Challenged Exceed Failed(LimitExceeded)",
                "Approving Lose Started",
                "Approving Authorise Capturable",
                "Approving Settle Success",
                "Approving TryAgain(Declined) Started",
                "Approving Reject(Declined) Failed(PaymentMethodRejected)",
                "Approving Fault Error",
                "Refusing Lose Started",
                "Refusing TryAgain(Declined) Started",
                "Refusing Reject(Declined) Failed(PaymentMethodRejected)",
                "Refusing Fault Error",
                "Capturable RequestCapture Capturing",
                "Capturable CancelByService Cancelled",
                "Capturable Expire Failed(Expired)",
                "Capturing Fault Error",
                "Capturing Capture Success",
            ]
        );
    }

    #[test]
    fn columns_give_back_the_state_and_nothing_else() {
        for state in State::all().into_iter().chain(Failure::ALL.map(State::Failed)) {
            let failure = state.failure().map(Failure::code);
            let read = State::from_columns(state.code(), failure, state.asked());
            assert_eq!(read, Some(state));
            let releasing = State::from_columns(state.code(), failure, Some(Asked::Release));
            assert_eq!(releasing, failure.map(|_| state), "{state:?}");
        }
        assert_eq!(State::from_columns("failed", None, None), None);
        assert_eq!(State::from_columns("success", Some("expired"), None), None);
        assert_eq!(State::from_columns("success", None, Some(Asked::Capture)), None);
        assert_eq!(State::from_columns("submitted", None, Some(Asked::Capture)), None);
        assert_eq!(State::from_columns("cancelled", None, None), None);
        assert_eq!(State::from_columns("paid", None, None), None);
    }
}
