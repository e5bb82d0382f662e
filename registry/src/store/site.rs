//! Applications for web sites, and the log of decisions about them.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::random::Random;
use aim_gov::{row, sql};

use super::decision::Decision;
use crate::domain::site::{Application, SITES_MAX, SiteState};
use crate::domain::{ApplicationId, OrganisationId};

/// The most applications of a list.
const LIST_MAX: i64 = 200;
/// The most decisions on a page.
const DECISIONS_MAX: i64 = 200;

row!(Application, "site_application", "id", row => Self {
    id: row.get("id")?,
    site: row.get("site")?,
    organisation: row.get("organisation")?,
    content: row.json("content")?,
    digest: row.get("digest")?,
    state: row.get("state")?,
    first_by: row.get("first_by")?,
    second_by: row.get("second_by")?,
    created_at: row.get("created_ms")?,
});

/// Stores a new application; `false` if its organisation has [`SITES_MAX`] that wait or are in force.
pub async fn insert(tx: &mut Conn, new: &Application) -> Result<bool, DbError> {
    super::organisation::lock(tx, &new.organisation).await?;
    let (open,): (i64,) = sql!("site/count_open", &new.organisation).one(tx).await?;
    if usize::try_from(open).unwrap_or(usize::MAX) >= SITES_MAX {
        return Ok(false);
    }
    let content =
        serde_json::to_string(&new.content).map_err(|_| DbError::corrupt("site_application", &new.id.0))?;
    sql!(
        "site/insert",
        &new.id,
        &new.site,
        &new.organisation,
        content,
        &new.digest,
        new.state,
        new.created_at
    )
    .run(tx)
    .await?;
    Ok(true)
}

pub async fn get(conn: &mut Conn, id: &ApplicationId) -> Result<Option<Application>, DbError> {
    sql!("site/get", id).optional(conn).await
}

/// The newest applications of an organisation, newest first.
pub async fn of_organisation(
    conn: &mut Conn,
    organisation: &OrganisationId,
) -> Result<Vec<Application>, DbError> {
    sql!("site/of_organisation", organisation, LIST_MAX)
        .all(conn)
        .await
}

/// The newest applications in a state, newest first.
pub async fn of_state(conn: &mut Conn, state: SiteState) -> Result<Vec<Application>, DbError> {
    sql!("site/of_state", state, LIST_MAX).all(conn).await
}

/// The application that is in force for a site, if it is another one than this.
pub async fn in_force(
    conn: &mut Conn,
    site: &str,
    except: &ApplicationId,
) -> Result<Option<Application>, DbError> {
    sql!("site/in_force", site, except).optional(conn).await
}

/// Stores the state of `after`, unless somebody changed the application since `before` was read.
pub async fn save(tx: &mut Conn, before: &Application, after: &Application) -> Result<bool, DbError> {
    let first = before.first_by.as_ref().map_or("", |first| first.0.as_str());
    let saved = sql!(
        "site/save",
        &after.id,
        after.state,
        &after.first_by,
        &after.second_by,
        before.state,
        &before.digest,
        first
    );
    Ok(saved.run(tx).await? == 1)
}

/// Writes a decision in the transaction of its effect.
pub async fn decide(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    application: &ApplicationId,
    decision: &Decision,
) -> Result<(), DbError> {
    sql!(
        "site/decide",
        random.id("dec", now),
        application,
        decision.at,
        decision.actor.kind,
        &decision.actor.id,
        &decision.actor.name,
        &decision.actor.organisation,
        &decision.actor.token,
        &decision.event,
        &decision.outcome,
        &decision.state_before,
        &decision.state_after,
        &decision.digest,
        &decision.reason
    )
    .run(tx)
    .await
    .map(drop)
}

/// The newest decisions about an application, oldest first.
pub async fn decisions(conn: &mut Conn, application: &ApplicationId) -> Result<Vec<Decision>, DbError> {
    let mut newest: Vec<Decision> = sql!("site/decisions", application, DECISIONS_MAX)
        .all(conn)
        .await?;
    newest.reverse();
    Ok(newest)
}
