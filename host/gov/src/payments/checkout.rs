//! What a citizen does with a payment on the host's own pages: look, pay, answer the bank, turn back,
//! keep the receipt.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::card::{Behaviour, Card};
use super::lifecycle::{Lifecycle, LifecycleError};
use super::payment::Payment;
use super::receipt::{self, Receipt};
use super::state::{Event, Refused, State};
use super::{Payments, entry_of, store};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::grant::Capability;
use crate::invocation::{CitizenId, Service, ServiceId};

/// Payments on one page of a citizen's list.
pub const PAGE_PAYMENTS_MAX: u32 = 50;
/// Keeps a confirmation apart from other codes under the same key.
const MAC_DOMAIN: &str = "confirm";

/// The citizen at the pay page.
#[derive(Clone, Debug)]
pub struct Payer {
    /// Who.
    pub citizen: CitizenId,
    /// Ties the audit record to the request.
    pub request_id: String,
}

/// Whether the service may still take money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Open,
    /// Its test is over.
    Ended,
    /// It is suspended or gone; it may come back.
    Stopped,
}

impl Standing {
    /// The standing of the service that runs now, if one does.
    pub fn of(service: Option<&Service>, now: Timestamp) -> Self {
        match service {
            None => Self::Stopped,
            Some(service) if service.is_stopped() => Self::Stopped,
            Some(service) if service.grant.boundary.ends_at <= now => Self::Ended,
            Some(_) => Self::Open,
        }
    }
}

/// What the citizen answers the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The payment is mine.
    Approve,
    /// It is not.
    Refuse,
}

/// Why a page of the checkout does not work.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// There is no such payment or receipt, or it is not this citizen's.
    #[error("there is no such payment of this citizen")]
    NotFound,
    /// The service is suspended.
    #[error("the service may not take money now")]
    Stopped,
    /// The form confirms another amount or payee than the payment's.
    #[error("the confirmation is not of this payment")]
    Unconfirmed,
    /// The event cannot happen in the payment's state.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else's event came first.
    #[error("the payment has just moved on from `{}`", from.code())]
    Moved {
        /// Where it stood.
        from: State,
    },
    /// A lazy expiry failed.
    #[error("an overdue payment could not be ended: {}", .0.code())]
    Expiry(GovError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<LifecycleError> for CheckoutError {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Refused(refused) => Self::Refused(refused),
            LifecycleError::Moved { from } => Self::Moved { from },
            LifecycleError::Db(error) => Self::Db(error),
        }
    }
}

impl Payments {
    /// What the pay page's form carries, and sends back: it stands for exactly this payer, payee and
    /// amount.
    pub fn confirmation(&self, payment: &Payment) -> String {
        let amount = payment.amount.minor_units().to_string();
        self.lifecycle.key.code(MAC_DOMAIN, &confirmed(payment, &amount))
    }

    /// The citizen opens the pay page.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Db`].
    pub async fn start(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        self.at_checkout(payer, id, "start", move |lifecycle, tx, payment, now| {
            async move {
                match payment.state {
                    State::Created => Ok(lifecycle.apply(tx, payment, Event::Start, now).await?),
                    _ => Ok(payment),
                }
            }
            .boxed()
        })
        .await
    }

    /// The citizen confirms and sends the card. Sent twice, the second changes nothing and answers
    /// where the payment stands.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Stopped`], [`CheckoutError::Unconfirmed`],
    /// [`CheckoutError::Db`].
    pub async fn pay(
        &self,
        payer: &Payer,
        id: &str,
        standing: Standing,
        confirmation: String,
        card: Card,
    ) -> Result<Payment, CheckoutError> {
        self.at_checkout(payer, id, "pay", move |lifecycle, tx, payment, now| {
            async move {
                let payment = match payment.state {
                    State::Created => lifecycle.apply(tx, payment, Event::Start, now).await?,
                    State::Started => payment,
                    State::Submitted
                    | State::Capturable
                    | State::Success
                    | State::Failed(_)
                    | State::Cancelled
                    | State::Error => return Ok(payment),
                };
                let amount = payment.amount.minor_units().to_string();
                if !lifecycle
                    .key
                    .is_code(MAC_DOMAIN, &confirmed(&payment, &amount), &confirmation)
                {
                    return Err(CheckoutError::Unconfirmed);
                }
                match standing {
                    Standing::Stopped => return Err(CheckoutError::Stopped),
                    Standing::Ended => return Ok(lifecycle.apply(tx, payment, Event::Exceed, now).await?),
                    Standing::Open => {}
                }
                let payment = lifecycle.apply(tx, payment, Event::Submit, now).await?;
                let event = match card.behaviour() {
                    Behaviour::Challenge => return Ok(payment),
                    Behaviour::Approve => authorised(&payment),
                    Behaviour::Decline | Behaviour::Expired | Behaviour::WrongCvc => Event::Reject,
                    Behaviour::Fault => Event::Fault,
                };
                Ok(lifecycle.apply(tx, payment, event, now).await?)
            }
            .boxed()
        })
        .await
    }

    /// The citizen answers the bank (3-D Secure). Answered twice, the second changes nothing.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Stopped`], [`CheckoutError::Db`].
    pub async fn answer_bank(
        &self,
        payer: &Payer,
        id: &str,
        standing: Standing,
        answer: Answer,
    ) -> Result<Payment, CheckoutError> {
        self.at_checkout(payer, id, "answer-bank", move |lifecycle, tx, payment, now| {
            async move {
                if payment.state != State::Submitted {
                    return Ok(payment);
                }
                let event = match (answer, standing) {
                    (Answer::Refuse, _) => Event::Reject,
                    (Answer::Approve, Standing::Stopped) => return Err(CheckoutError::Stopped),
                    (Answer::Approve, Standing::Ended) => Event::Exceed,
                    (Answer::Approve, Standing::Open) => authorised(&payment),
                };
                Ok(lifecycle.apply(tx, payment, event, now).await?)
            }
            .boxed()
        })
        .await
    }

    /// The citizen does not want to pay. A payment that is finished, or whose money a card already
    /// holds, stays as it is.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Db`].
    pub async fn turn_back(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        self.at_checkout(payer, id, "turn-back", move |lifecycle, tx, payment, now| {
            async move {
                let payment = match payment.state {
                    State::Created => lifecycle.apply(tx, payment, Event::Start, now).await?,
                    State::Started | State::Submitted => payment,
                    State::Capturable
                    | State::Success
                    | State::Failed(_)
                    | State::Cancelled
                    | State::Error => return Ok(payment),
                };
                Ok(lifecycle.apply(tx, payment, Event::CancelByUser, now).await?)
            }
            .boxed()
        })
        .await
    }

    /// Where a payment stands.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Db`].
    pub async fn outcome(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        self.at_checkout(payer, id, "outcome", |_, _, payment, _| {
            async move { Ok(payment) }.boxed()
        })
        .await
    }

    /// A receipt of this citizen, with what it is for.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`]; [`CheckoutError::Db`], also when the receipt was changed.
    pub async fn receipt(&self, payer: &Payer, id: &str) -> Result<(Receipt, Payment), CheckoutError> {
        let now = self.platform.clock.now();
        let lifecycle = self.lifecycle.clone();
        let (payer, id) = (payer.clone(), id.to_owned());
        self.platform
            .db
            .write(move |tx| {
                async move {
                    let (receipt, payment) = receipt::find(tx, &lifecycle.key, &id)
                        .await?
                        .filter(|(_, payment)| payment.citizen == payer.citizen)
                        .ok_or(CheckoutError::NotFound)?;
                    let mut entry = entry_of(&payment, "receipt", &payer.request_id);
                    entry.object = Some(receipt.id.clone());
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    Ok((receipt, payment))
                }
                .boxed()
            })
            .await
    }

    /// What a receipt is for, to anybody who has it: its number and its code. `None` where the two do
    /// not belong together. The payer's access log shows that somebody asked.
    ///
    /// # Errors
    /// [`CheckoutError::Db`], also when the receipt was changed.
    pub async fn check_receipt(
        &self,
        request_id: String,
        id: String,
        code: String,
    ) -> Result<Option<(Receipt, Payment)>, CheckoutError> {
        let now = self.platform.clock.now();
        let lifecycle = self.lifecycle.clone();
        self.platform
            .db
            .write(move |tx| {
                async move {
                    let Some((receipt, payment)) = receipt::find(tx, &lifecycle.key, &id)
                        .await?
                        .filter(|(receipt, _)| receipt.has_code(&code))
                    else {
                        return Ok(None);
                    };
                    let mut entry = entry_of(&payment, "check-receipt", &request_id);
                    entry.object = Some(receipt.id.clone());
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    Ok(Some((receipt, payment)))
                }
                .boxed()
            })
            .await
    }

    /// A citizen's payments, newest first, older than the payment `before`; at most
    /// [`PAGE_PAYMENTS_MAX`].
    ///
    /// # Errors
    /// [`CheckoutError::Db`].
    pub async fn payments_of(
        &self,
        payer: &Payer,
        before: Option<String>,
    ) -> Result<Vec<Payment>, CheckoutError> {
        let now = self.platform.clock.now();
        let random = self.platform.random.clone();
        let payer = payer.clone();
        self.platform
            .db
            .write(move |tx| {
                async move {
                    let payments =
                        store::payments_of_citizen(tx, &payer.citizen, before.as_deref(), PAGE_PAYMENTS_MAX)
                            .await?;
                    let entry = Entry {
                        request_id: payer.request_id,
                        service: ServiceId(audit::PLATFORM.to_owned()),
                        digest: String::new(),
                        citizen: Some(payer.citizen),
                        interface: Capability::Payments,
                        operation: "my-payments",
                        purpose: None,
                        consent_id: None,
                        attributes: Vec::new(),
                        object: None,
                    };
                    audit::append(tx, &random, now, &entry, audit::ALLOWED).await?;
                    Ok(payments)
                }
                .boxed()
            })
            .await
    }

    /// Does `step` to a payment of this citizen and records it, in one transaction. Where somebody
    /// else's step came first, answers what that one left.
    async fn at_checkout<F>(
        &self,
        payer: &Payer,
        id: &str,
        operation: &'static str,
        step: F,
    ) -> Result<Payment, CheckoutError>
    where
        F: for<'c> FnOnce(
                &'c Lifecycle,
                &'c mut Conn,
                Payment,
                Timestamp,
            ) -> BoxFuture<'c, Result<Payment, CheckoutError>>
            + Send
            + 'static,
    {
        self.expire_if_overdue(id).await.map_err(CheckoutError::Expiry)?;
        let now = self.platform.clock.now();
        let lifecycle = self.lifecycle.clone();
        let (of, key) = (payer.clone(), id.to_owned());
        let done = self
            .platform
            .db
            .write(move |tx| {
                async move {
                    let payment = store::payment(tx, &key)
                        .await?
                        .filter(|payment| payment.citizen == of.citizen)
                        .ok_or(CheckoutError::NotFound)?;
                    let entry = entry_of(&payment, operation, &of.request_id);
                    let payment = step(&lifecycle, tx, payment, now).await?;
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    Ok(payment)
                }
                .boxed()
            })
            .await;
        match done {
            Err(CheckoutError::Moved { .. }) => {
                let mut reader = self.platform.db.reader().await?;
                store::payment(&mut reader, id)
                    .await?
                    .filter(|payment| payment.citizen == payer.citizen)
                    .ok_or(CheckoutError::NotFound)
            }
            done => done,
        }
    }
}

/// What a confirmation is of: everything that the page shows as who gets what from whom.
fn confirmed<'a>(payment: &'a Payment, amount: &'a str) -> [&'a str; 6] {
    [
        &payment.id,
        amount,
        &payment.citizen.0,
        &payment.service.0,
        &payment.service_code.code,
        &payment.reference,
    ]
}

/// What the provider does when the card is good.
fn authorised(payment: &Payment) -> Event {
    if payment.delayed_capture {
        Event::Authorise
    } else {
        Event::Settle
    }
}
