//! The citizen's actions on a payment on the host's own pages: open, pay, answer the bank, turn back.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::asking::{AskError, Time};
use super::card::Card;
use super::decision::done_by;
use super::lifecycle::{Lifecycle, LifecycleError};
use super::payment::Payment;
use super::provider::Question;
use super::receipt::{Facts, RECEIPT};
use super::state::{Asked, Event, Refused, State};
use super::{Payments, entry_of, platform_entry, store};
use crate::audit;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::directory::Directory;
use crate::invocation::{Availability, CitizenId};
use crate::random::is_id;

/// Separates confirmations from other codes under the same key.
const MAC_DOMAIN: &str = "confirm";

/// The citizen at the pay page.
#[derive(Clone, Debug)]
pub struct Payer {
    /// The citizen's identifier.
    pub citizen: CitizenId,
    /// The request id of the audit record.
    pub request_id: String,
}

/// The citizen's answer to the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankAnswer {
    /// The citizen confirms the payment.
    Approve,
    /// The citizen denies it.
    Refuse,
}

/// The result of a step of the checkout.
#[derive(Debug)]
enum Step {
    /// The payment is unchanged.
    Seen(Payment),
    /// The payment changed.
    Done(Payment),
    /// The request to the provider is stored. The record is written with the answer.
    Asks(Payment),
}

impl Step {
    /// The step that resulted in `payment`.
    fn of(payment: Payment) -> Self {
        match payment.state.asked() {
            Some(_) => Self::Asks(payment),
            None => Self::Done(payment),
        }
    }

    fn into_payment(self) -> Payment {
        match self {
            Self::Seen(payment) | Self::Done(payment) | Self::Asks(payment) => payment,
        }
    }
}

/// Why an action at the checkout failed.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The payment or receipt does not exist, or belongs to another citizen.
    #[error("there is no such payment of this citizen")]
    NotFound,
    /// The service is suspended.
    #[error("the service may not take money now")]
    Stopped,
    /// The form confirms another amount or payee than that of the payment.
    #[error("the confirmation is not of this payment")]
    Unconfirmed,
    /// The event cannot happen in the payment's state.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// An event of another process came first.
    #[error("the payment has just moved on from `{}`", from.code())]
    Moved {
        /// The state before that event.
        from: State,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl CheckoutError {
    /// The `decision` of the audit record; `None` if the storage failed, which cannot be recorded.
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NotFound => Some("not-found"),
            Self::Stopped => Some("suspended"),
            Self::Unconfirmed => Some("unconfirmed"),
            Self::Refused(_) | Self::Moved { .. } => Some("payment-state"),
            Self::Db(_) => None,
        }
    }
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
    /// The code that the form of the pay page carries and returns: it confirms everything that the page shows
    /// about the payment.
    pub fn confirmation(&self, payment: &Payment) -> String {
        let facts = Facts::of(payment).to_json();
        self.lifecycle.key.code(MAC_DOMAIN, &[&facts])
    }

    /// Opens the pay page.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Db`].
    pub async fn start(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        self.at_checkout(payer, id, "start", move |lifecycle, tx, payment, now| {
            async move {
                match payment.state {
                    State::Created => {
                        let payment = lifecycle.apply(tx, payment, Event::Start, now).await?;
                        Ok(Step::Done(payment))
                    }
                    _ => Ok(Step::Seen(payment)),
                }
            }
            .boxed()
        })
        .await
        .map(Step::into_payment)
    }

    /// Confirms the payment and submits the card. If the form is sent twice, the second one changes nothing and
    /// returns the current state. `services` decides whether the service may still take money just before the
    /// provider is asked: a suspension does not undo an earlier request.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Stopped`], [`CheckoutError::Unconfirmed`],
    /// [`CheckoutError::Db`].
    pub async fn pay(
        &self,
        payer: &Payer,
        id: &str,
        services: &Directory,
        confirmation: String,
        card: Card,
    ) -> Result<Payment, CheckoutError> {
        let services = services.clone();
        let payment = self
            .at_checkout(payer, id, "pay", move |lifecycle, tx, payment, now| {
                async move {
                    let payment = match payment.state {
                        State::Created => lifecycle.apply(tx, payment, Event::Start, now).await?,
                        State::Started => payment,
                        _ => return Ok(Step::Seen(payment)),
                    };
                    let facts = Facts::of(&payment).to_json();
                    if !lifecycle.key.is_code(MAC_DOMAIN, &[&facts], &confirmation) {
                        return Err(CheckoutError::Unconfirmed);
                    }
                    let event = match Availability::of(services.find(&payment.service).as_deref(), now) {
                        Availability::Suspended => return Err(CheckoutError::Stopped),
                        Availability::Ended => Event::Exceed,
                        Availability::Open => Event::Submit,
                    };
                    Ok(Step::of(lifecycle.apply(tx, payment, event, now).await?))
                }
                .boxed()
            })
            .await?;
        self.asked(payer, payment, "pay", Question::Charge(card)).await
    }

    /// Answers the bank (3-D Secure). If it is answered twice, the second answer changes nothing.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Stopped`], [`CheckoutError::Db`].
    pub async fn answer_bank(
        &self,
        payer: &Payer,
        id: &str,
        services: &Directory,
        answer: BankAnswer,
    ) -> Result<Payment, CheckoutError> {
        let services = services.clone();
        let payment = self
            .at_checkout(payer, id, "answer-bank", move |lifecycle, tx, payment, now| {
                async move {
                    if payment.state != State::Challenged {
                        return Ok(Step::Seen(payment));
                    }
                    let availability = Availability::of(services.find(&payment.service).as_deref(), now);
                    let event = match (answer, availability) {
                        (BankAnswer::Refuse, Availability::Open) => Event::Refuse,
                        // Another card cannot be tried.
                        (BankAnswer::Refuse, Availability::Suspended | Availability::Ended) => {
                            Event::CancelByUser
                        }
                        (BankAnswer::Approve, Availability::Suspended) => return Err(CheckoutError::Stopped),
                        (BankAnswer::Approve, Availability::Ended) => Event::Exceed,
                        (BankAnswer::Approve, Availability::Open) => Event::Approve,
                    };
                    Ok(Step::of(lifecycle.apply(tx, payment, event, now).await?))
                }
                .boxed()
            })
            .await?;
        let asked = match answer {
            BankAnswer::Approve => Asked::Approve,
            BankAnswer::Refuse => Asked::Refuse,
        };
        self.asked(payer, payment, "answer-bank", Question::Repeatable(asked))
            .await
    }

    /// Sends the provider the request that `step` stored, if it stored one. If the provider does not answer,
    /// the payment keeps waiting.
    async fn asked(
        &self,
        payer: &Payer,
        step: Step,
        operation: &'static str,
        question: Question,
    ) -> Result<Payment, CheckoutError> {
        let payment = match step {
            Step::Asks(payment) => payment,
            Step::Seen(payment) | Step::Done(payment) => return Ok(payment),
        };
        let entry = entry_of(&payment, operation, &payer.request_id);
        match self.ask(payment.clone(), question, Time::First, entry).await {
            Ok(answered) => Ok(answered),
            Err(AskError::Unknown(_)) => Ok(payment),
            // The provider may have moved the money: the citizen waits until that is known.
            Err(AskError::Lifecycle(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "payments.answer was not recorded"
                );
                Ok(payment)
            }
        }
    }

    /// Cancels the payment for the citizen. A payment that is finished, or whose money is already held, stays
    /// as it is.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Db`].
    pub async fn turn_back(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        let step = self.at_checkout(payer, id, "turn-back", move |lifecycle, tx, payment, now| {
            async move {
                let payment = match payment.state {
                    State::Created => lifecycle.apply(tx, payment, Event::Start, now).await?,
                    State::Started | State::Challenged => payment,
                    _ => return Ok(Step::Seen(payment)),
                };
                let payment = lifecycle.apply(tx, payment, Event::CancelByUser, now).await?;
                Ok(Step::Done(payment))
            }
            .boxed()
        });
        Ok(step.await?.into_payment())
    }

    /// The current state of a payment. If a request to the provider is overdue, its outcome is queried first.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`], [`CheckoutError::Db`].
    pub async fn outcome(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        let payment = self.seen(payer, id).await?;
        if !payment.is_unanswered(self.platform.clock.now()) {
            return Ok(payment);
        }
        self.look_into(id).await;
        self.seen(payer, id).await
    }

    async fn seen(&self, payer: &Payer, id: &str) -> Result<Payment, CheckoutError> {
        let step = self.at_checkout(payer, id, "outcome", |_, _, payment, _| {
            async move { Ok(Step::Seen(payment)) }.boxed()
        });
        Ok(step.await?.into_payment())
    }

    /// Applies `step` to a payment of this citizen and records the result, in one transaction. If another step
    /// came first, returns the state after that one. A refusal is recorded too.
    async fn at_checkout<F>(
        &self,
        payer: &Payer,
        id: &str,
        operation: &'static str,
        step: F,
    ) -> Result<Step, CheckoutError>
    where
        F: for<'c> FnOnce(
                &'c Lifecycle,
                &'c mut Conn,
                Payment,
                Timestamp,
            ) -> BoxFuture<'c, Result<Step, CheckoutError>>
            + Send,
    {
        match self.try_at_checkout(payer, id, operation, step).await {
            Err(CheckoutError::Moved { .. }) => Ok(Step::Seen(Box::pin(self.seen(payer, id)).await?)),
            Err(error) => Err(self.refused(payer, operation, id, error).await),
            done => done,
        }
    }

    /// [`Self::at_checkout`] before a refusal is recorded.
    async fn try_at_checkout<F>(
        &self,
        payer: &Payer,
        id: &str,
        operation: &'static str,
        step: F,
    ) -> Result<Step, CheckoutError>
    where
        F: for<'c> FnOnce(
                &'c Lifecycle,
                &'c mut Conn,
                Payment,
                Timestamp,
            ) -> BoxFuture<'c, Result<Step, CheckoutError>>
            + Send,
    {
        let lifecycle = &self.lifecycle;
        let mut tx = self.platform.db.begin().await?;
        // Read here, because the change may have waited for the database.
        let now = self.platform.clock.now();
        let payment = store::payment(&mut tx, id)
            .await?
            .filter(|payment| payment.citizen == payer.citizen)
            .ok_or(CheckoutError::NotFound)?;
        let payment = lifecycle.at(&mut tx, payment, now).await?;
        let before = (payment.state, payment.rejections);
        let step = step(lifecycle, &mut tx, payment, now).await?;
        if let Step::Seen(payment) | Step::Done(payment) = &step {
            let (operation, decision) = done_by(operation, before, payment);
            let entry = entry_of(payment, operation, &payer.request_id);
            audit::append(&mut tx, &lifecycle.random, now, &entry, decision).await?;
        }
        tx.commit().await?;
        Ok(step)
    }

    /// Records the refusal of a citizen's action and returns it; if the record fails, returns the error of the
    /// storage.
    pub(super) async fn refused(
        &self,
        payer: &Payer,
        operation: &'static str,
        object: &str,
        refusal: CheckoutError,
    ) -> CheckoutError {
        let Some(decision) = refusal.code() else {
            return refusal;
        };
        let now = self.platform.clock.now();
        // A text that is not an id may be anything from an address: it is not stored.
        let object = [store::PAYMENT, RECEIPT]
            .into_iter()
            .any(|prefix| is_id(prefix, object))
            .then_some(object);
        let entry = platform_entry(&payer.citizen, operation, &payer.request_id, object);
        let written = async {
            let mut tx = self.platform.db.begin().await?;
            audit::append(&mut tx, &self.lifecycle.random, now, &entry, decision).await?;
            tx.commit().await
        };
        written.await.map_or_else(CheckoutError::Db, |()| refusal)
    }
}
