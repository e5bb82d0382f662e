//! Where a payment stands, and what can happen to it there. States and their meaning are GOV.UK
//! Pay's; the ISO 20022 transaction status says the same to a bank.

use super::rejection::Rejection;

/// Where a payment stands. A transition consumes the old state ([`State::on`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made; the citizen has not opened the pay page.
    Created,
    /// The citizen is on the pay page, perhaps again after a card was refused.
    Started,
    /// The card went to the provider, which waits for the citizen's bank.
    Submitted,
    /// Authorised; the money is held until the service captures it.
    Capturable,
    /// Paid.
    Success,
    /// Not paid.
    Failed(Failure),
    /// Taken back by the service.
    Cancelled,
    /// The provider broke.
    Error,
}

/// Why a payment was not made. The WIT `failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Cards were refused until no further one was taken (GOV.UK Pay P0010).
    PaymentMethodRejected,
    /// Nobody paid, or nobody captured, in time (P0020).
    Expired,
    /// The citizen turned back (P0030).
    CancelledByUser,
    /// The service took it back (P0040).
    CancelledByService,
    /// The provider broke (P0050).
    ProviderError,
    /// A boundary of the approval was reached after the payment was made.
    LimitExceeded,
}

/// What can happen to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The citizen opens the pay page.
    Start,
    /// The citizen sends the card.
    Submit,
    /// The provider holds the money for a later capture.
    Authorise,
    /// The provider moves the money.
    Settle,
    /// The card is refused; the citizen may try another one.
    TryAgain(Rejection),
    /// The card is refused, and was the last one that the payment takes.
    Reject(Rejection),
    /// The provider breaks.
    Fault,
    /// The service captures the held money.
    Capture,
    /// The citizen turns back.
    CancelByUser,
    /// The service takes the payment back.
    CancelByService,
    /// Its time is over.
    Expire,
    /// The approval's test ended before the citizen paid.
    Exceed,
}

/// The event cannot happen in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is `{}` cannot take `{event:?}`", from.code())]
pub struct Refused {
    /// Where the payment stands.
    pub from: State,
    /// What was tried.
    pub event: Event,
}

impl State {
    /// The state after `event`.
    ///
    /// # Errors
    /// [`Refused`] where the event cannot happen.
    pub fn on(self, event: Event) -> Result<Self, Refused> {
        let refused = Err(Refused { from: self, event });
        match self {
            Self::Created => match event {
                Event::Start => Ok(Self::Started),
                Event::CancelByService => Ok(Self::Cancelled),
                Event::Expire => Ok(Self::Failed(Failure::Expired)),
                Event::Exceed => Ok(Self::Failed(Failure::LimitExceeded)),
                Event::Submit
                | Event::Authorise
                | Event::Settle
                | Event::TryAgain(_)
                | Event::Reject(_)
                | Event::Fault
                | Event::Capture
                | Event::CancelByUser => refused,
            },
            Self::Started => match event {
                Event::Submit => Ok(Self::Submitted),
                Event::CancelByUser => Ok(Self::Failed(Failure::CancelledByUser)),
                Event::CancelByService => Ok(Self::Cancelled),
                Event::Expire => Ok(Self::Failed(Failure::Expired)),
                Event::Exceed => Ok(Self::Failed(Failure::LimitExceeded)),
                Event::Start
                | Event::Authorise
                | Event::Settle
                | Event::TryAgain(_)
                | Event::Reject(_)
                | Event::Fault
                | Event::Capture => refused,
            },
            Self::Submitted => match event {
                Event::Authorise => Ok(Self::Capturable),
                Event::Settle => Ok(Self::Success),
                Event::TryAgain(_) => Ok(Self::Started),
                Event::Reject(_) => Ok(Self::Failed(Failure::PaymentMethodRejected)),
                Event::Fault => Ok(Self::Error),
                Event::CancelByUser => Ok(Self::Failed(Failure::CancelledByUser)),
                Event::CancelByService => Ok(Self::Cancelled),
                Event::Expire => Ok(Self::Failed(Failure::Expired)),
                Event::Exceed => Ok(Self::Failed(Failure::LimitExceeded)),
                Event::Start | Event::Submit | Event::Capture => refused,
            },
            Self::Capturable => match event {
                Event::Capture => Ok(Self::Success),
                Event::CancelByService => Ok(Self::Cancelled),
                Event::Expire => Ok(Self::Failed(Failure::Expired)),
                Event::Start
                | Event::Submit
                | Event::Authorise
                | Event::Settle
                | Event::TryAgain(_)
                | Event::Reject(_)
                | Event::Fault
                | Event::CancelByUser
                | Event::Exceed => refused,
            },
            Self::Success | Self::Failed(_) | Self::Cancelled | Self::Error => refused,
        }
    }

    /// Whether nothing can happen any more.
    pub fn is_finished(self) -> bool {
        match self {
            Self::Created | Self::Started | Self::Submitted | Self::Capturable => false,
            Self::Success | Self::Failed(_) | Self::Cancelled | Self::Error => true,
        }
    }

    /// Why the payment was not made, where it was not.
    pub fn failure(self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Cancelled => Some(Failure::CancelledByService),
            Self::Error => Some(Failure::ProviderError),
            Self::Created | Self::Started | Self::Submitted | Self::Capturable | Self::Success => None,
        }
    }

    /// The WIT `status`, also the column.
    pub fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started => "started",
            Self::Submitted => "submitted",
            Self::Capturable => "capturable",
            Self::Success => "success",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }

    /// The state of these columns.
    pub fn from_columns(code: &str, failure: Option<&str>) -> Option<Self> {
        let state = match code {
            "created" => Self::Created,
            "started" => Self::Started,
            "submitted" => Self::Submitted,
            "capturable" => Self::Capturable,
            "success" => Self::Success,
            "failed" => Self::Failed(Failure::from_code(failure?)?),
            "cancelled" => Self::Cancelled,
            "error" => Self::Error,
            _ => return None,
        };
        (state.failure().map(Failure::code) == failure).then_some(state)
    }

    /// The ISO 20022 `ExternalPaymentTransactionStatus1Code`. A submitted payment is pending: the
    /// simulated provider answers at once unless the citizen's bank asks the citizen something.
    pub fn iso20022_status(self) -> &'static str {
        match self {
            Self::Created | Self::Started => "RCVD",
            Self::Submitted => "PDNG",
            Self::Capturable => "ACFC",
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
impl Event {
    /// Every event.
    const ALL: [Self; 12] = [
        Self::Start,
        Self::Submit,
        Self::Authorise,
        Self::Settle,
        Self::TryAgain(Rejection::Declined),
        Self::Reject(Rejection::Declined),
        Self::Fault,
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

    /// The whole table, so that a change of a rule shows as a change of a line.
    #[test]
    fn what_can_happen_where() {
        let states = [
            State::Created,
            State::Started,
            State::Submitted,
            State::Capturable,
            State::Success,
            State::Failed(Failure::Expired),
            State::Cancelled,
            State::Error,
        ];
        let mut table = String::new();
        for state in states {
            for event in Event::ALL {
                if let Ok(next) = state.on(event) {
                    let why = next.failure().map_or("", Failure::code);
                    table += &format!("{} {event:?} {} {why}\n", state.code(), next.code());
                } else {
                    assert_eq!(state.on(event), Err(Refused { from: state, event }));
                }
            }
        }
        assert_eq!(
            table.lines().map(str::trim_end).collect::<Vec<_>>(),
            [
                "created Start started",
                "created CancelByService cancelled cancelled-by-service",
                "created Expire failed expired",
                "created Exceed failed limit-exceeded",
                "started Submit submitted",
                "started CancelByUser failed cancelled-by-user",
                "started CancelByService cancelled cancelled-by-service",
                "started Expire failed expired",
                "started Exceed failed limit-exceeded",
                "submitted Authorise capturable",
                "submitted Settle success",
                "submitted TryAgain(Declined) started",
                "submitted Reject(Declined) failed payment-method-rejected",
                "submitted Fault error provider-error",
                "submitted CancelByUser failed cancelled-by-user",
                "submitted CancelByService cancelled cancelled-by-service",
                "submitted Expire failed expired",
                "submitted Exceed failed limit-exceeded",
                "capturable Capture success",
                "capturable CancelByService cancelled cancelled-by-service",
                "capturable Expire failed expired",
            ]
        );
    }

    #[test]
    fn columns_give_back_the_state_and_nothing_else() {
        for state in [State::Created, State::Success, State::Cancelled, State::Error]
            .into_iter()
            .chain(Failure::ALL.map(State::Failed))
        {
            let failure = state.failure().map(Failure::code);
            assert_eq!(State::from_columns(state.code(), failure), Some(state));
        }
        assert_eq!(State::from_columns("failed", None), None);
        assert_eq!(State::from_columns("success", Some("expired")), None);
        assert_eq!(State::from_columns("cancelled", None), None);
        assert_eq!(State::from_columns("paid", None), None);
    }
}
