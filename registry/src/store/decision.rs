//! The log of decisions: the actor, the submission, the evidence and the grounds of each decision. Append-only;
//! it includes refusals.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::CitizenId;
use aim_gov::random::Random;
use aim_gov::{row, sql};

use crate::domain::SubmissionId;
use crate::domain::staff::Staff;
use crate::domain::submission::Event;
use crate::domain::token::ApiToken;
use crate::manifest::Limits;

/// The most decisions on a page.
const LIST_MAX: i64 = 200;
/// The outcome of an allowed decision.
pub const ALLOWED: &str = "allowed";

/// The capacity of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ActorKind {
    Staff,
    Developer,
    Platform,
}

aim_gov::coded!(ActorKind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: String,
    pub name: String,
    /// The organisation for which a developer acted, by its name at that time.
    pub organisation: Option<String>,
    /// The label of the token that a developer's program used.
    pub token: Option<String>,
}

impl Actor {
    pub fn staff(staff: &Staff) -> Self {
        Self {
            kind: ActorKind::Staff,
            id: staff.id.0.clone(),
            name: staff.name.clone(),
            organisation: None,
            token: None,
        }
    }

    pub fn platform() -> Self {
        Self {
            kind: ActorKind::Platform,
            id: String::new(),
            name: String::new(),
            organisation: None,
            token: None,
        }
    }

    /// A citizen who acts for an organisation.
    pub fn developer(citizen: &CitizenId, name: &str, organisation: &str) -> Self {
        Self {
            kind: ActorKind::Developer,
            id: citizen.0.clone(),
            name: name.to_owned(),
            organisation: Some(organisation.to_owned()),
            token: None,
        }
    }

    /// A developer's program with a token; the person is the one who made it.
    pub fn token(token: &ApiToken, organisation: &str) -> Self {
        Self {
            token: Some(token.label.clone()),
            ..Self::developer(&token.created_by, &token.created_by_name, organisation)
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub at: Timestamp,
    pub actor: Actor,
    pub event: String,
    /// [`ALLOWED`], or the code of the rule that refused it.
    pub outcome: String,
    pub state_before: String,
    pub state_after: String,
    pub digest: String,
    /// SHA-256 of the report that the actor saw.
    pub evidence: Option<String>,
    pub reason: String,
    pub limits: Option<Limits>,
}

row!(Decision, "decision", "id", row => Self {
    at: row.get("at_ms")?,
    actor: Actor {
        kind: row.get("actor_kind")?,
        id: row.get("actor")?,
        name: row.get("actor_name")?,
        organisation: row.get("actor_organisation")?,
        token: row.get("actor_token")?,
    },
    event: row.get("event")?,
    outcome: row.get("outcome")?,
    state_before: row.get("state_before")?,
    state_after: row.get("state_after")?,
    digest: row.get("digest")?,
    evidence: row.get("evidence")?,
    reason: row.get("reason")?,
    limits: match row.get::<Option<&str>>("limits")? {
        Some(limits) => row.check(serde_json::from_str(limits))?,
        None => None,
    },
});

/// Writes a decision in the transaction of its effect.
pub async fn append(
    tx: &mut Conn,
    random: &Random,
    submission: &SubmissionId,
    decision: &Decision,
) -> Result<(), DbError> {
    let limits = decision.limits.as_ref().map(serde_json::to_string);
    let limits = limits
        .transpose()
        .map_err(|_| DbError::corrupt("decision", &submission.0))?;
    sql!(
        "decision/append",
        random.id("dec", decision.at),
        submission,
        decision.at,
        decision.actor.kind,
        &decision.actor.id,
        &decision.actor.name,
        &decision.event,
        &decision.outcome,
        &decision.state_before,
        &decision.state_after,
        &decision.digest,
        &decision.evidence,
        &decision.reason,
        limits,
        &decision.actor.organisation,
        &decision.actor.token
    )
    .run(tx)
    .await?;
    Ok(())
}

/// The newest decisions about a submission, oldest first.
pub async fn of_submission(conn: &mut Conn, submission: &SubmissionId) -> Result<Vec<Decision>, DbError> {
    let mut newest: Vec<_> = sql!("decision/of_submission", submission, LIST_MAX)
        .all(conn)
        .await?;
    newest.reverse();
    Ok(newest)
}

/// Every approval of a submission that was not refused, oldest first.
pub async fn approvals(conn: &mut Conn, submission: &SubmissionId) -> Result<Vec<Decision>, DbError> {
    let approve = Event::Approve.code();
    sql!("decision/approvals", submission, approve, ALLOWED)
        .all(conn)
        .await
}
