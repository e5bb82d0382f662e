//! The log of decisions: who did what to which submission, on which evidence, and why. Append-only;
//! refusals are in it too.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::CitizenId;
use aim_gov::random::Random;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::SubmissionId;
use crate::domain::staff::Staff;
use crate::domain::submission::Event;
use crate::domain::token::ApiToken;
use crate::manifest::Limits;

/// Decisions that a page shows.
const LIST_MAX: i64 = 200;
/// The outcome of what was not refused.
pub const ALLOWED: &str = "allowed";

/// In which capacity somebody acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ActorKind {
    /// An officer or a director.
    Staff,
    /// The publisher.
    Developer,
    /// The platform itself.
    Platform,
}

impl ActorKind {
    /// The name in the store.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// In which capacity.
    pub kind: ActorKind,
    /// The identifier.
    pub id: String,
    /// The name as it was then.
    pub name: String,
    /// The organisation that a developer acted for, as it was called then.
    pub organisation: Option<String>,
    /// The label of the token that a developer's program used.
    pub token: Option<String>,
}

impl Actor {
    /// Somebody of the staff.
    pub fn staff(staff: &Staff) -> Self {
        Self {
            kind: ActorKind::Staff,
            id: staff.id.0.clone(),
            name: staff.name.clone(),
            organisation: None,
            token: None,
        }
    }

    /// The platform itself.
    pub fn platform() -> Self {
        Self {
            kind: ActorKind::Platform,
            id: String::new(),
            name: String::new(),
            organisation: None,
            token: None,
        }
    }

    /// A citizen who speaks for an organisation.
    pub fn developer(citizen: &CitizenId, name: &str, organisation: &str) -> Self {
        Self {
            kind: ActorKind::Developer,
            id: citizen.0.clone(),
            name: name.to_owned(),
            organisation: Some(organisation.to_owned()),
            token: None,
        }
    }

    /// A developer's program with a token; the person is whoever made it.
    pub fn token(token: &ApiToken, organisation: &str) -> Self {
        Self {
            token: Some(token.label.clone()),
            ..Self::developer(&token.created_by, &token.created_by_name, organisation)
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The code of the event.
    pub event: String,
    /// [`ALLOWED`], or the code of the rule that refused it.
    pub outcome: String,
    /// The code of the state before.
    pub state_before: String,
    /// The code of the state after.
    pub state_after: String,
    /// The component that it was about.
    pub digest: String,
    /// SHA-256 of the report that the actor saw.
    pub evidence: Option<String>,
    /// Why.
    pub reason: String,
    /// The limits that were given.
    pub limits: Option<Limits>,
}

/// Writes a decision in the transaction of its effect.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn append(
    tx: &mut Conn,
    random: &Random,
    submission: &SubmissionId,
    decision: &Decision,
) -> Result<(), DbError> {
    let limits = decision
        .limits
        .as_ref()
        .map(serde_json::to_string)
        .transpose()
        .map_err(|_| corrupt("decision", &submission.0))?;
    sqlx::query(include_str!("../../sql/decision/append.sql"))
        .bind(random.id("dec", decision.at))
        .bind(submission.0.as_str())
        .bind(decision.at.0)
        .bind(decision.actor.kind.code())
        .bind(decision.actor.id.as_str())
        .bind(decision.actor.name.as_str())
        .bind(decision.event.as_str())
        .bind(decision.outcome.as_str())
        .bind(decision.state_before.as_str())
        .bind(decision.state_after.as_str())
        .bind(decision.digest.as_str())
        .bind(decision.evidence.as_deref())
        .bind(decision.reason.as_str())
        .bind(limits)
        .bind(decision.actor.organisation.as_deref())
        .bind(decision.actor.token.as_deref())
        .execute(tx)
        .await?;
    Ok(())
}

/// The newest decisions about a submission, oldest first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn of_submission(conn: &mut Conn, submission: &SubmissionId) -> Result<Vec<Decision>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/decision/of_submission.sql"))
        .bind(submission.0.as_str())
        .bind(LIST_MAX)
        .fetch_all(conn)
        .await?;
    rows.iter().rev().map(read).collect()
}

/// Every approval of a submission that was not refused, oldest first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn approvals(conn: &mut Conn, submission: &SubmissionId) -> Result<Vec<Decision>, DbError> {
    sqlx::query(include_str!("../../sql/decision/approvals.sql"))
        .bind(submission.0.as_str())
        .bind(Event::Approve.code())
        .bind(ALLOWED)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &AnyRow) -> Result<Decision, DbError> {
    let id: String = row.try_get("id")?;
    let kind: String = row.try_get("actor_kind")?;
    let limits: Option<String> = row.try_get("limits")?;
    Ok(Decision {
        at: Timestamp(row.try_get("at_ms")?),
        actor: Actor {
            kind: kind.parse().map_err(|_| corrupt("decision", &id))?,
            id: row.try_get("actor")?,
            name: row.try_get("actor_name")?,
            organisation: row.try_get("actor_organisation")?,
            token: row.try_get("actor_token")?,
        },
        event: row.try_get("event")?,
        outcome: row.try_get("outcome")?,
        state_before: row.try_get("state_before")?,
        state_after: row.try_get("state_after")?,
        digest: row.try_get("digest")?,
        evidence: row.try_get("evidence")?,
        reason: row.try_get("reason")?,
        limits: limits
            .map(|limits| serde_json::from_str(&limits))
            .transpose()
            .map_err(|_| corrupt("decision", &id))?,
    })
}
