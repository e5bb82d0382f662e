//! The actions of staff and publishers on a submission. Each attempt, refused or not, is written to the log of
//! decisions in the transaction of its effect.

use aim_gov::clock::Timestamp;
use aim_gov::consent;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::CitizenId;

use crate::app::App;
use crate::domain::SubmissionId;
use crate::domain::organisation::Organisation;
use crate::domain::staff::Staff;
use crate::domain::submission::{Approve, Circumstances, Event, Refused, State, Submission};
use crate::manifest::Limits;
use crate::store;
use crate::store::decision::{self, Actor, Decision};

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("there is no such submission")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the submission was changed concurrently")]
    Moved,
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// An attempted action, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub actor: Actor,
    pub event: Event,
    pub evidence: Option<String>,
    pub reason: String,
    pub limits: Option<Limits>,
    pub at: Timestamp,
}

impl Attempt {
    fn by(actor: Actor, event: Event, reason: &str, at: Timestamp) -> Self {
        Self {
            actor,
            event,
            evidence: None,
            reason: reason.to_owned(),
            limits: None,
            at,
        }
    }

    pub(crate) fn by_staff(staff: &Staff, event: Event, reason: &str, at: Timestamp) -> Self {
        Self::by(Actor::staff(staff), event, reason, at)
    }

    pub(crate) fn by_platform(event: Event, at: Timestamp) -> Self {
        Self::by(Actor::platform(), event, "", at)
    }
}

/// The circumstances of a decision, read in its transaction.
pub(crate) async fn circumstances(
    conn: &mut Conn,
    submission: &Submission,
) -> Result<Circumstances, DbError> {
    Ok(Circumstances {
        people: store::staff::all(conn).await?,
        publisher_verified: store::verification::of(conn, &submission.organisation)
            .await?
            .is_some(),
        name_suspended: store::suspension::of_service(conn, submission.service())
            .await?
            .is_some(),
    })
}

/// Loads a submission, applies the transition and stores both the new state and its record; a refusal is
/// recorded too.
pub(crate) async fn apply(
    tx: &mut Conn,
    random: &aim_gov::random::Random,
    id: &SubmissionId,
    attempt: Attempt,
    transition: impl FnOnce(Submission) -> Result<Submission, Refused>,
) -> Result<Result<Submission, Refused>, ReviewError> {
    let before = store::submission::get(tx, id)
        .await?
        .ok_or(ReviewError::NotFound)?;
    let state_before = before.state.code();
    let (digest, known_evidence) = (before.digest.clone(), before.state.evidence().map(str::to_owned));
    let result = transition(before);
    let (outcome, state_after) = match &result {
        Ok(after) => (decision::ALLOWED, after.state.code()),
        Err(refused) => (refused.reason.code(), state_before),
    };
    let entry = Decision {
        at: attempt.at,
        actor: attempt.actor,
        event: attempt.event.code().to_owned(),
        outcome: outcome.to_owned(),
        state_before: state_before.to_owned(),
        state_after: state_after.to_owned(),
        digest,
        evidence: attempt.evidence.or(known_evidence),
        reason: attempt.reason,
        limits: attempt.limits,
    };
    if let Ok(after) = &result
        && !store::submission::save_state(tx, after, attempt.at).await?
    {
        return Err(ReviewError::Moved);
    }
    decision::append(tx, random, id, &entry).await?;
    Ok(result.map(|after| Submission {
        revision: after.revision.saturating_add(1),
        ..after
    }))
}

/// [`apply`] in a transaction of its own.
pub(crate) async fn change(
    app: &App,
    id: &SubmissionId,
    attempt: Attempt,
    transition: impl FnOnce(Submission) -> Result<Submission, Refused>,
) -> Result<Submission, ReviewError> {
    let mut tx = app.platform.db.begin().await?;
    let changed = apply(&mut tx, &app.platform.random, id, attempt, transition).await?;
    tx.commit().await?;
    Ok(changed?)
}

/// Approves a submission. After the second approval, the answer is in the state `approved`.
pub async fn approve(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    yes: Approve,
) -> Result<Submission, ReviewError> {
    let now = app.platform.clock.now();
    let attempt = Attempt {
        evidence: Some(yes.evidence.clone()),
        limits: Some(yes.limits.clone()),
        ..Attempt::by_staff(staff, Event::Approve, &yes.note, now)
    };
    let mut tx = app.platform.db.begin().await?;
    let around = circumstances_of(&mut tx, id).await?;
    let approved = apply(&mut tx, &app.platform.random, id, attempt, |submission| {
        submission.approve(staff, yes, &around, now)
    })
    .await?;
    tx.commit().await?;
    Ok(approved?)
}

/// [`circumstances`] of the submission with this id.
pub(crate) async fn circumstances_of(
    conn: &mut Conn,
    id: &SubmissionId,
) -> Result<Circumstances, ReviewError> {
    let submission = store::submission::get(conn, id)
        .await?
        .ok_or(ReviewError::NotFound)?;
    Ok(circumstances(conn, &submission).await?)
}

/// Rejects a submission.
pub async fn reject(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    reason: &str,
) -> Result<Submission, ReviewError> {
    let now = app.platform.clock.now();
    let attempt = Attempt::by_staff(staff, Event::Reject, reason, now);
    let (staff, reason) = (staff.clone(), reason.to_owned());
    change(app, id, attempt, move |submission| {
        submission.reject(&staff, &reason, now)
    })
    .await
}

/// Withdraws a version for its publisher, unless it has ended.
///
/// # Errors
/// [`ReviewError`]; [`ReviewError::NotFound`] if it belongs to another organisation.
pub(crate) async fn withdraw(
    app: &App,
    by: (&CitizenId, &str),
    organisation: &Organisation,
    id: &SubmissionId,
) -> Result<Submission, ReviewError> {
    let now = app.platform.clock.now();
    let actor = Actor::developer(by.0, by.1, &organisation.name);
    let attempt = Attempt::by(actor, Event::Withdraw, "", now);
    let random = &app.platform.random;
    let mut tx = app.platform.db.begin().await?;
    let known = store::submission::get(&mut tx, id)
        .await?
        .filter(|submission| submission.organisation == organisation.id)
        .ok_or(ReviewError::NotFound)?;
    let withdrawn = apply(&mut tx, random, id, attempt, |submission| {
        submission.withdraw(now)
    })
    .await?;
    // With the version that citizens could open, their consents and enrolments end.
    if withdrawn.is_ok() && matches!(known.state, State::Deployed { .. } | State::Suspended { .. }) {
        consent::end_service(&mut tx, random, known.service(), now).await?;
    }
    tx.commit().await?;
    Ok(withdrawn?)
}
