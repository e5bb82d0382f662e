//! Requests to the provider. What was stored before the call ([`State::asked`]) is completed here with the
//! provider's answer, whichever process receives it. If no process does, [`Payments::reconcile`] queries it
//! later, by the id of the charge or the refund.

use super::decision::{LOST, REFUND_REFUSED, SILENT, done_by};
use super::lifecycle::LifecycleError;
use super::payment::{Payment, Refund, RefundState};
use super::provider::{ChargeState, Question, RECONCILE_AFTER_MS, RefundAnswer, RefundOrder, event_of};
use super::state::{Asked, State};
use super::store::{self, Due};
use super::{Payments, entry_of, ledger, vanished};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::error::{GovError, Problem};
use crate::event_type::EventType;
use crate::outbox::Change;
use crate::remote::{Fault, to_the_end};

/// The most requests that are reconciled at once.
const RECONCILE_BATCH: u32 = 100;

/// Why a request to the provider has no outcome.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// The provider gave no valid answer: the outcome is not known yet.
    #[error("the provider of payments did not answer, or its answer is malformed")]
    Unknown(#[source] Fault),
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),
}

impl From<DbError> for AskError {
    fn from(error: DbError) -> Self {
        Self::Lifecycle(error.into())
    }
}

impl From<AskError> for GovError {
    /// The provider was asked before the failure, so the outcome is unknown.
    fn from(error: AskError) -> Self {
        if let AskError::Lifecycle(error) = error {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "payments.answer was not recorded"
            );
        }
        provider_silent()
    }
}

/// The error for a plug-in while the provider does not answer.
pub(super) fn provider_silent() -> GovError {
    GovError::UnknownOutcome(Problem {
        code: SILENT,
        detail: "the provider of payments has not answered; query with `get`, or repeat with the same key, until it has"
            .to_owned(),
        retry_after_ms: Some(RECONCILE_AFTER_MS),
    })
}

/// Whether a request is sent for the first time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// The caller has just stored the request. A missing answer is recorded.
    First,
    /// The missing answer is already in the audit log.
    Again,
}

impl Payments {
    /// Sends the provider `question` about `payment`, which waits for the answer, and records the answer under
    /// `entry`. Continues if the caller is cancelled.
    pub(super) async fn ask(
        &self,
        payment: Payment,
        question: Question,
        time: Time,
        entry: Entry,
    ) -> Result<Payment, AskError> {
        let this = self.clone();
        let asking = async move { this.ask_to_the_end(payment, question, time, entry).await };
        to_the_end(asking).await
    }

    async fn ask_to_the_end(
        &self,
        payment: Payment,
        question: Question,
        time: Time,
        entry: Entry,
    ) -> Result<Payment, AskError> {
        let asked = payment.state.asked().unwrap_or(Asked::Release);
        let answer = self.provider.ask(&payment, question).await;
        match answer.and_then(|answer| Ok((answer, event_of(&payment, asked, answer)?))) {
            Ok((answer, event)) => {
                let mut tx = self.platform.db.begin().await?;
                let now = self.platform.clock.now();
                let before = (payment.state, payment.rejections);
                let id = payment.id.clone();
                let payment = match self.lifecycle.apply(&mut tx, payment, event, now).await {
                    // Another process received the answer and recorded it.
                    Err(LifecycleError::Moved { .. }) => {
                        let moved = store::payment(&mut tx, &id).await?;
                        return moved.ok_or_else(|| vanished("payment", &id).into());
                    }
                    moved => moved?,
                };
                let decision = match (answer, payment.state) {
                    (ChargeState::Cancelled, State::Started) => LOST,
                    _ => done_by(entry.operation, before, &payment).1,
                };
                audit::append(&mut tx, &self.platform.random, now, &entry, decision).await?;
                tx.commit().await?;
                Ok(payment)
            }
            Err(fault) => Err(self.unanswered(fault, time, &entry).await),
        }
    }

    /// Logs and, the first time, records that the provider gave no valid answer.
    async fn unanswered(&self, fault: Fault, time: Time, entry: &Entry) -> AskError {
        tracing::error!(
            object = entry.object.as_deref(),
            operation = entry.operation,
            error = &fault as &dyn std::error::Error,
            "payments.provider gave no answer"
        );
        if time == Time::Again {
            return AskError::Unknown(fault);
        }
        let written = async {
            let mut tx = self.platform.db.begin().await?;
            let now = self.platform.clock.now();
            audit::append(&mut tx, &self.platform.random, now, entry, SILENT).await?;
            tx.commit().await
        };
        // `UnknownOutcome` is returned even if the record cannot be written.
        if let Err(error) = written.await {
            tracing::error!(error = &error as &dyn std::error::Error, "payments.record failed");
        }
        AskError::Unknown(fault)
    }

    /// Requests the stored `refund` from the provider and records the answer under `entry`. Continues if the
    /// caller is cancelled.
    pub(super) async fn ask_for_refund(
        &self,
        payment: Payment,
        refund: Refund,
        time: Time,
        entry: Entry,
    ) -> Result<Refund, AskError> {
        let this = self.clone();
        let asking = async move {
            let order = RefundOrder {
                id: refund.id.clone(),
                charge: payment.charge().id,
                amount: refund.amount,
            };
            match this.provider.refund(&order).await {
                Ok(answer) => Ok(this.end_refund(&payment, refund, answer, &entry).await?),
                Err(fault) => Err(this.unanswered(fault, time, &entry).await),
            }
        };
        to_the_end(asking).await
    }

    async fn end_refund(
        &self,
        payment: &Payment,
        refund: Refund,
        answer: RefundAnswer,
        entry: &Entry,
    ) -> Result<Refund, DbError> {
        let (state, decision) = match answer {
            RefundAnswer::Done => (RefundState::Success, audit::ALLOWED),
            RefundAnswer::Refused => (RefundState::Error, REFUND_REFUSED),
        };
        let refund = Refund { state, ..refund };
        let (random, now) = (&self.platform.random, self.platform.clock.now());
        let mut tx = self.platform.db.begin().await?;
        if !store::end_refund(&mut tx, &refund).await? {
            // Another process received the answer.
            let ended = store::refund(&mut tx, &refund.id).await?;
            return ended.ok_or_else(|| vanished("payment_refund", &refund.id));
        }
        if state == RefundState::Success {
            let cause = ledger::Cause::Refund(&refund.id);
            ledger::post(&mut tx, random, now, payment, cause, refund.amount).await?;
        } else {
            store::return_refund(&mut tx, &refund).await?;
        }
        let change = Change {
            event_type: EventType::RefundChanged,
            service: &payment.service,
            citizen: Some(&payment.citizen),
            id: &refund.id,
            status: refund.state.into(),
            payment: Some(&payment.id),
            happened: now,
        };
        self.lifecycle
            .outbox
            .changed(&mut tx, random, now, change)
            .await?;
        audit::append(&mut tx, random, now, entry, decision).await?;
        tx.commit().await?;
        Ok(refund)
    }

    /// Reconciles every request that is older than [`RECONCILE_AFTER_MS`], and cancels abandoned charges at the
    /// provider. A request that stays without an answer is named in the log and repeated the next time.
    ///
    /// # Errors
    /// [`DbError::Statement`] when they cannot be listed.
    pub async fn reconcile(&self) -> Result<(), DbError> {
        let since = self.platform.clock.now().plus_ms(-i64::from(RECONCILE_AFTER_MS));
        let mut after = store::BEFORE_ALL;
        while let Some(last) = self.reconcile_payments(since, &after).await? {
            after = last;
        }
        let mut after = store::BEFORE_ALL;
        while let Some(last) = self.reconcile_refunds(since, &after).await? {
            after = last;
        }
        Ok(())
    }

    async fn reconcile_payments(&self, since: Timestamp, after: &Due) -> Result<Option<Due>, DbError> {
        let due = {
            let mut reader = self.platform.db.reader().await?;
            store::asked(&mut reader, since, after, RECONCILE_BATCH).await?
        };
        futures::future::join_all(due.iter().map(|(_, id)| self.look_into(id))).await;
        Ok(due.into_iter().last())
    }

    async fn reconcile_refunds(&self, since: Timestamp, after: &Due) -> Result<Option<Due>, DbError> {
        let due = {
            let mut reader = self.platform.db.reader().await?;
            store::submitted_refunds(&mut reader, since, after, RECONCILE_BATCH).await?
        };
        futures::future::join_all(due.iter().map(|(_, id)| async move {
            if let Err(error) = self.look_into_refund(id).await {
                report(id, &error);
            }
        }))
        .await;
        Ok(due.into_iter().last())
    }

    /// Queries the outcome of a payment's pending request, if it has one; a failure goes to the log.
    pub(super) async fn look_into(&self, id: &str) {
        if let Err(error) = self.try_to_look_into(id).await {
            report(id, &error);
        }
    }

    async fn try_to_look_into(&self, id: &str) -> Result<(), AskError> {
        let payment = {
            let mut reader = self.platform.db.reader().await?;
            store::payment(&mut reader, id).await?
        };
        let Some(payment) = payment.filter(|payment| payment.asked.is_some()) else {
            return Ok(());
        };
        let (question, operation) = match payment.state.asked() {
            Some(Asked::Authorise) => (Question::Recall, "pay"),
            Some(asked @ (Asked::Approve | Asked::Refuse)) => (Question::Repeatable(asked), "answer-bank"),
            Some(asked @ Asked::Capture) => (Question::Repeatable(asked), "capture"),
            Some(Asked::Release) | None => return self.release(&payment).await,
        };
        let entry = entry_of(&payment, operation, "");
        self.ask(payment, question, Time::Again, entry).await?;
        Ok(())
    }

    async fn release(&self, payment: &Payment) -> Result<(), AskError> {
        let question = Question::Repeatable(Asked::Release);
        let answer = self.provider.ask(payment, question).await;
        match answer.map_err(AskError::Unknown)? {
            ChargeState::Rejected(_) | ChargeState::Failed | ChargeState::Cancelled => {}
            ChargeState::Challenged | ChargeState::Held | ChargeState::Settled => {
                return Err(AskError::Unknown(Fault::Unfit("the charge is not given up")));
            }
        }
        let mut tx = self.platform.db.begin().await?;
        store::released(&mut tx, &payment.id).await?;
        Ok(tx.commit().await?)
    }

    async fn look_into_refund(&self, id: &str) -> Result<(), AskError> {
        let found = {
            let mut reader = self.platform.db.reader().await?;
            let refund = store::refund(&mut reader, id).await?;
            match refund.filter(|refund| refund.state == RefundState::Submitted) {
                Some(refund) => store::payment(&mut reader, &refund.payment_id)
                    .await?
                    .map(|payment| (payment, refund)),
                None => None,
            }
        };
        let Some((payment, refund)) = found else {
            return Ok(());
        };
        let entry = entry_of(&payment, "refund-payment", "");
        self.ask_for_refund(payment, refund, Time::Again, entry).await?;
        Ok(())
    }
}

fn report(id: &str, error: &AskError) {
    tracing::error!(
        object = %id,
        error = error as &dyn std::error::Error,
        "payments.reconciliation failed"
    );
}
