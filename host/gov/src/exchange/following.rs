//! From the agency's answer to the last status. An answer that nobody heard is asked for again under the same message;
//! what an agency decides later is asked about until it has decided. Both have an end, after which an officer looks
//! into it.

use serde_json::json;

use super::agency::{self, Heard, NotHeard};
use super::envelope::Envelope;
use super::message::{Request, STATUS};
use super::submission::{self, Failure, Status, Stored};
use super::{Exchange, log};
use crate::audit::{self, Entry};
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, Db, DbError};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::outbox::Change;
use crate::registry_operation::Operation;
use crate::sql;

/// The wait before an agency that gave no answer is asked again, in milliseconds. It doubles with each attempt.
pub const FIRST_WAIT_MS: i64 = 60 * 1000;
/// How often an agency is asked whether it has decided, and the longest wait between two attempts, in milliseconds.
pub const POLL_EVERY_MS: i64 = 6 * 60 * 60 * 1000;
/// How long an answer is asked for that nobody heard, in milliseconds.
pub const UNHEARD_MS: i64 = 3 * DAY_MS;
/// How long an agency may take to decide, in milliseconds.
pub const UNDECIDED_MS: i64 = 180 * DAY_MS;
/// Submissions without an outcome that officers see.
const GIVEN_UP_MAX: i64 = 100;
/// Submissions that one look takes on.
const SWEEP_BATCH: i64 = 200;
/// The operation in the citizen's log of an answer that the platform fetched.
const ANSWERED: &str = "answered";

/// When an agency is asked again that was asked so often.
pub(super) fn again(now: Timestamp, attempts: i64) -> Timestamp {
    let doublings = attempts.saturating_sub(1).clamp(0, 16);
    now.plus_ms(FIRST_WAIT_MS.saturating_mul(1 << doublings).min(POLL_EVERY_MS))
}

impl Stored {
    /// # Errors
    /// `unavailable` where the table of operations no longer has it.
    pub(super) fn known_operation(&self) -> Result<&'static Operation, GovError> {
        Operation::find(&self.operation).ok_or_else(agency::failed)
    }

    /// When the platform stops asking.
    fn asked_until(&self) -> Timestamp {
        self.created.plus_ms(match self.status {
            Status::Submitted => UNDECIDED_MS,
            _ => UNHEARD_MS,
        })
    }
}

impl<'a> Envelope<'a> {
    /// What the headers of a submission say.
    pub(super) fn of(stored: &'a Stored, fin: &'a str) -> Self {
        Self {
            fin: Some(fin),
            tax_id: &stored.tax_id,
            issue: &stored.issue,
            purpose: Some(&stored.purpose),
            consent: Some(&stored.consent),
        }
    }
}

impl Exchange {
    /// Asks agencies once more about what is due.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be listed.
    pub async fn sweep(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let due: Vec<Stored> = {
            let mut reader = self.platform.db.reader().await?;
            sql!("exchange/submissions_due", now, SWEEP_BATCH)
                .all(&mut reader)
                .await?
        };
        let looks = due.iter().map(|stored| async move {
            if let Err(error) = self.look_into(stored).await {
                tracing::error!(object = %stored.id, code = error.code(), "exchange.submission failed");
            }
        });
        futures::future::join_all(looks).await;
        Ok(())
    }

    /// Asks the agency about one submission, unless somebody else does.
    async fn look_into(&self, stored: &Stored) -> Result<(), GovError> {
        let request = match self.identity.person(&stored.citizen).await {
            Ok(Some(person)) => self.next_message(stored, &person.fin).ok(),
            // Without their number no agency can be asked.
            Ok(None) | Err(_) => None,
        };
        if !self.take(stored, request.as_ref()).await? {
            return Ok(());
        }
        let heard = match &request {
            Some(request) => self.agency.hand_in(request).await,
            None => Err(NotHeard::Silent),
        };
        match heard {
            Ok(heard) => self.record_heard(stored, &heard, self.entry(stored)).await,
            Err(_) if self.platform.clock.now() >= stored.asked_until() => self.give_up(stored).await,
            Err(_) => Ok(()),
        }
    }

    fn next_message(&self, stored: &Stored, fin: &str) -> Result<Request, GovError> {
        match &stored.reference {
            Some(reference) if stored.status == Status::Submitted => {
                let body = json!({ "reference": reference });
                let operation = stored.known_operation()?;
                Ok(Envelope::of(stored, fin).request(
                    self.platform.random.uuid(),
                    operation,
                    Some(STATUS),
                    &body,
                ))
            }
            _ => self.message(stored, fin),
        }
    }

    /// Takes a submission on, and writes the message into the log: without that it does not leave.
    async fn take(&self, stored: &Stored, request: Option<&Request>) -> Result<bool, GovError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let next = match stored.status {
            Status::Submitted => now.plus_ms(POLL_EVERY_MS),
            _ => again(now, stored.attempts.saturating_add(1)),
        };
        if sql!("exchange/submission_take", &stored.id, next, stored.due)
            .run(&mut tx)
            .await?
            != 1
        {
            return Ok(false);
        }
        if let Some(request) = request {
            let written = log::Written::request(&stored.service, request);
            log::append(&mut tx, &self.platform, self.identity.statements(), now, &written).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Writes an answer into the log, moves the submission, tells its service, and records it for the citizen.
    pub(super) async fn record_heard(
        &self,
        stored: &Stored,
        heard: &Heard,
        entry: Entry,
    ) -> Result<(), GovError> {
        let Exchange { platform, .. } = self;
        let response = heard.response();
        let mut tx = platform.db.begin().await?;
        let now = platform.clock.now();
        let written = log::Written::response(&stored.service, response);
        let log_id = log::append(&mut tx, platform, self.identity.statements(), now, &written).await?;
        let (status, failure, decision) = match heard {
            Heard::Done(_) => (Status::Success, None, audit::ALLOWED),
            Heard::Later(_) if now >= stored.asked_until() => {
                tx.commit().await?;
                return self.give_up(stored).await;
            }
            Heard::Later(_) => (Status::Submitted, None, audit::ALLOWED),
            Heard::Refused(_) => {
                let failure = Failure::AgencyRefused;
                (Status::Failed, Some(failure), failure.code())
            }
        };
        let is_final = status.is_final();
        let moved = sql!(
            "exchange/submission_answered",
            &stored.id,
            status,
            failure,
            agency::reference(response),
            submission::keep_answer(platform, &stored.id, response, log_id, now)?,
            (!is_final).then(|| now.plus_ms(POLL_EVERY_MS)),
            is_final.then_some(now),
            stored.status
        )
        .run(&mut tx)
        .await?;
        if moved == 1 && status != stored.status {
            self.tell(&mut tx, stored, status, now).await?;
            audit::append(&mut tx, &platform.random, now, &entry, decision).await?;
        }
        // The answer is in the log also where somebody else had recorded one before.
        Ok(tx.commit().await?)
    }

    /// Ends a submission of which nobody knows what became.
    async fn give_up(&self, stored: &Stored) -> Result<(), GovError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let moved = sql!("exchange/submission_given_up", &stored.id, now, stored.status)
            .run(&mut tx)
            .await?;
        if moved != 1 {
            return Ok(());
        }
        tracing::error!(object = %stored.id, message = %stored.message_id, "exchange.submission given up");
        self.tell(&mut tx, stored, Status::Error, now).await?;
        let (entry, decision) = (self.entry(stored), Failure::OutcomeUnknown.code());
        audit::append(&mut tx, &self.platform.random, now, &entry, decision).await?;
        Ok(tx.commit().await?)
    }

    async fn tell(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        status: Status,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let change = Change {
            event_type: EventType::SubmissionChanged,
            service: &stored.service,
            citizen: Some(&stored.citizen),
            id: &stored.id,
            status: status.into(),
            payment: None,
            happened: now,
        };
        self.outbox.changed(tx, &self.platform.random, now, change).await
    }

    /// The entry of what the platform heard outside of a call.
    fn entry(&self, stored: &Stored) -> Entry {
        Entry {
            request_id: self.platform.random.id("req", self.platform.clock.now()),
            service: stored.service.clone(),
            digest: String::new(),
            citizen: Some(stored.citizen.clone()),
            interface: Capability::Exchange,
            operation: ANSWERED,
            purpose: Some(stored.purpose.clone()),
            consent_id: Some(stored.consent.clone()),
            attributes: Vec::new(),
            object: Some(stored.object()),
            awaits_answer: false,
        }
    }
}

/// The newest [`GIVEN_UP_MAX`] submissions of which nobody knows what became, for officers.
///
/// # Errors
/// [`DbError`].
pub async fn given_up(db: &Db) -> Result<Vec<Stored>, DbError> {
    let mut reader = db.reader().await?;
    sql!("exchange/submissions_lost", GIVEN_UP_MAX)
        .all(&mut reader)
        .await
}
