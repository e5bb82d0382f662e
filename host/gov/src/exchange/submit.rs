//! Sending something in: the intent under the service's key, the agency outside any transaction, and its answer with the
//! citizen's record.

use futures::FutureExt as _;
use serde_json::json;

use super::agency::{NotHeard, failed};
use super::asking::{entry_of, within_limit};
use super::body;
use super::context::Context;
use super::envelope::Envelope;
use super::message::Request;
use super::plan::{Judging, Plan};
use super::submission::{self, SUBMISSION, Stored, Submission};
use super::{Exchange, following, log};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::{GovError, Problem};
use crate::idempotency::{check_key, hash_fields};
use crate::invocation::{CitizenId, Invocation};
use crate::registry_operation::Verb;
use crate::remote::to_the_end;
use crate::{sql, subs};

/// The decision in the record of a submission whose agency has not answered.
pub(super) const SILENT: &str = "agency-silent";

/// A submission that the approval covers.
#[derive(Clone)]
struct New {
    plan: Plan,
    key: String,
    content_type: String,
    content: Vec<u8>,
}

/// What stands in the database when the agency is about to be asked.
enum Intent {
    /// The key was used for the same before.
    Known(Submission),
    New(Box<Stored>, Request, Entry),
}

impl New {
    fn of(
        inv: &Invocation,
        key: &str,
        context: &Context,
        content_type: &str,
        content: &[u8],
    ) -> Result<Self, GovError> {
        check_key(key)?;
        let plan = Plan::of(inv, context, Verb::Submit, &[])?;
        Ok(Self {
            content: body::checked(plan.operation, content_type, content)?,
            key: key.to_owned(),
            content_type: content_type.to_owned(),
            plan,
        })
    }

    /// What distinguishes it from another one with the same key.
    fn hash(&self, citizen: &CitizenId) -> String {
        let content = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&self.content));
        let Plan { purpose, issue, .. } = &self.plan;
        let question = self.plan.question();
        hash_fields(&[
            &citizen.0,
            &question,
            purpose,
            issue,
            &self.content_type,
            &content,
        ])
    }
}

impl Exchange {
    /// Sends something in to an agency (WIT `submit`). The same key and content return the first submission; the same key
    /// with other content is a conflict.
    ///
    /// # Errors
    /// As the WIT says, and those of [`crate::platform::Platform::act`].
    pub async fn submit(
        &self,
        inv: &Invocation,
        key: &str,
        context: &Context,
        content_type: &str,
        content: &[u8],
    ) -> Result<Submission, GovError> {
        let entry = entry_of(inv, "submit", &context.purpose);
        let new = New::of(inv, key, context, content_type, content);
        if new.as_ref().is_ok_and(|new| new.plan.names_a_citizen()) {
            subs::learn(&self.platform, &self.identity, &inv.service.id).await?;
        }
        let (new, fin) = self.may_submit(inv, entry.clone(), new).await?;
        match self.intend_to_submit(inv, entry, new, fin).await? {
            Intent::Known(submission) => Ok(submission),
            Intent::New(stored, request, entry) => {
                let (this, asking) = (self.clone(), inv.clone());
                to_the_end(async move { this.hand_in_first(&asking, *stored, &request, entry).await }).await
            }
        }
    }

    /// Judges the submission before any other system is asked; the number by which the agency knows the citizen, where the
    /// agency will be asked.
    async fn may_submit(
        &self,
        inv: &Invocation,
        entry: Entry,
        new: Result<New, GovError>,
    ) -> Result<(New, Option<String>), GovError> {
        let (new, citizen, entry) = self
            .platform
            .may_read(inv, entry, move |reader, entry, now| {
                async move {
                    let new = new?;
                    let citizen = new.about(reader).await?;
                    entry.citizen = Some(citizen.clone());
                    let service = &new.plan.inv.service.id;
                    let known = submission::by_key(reader, service, &new.key).await?;
                    if known.is_none() {
                        new.plan.judge(reader, entry, now, Judging::Before).await?;
                    }
                    Ok((new, known.is_none().then_some(citizen), entry.clone()))
                }
                .boxed()
            })
            .await?;
        let fin = match &citizen {
            Some(citizen) => Some(self.fin(citizen, &entry).await?),
            None => None,
        };
        Ok((new, fin))
    }

    /// Writes the intent, its place in the log and its share of the limit: without all of them nothing leaves.
    async fn intend_to_submit(
        &self,
        inv: &Invocation,
        entry: Entry,
        new: New,
        fin: Option<String>,
    ) -> Result<Intent, GovError> {
        let this = self.clone();
        self.platform
            .act(inv, entry, move |tx, entry, now| {
                async move {
                    let citizen = new.about(tx).await?;
                    entry.citizen = Some(citizen.clone());
                    let hash = new.hash(&citizen);
                    let service = &new.plan.inv.service.id;
                    if let Some(known) = submission::by_key(tx, service, &new.key).await? {
                        return this.known(tx, entry, &new, &hash, known, now).await;
                    }
                    // Whoever had the key gave it back meanwhile.
                    let fin = fin.ok_or_else(failed)?;
                    new.plan.judge(tx, entry, now, Judging::WithAnswer).await?;
                    let Some(stored) = this.insert(tx, entry, &new, &citizen, &hash, now).await? else {
                        let known = submission::by_key(tx, service, &new.key).await?;
                        let known = known.ok_or_else(failed)?;
                        return this.known(tx, entry, &new, &hash, known, now).await;
                    };
                    within_limit(tx, &new.plan.inv).await?;
                    entry.object = Some(stored.object());
                    let request = this.message(&stored, &fin)?;
                    let written = log::Written::request(service, &request);
                    log::append(tx, &this.platform, this.identity.statements(), now, &written).await?;
                    entry.awaits_answer = true;
                    Ok(Intent::New(Box::new(stored), request, entry.clone()))
                }
                .boxed()
            })
            .await
    }

    /// The submission that was made with the key before, if it was the same.
    async fn known(
        &self,
        conn: &mut Conn,
        entry: &mut Entry,
        new: &New,
        hash: &str,
        known: Stored,
        now: Timestamp,
    ) -> Result<Intent, GovError> {
        entry.object = Some(known.object());
        if known.hash != hash {
            return Err(GovError::conflict(
                "idempotency-key-reused",
                "this key was used for something else; take a new one for each submission",
            ));
        }
        let shown = self.shown(conn, entry, &new.plan.inv, known, now).await?;
        Ok(Intent::Known(shown))
    }

    /// Writes the row; `None` where the key has one.
    async fn insert(
        &self,
        tx: &mut Conn,
        entry: &Entry,
        new: &New,
        citizen: &CitizenId,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Stored>, GovError> {
        let Plan {
            inv,
            operation,
            parameters,
            purpose,
            issue,
            ..
        } = &new.plan;
        let id = self.platform.random.id(SUBMISSION, now);
        let inserted = sql!(
            "exchange/submission_insert",
            &id,
            &inv.service.id,
            &inv.service.tax_id,
            &new.key,
            hash,
            &operation.code,
            serde_json::to_string(parameters).map_err(|_| GovError::storage_unavailable())?,
            citizen,
            purpose,
            entry.consent_id.as_deref().unwrap_or_default(),
            issue,
            &new.content_type,
            submission::keep_content(&self.platform, &id, &new.content)?,
            self.platform.random.uuid(),
            now,
            following::again(now, 1)
        )
        .run(tx)
        .await?;
        if inserted == 0 {
            return Ok(None);
        }
        Ok(submission::by_id(tx, &id).await?)
    }

    /// The message that brings a submission to its agency: the same in every attempt.
    pub(super) fn message(&self, stored: &Stored, fin: &str) -> Result<Request, GovError> {
        let operation = stored.known_operation()?;
        let body = json!({
            "fin": fin,
            "parameters": stored.parameters,
            "content_type": stored.content_type,
            "content": stored.content(&self.platform)?,
        });
        let message_id = stored.message_id.clone();
        Ok(Envelope::of(stored, fin).request(message_id, operation, None, &body))
    }

    /// The first attempt. Whatever becomes of it is recorded; what is not heard is asked for again by the job.
    async fn hand_in_first(
        self,
        inv: &Invocation,
        stored: Stored,
        request: &Request,
        entry: Entry,
    ) -> Result<Submission, GovError> {
        match self.agency.hand_in(request).await {
            Ok(heard) => {
                if let Err(error) = self.record_heard(&stored, &heard, entry).await {
                    tracing::error!(object = %stored.id, code = error.code(), "exchange.answer was not recorded");
                    return Err(unknown());
                }
                self.now_shown(inv, &stored.id).await.map_err(|_| unknown())
            }
            Err(NotHeard::NotSent(refusal)) => {
                match self.take_back(&stored, &entry, &refusal).await {
                    Ok(()) => Err(refusal),
                    // The job sends it.
                    Err(_) => Err(unknown()),
                }
            }
            Err(NotHeard::Silent) => {
                if self.record_silence(&entry).await.is_err() {
                    tracing::error!(object = %stored.id, "exchange.record failed");
                }
                Err(unknown())
            }
        }
    }

    /// Undoes an intent that never left: the key is free again.
    async fn take_back(&self, stored: &Stored, entry: &Entry, refusal: &GovError) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        if sql!("exchange/submission_take_back", &stored.id)
            .run(&mut tx)
            .await?
            != 1
        {
            return Err(DbError::corrupt("exchange_submission", &stored.id));
        }
        audit::append(&mut tx, &self.platform.random, now, entry, refusal.code()).await?;
        tx.commit().await
    }

    async fn record_silence(&self, entry: &Entry) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        audit::append(&mut tx, &self.platform.random, now, entry, SILENT).await?;
        tx.commit().await
    }
}

impl New {
    async fn about(&self, conn: &mut Conn) -> Result<CitizenId, GovError> {
        // Operations that send something in are about a person: the table is checked for it.
        self.plan.about(conn).await?.ok_or_else(failed)
    }
}

/// The error while it is not known what became of a submission.
fn unknown() -> GovError {
    GovError::UnknownOutcome(Problem {
        code: SILENT,
        detail: "the agency has not answered; the platform goes on asking: look with `find` and the same key"
            .to_owned(),
        retry_after_ms: Some(u32::try_from(following::FIRST_WAIT_MS).unwrap_or(u32::MAX)),
    })
}
