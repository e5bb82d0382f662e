//! What directors want for the staff, until it counts.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::sessions::hashed;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use super::staff::NewCredentials;
use crate::domain::proposal::{Proposal, ProposalKind};
use crate::domain::{OrganisationId, ProposalId, StaffId};

fn read(row: &AnyRow) -> Result<Proposal, DbError> {
    let id: String = row.try_get("id")?;
    let (kind, role): (String, String) = (row.try_get("kind")?, row.try_get("role")?);
    Ok(Proposal {
        kind: kind.parse().map_err(|_| corrupt("staff_proposal", &id))?,
        role: role.parse().map_err(|_| corrupt("staff_proposal", &id))?,
        id: ProposalId(id),
        created_at: Timestamp(row.try_get("created_at_ms")?),
        by: StaffId(row.try_get("proposed_by")?),
        by_name: row.try_get("proposer_name")?,
        person: StaffId(row.try_get("person")?),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        organisation: row
            .try_get::<Option<String>, _>("organisation")?
            .map(OrganisationId),
        active: row.try_get::<i64, _>("active")? == 1,
        due_at: Timestamp(row.try_get("due_at_ms")?),
        link_ends_at: row.try_get::<Option<i64>, _>("link_ends_at_ms")?.map(Timestamp),
        accepted_at: row.try_get::<Option<i64>, _>("accepted_at_ms")?.map(Timestamp),
    })
}

/// Keeps a new proposal; `false` where one about this person is open. `link` is the secret of the one-time
/// link; its hash is kept.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn insert(tx: &mut Conn, proposal: &Proposal, link: Option<&str>) -> Result<bool, DbError> {
    let inserted = sqlx::query(include_str!("../../sql/staff_proposal/insert.sql"))
        .bind(proposal.id.0.as_str())
        .bind(proposal.created_at.0)
        .bind(proposal.by.0.as_str())
        .bind(proposal.kind.code())
        .bind(proposal.person.0.as_str())
        .bind(proposal.email.as_str())
        .bind(proposal.name.as_str())
        .bind(proposal.role.code())
        .bind(proposal.organisation.as_ref().map(|id| id.0.as_str()))
        .bind(i64::from(proposal.active))
        .bind(proposal.due_at.0)
        .bind(link.map(hashed))
        .bind(proposal.link_ends_at.map(|at| at.0))
        .execute(tx)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Every open proposal, oldest first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn open(conn: &mut Conn) -> Result<Vec<Proposal>, DbError> {
    sqlx::query(include_str!("../../sql/staff_proposal/open.sql"))
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// An open proposal.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn get(conn: &mut Conn, id: &ProposalId) -> Result<Option<Proposal>, DbError> {
    sqlx::query(include_str!("../../sql/staff_proposal/get.sql"))
        .bind(id.0.as_str())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The open proposal of this link's secret, whether or not the link has ended.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn by_link(conn: &mut Conn, link: &str) -> Result<Option<Proposal>, DbError> {
    sqlx::query(include_str!("../../sql/staff_proposal/by_link.sql"))
        .bind(hashed(link))
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The proposals whose waiting time has passed and whose person, where needed, has accepted.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Proposal>, DbError> {
    sqlx::query(include_str!("../../sql/staff_proposal/due.sql"))
        .bind(now.0)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Keeps what the person chose; `false` where the link was used before, or has ended.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn accept(
    tx: &mut Conn,
    id: &ProposalId,
    now: Timestamp,
    new: &NewCredentials,
) -> Result<bool, DbError> {
    let accepted = sqlx::query(include_str!("../../sql/staff_proposal/accept.sql"))
        .bind(id.0.as_str())
        .bind(now.0)
        .bind(new.password_hash.as_str())
        .bind(new.totp_secret.as_str())
        .bind(new.totp_step)
        .execute(&mut *tx)
        .await?;
    if accepted.rows_affected() != 1 {
        return Ok(false);
    }
    super::staff::set_recovery_codes(tx, &id.0, &new.recovery_codes).await?;
    Ok(true)
}

/// Makes a proposal count; `false` where somebody closed it first.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn carry_out(tx: &mut Conn, proposal: &Proposal) -> Result<bool, DbError> {
    if !close(tx, &proposal.id, "done").await? {
        return Ok(false);
    }
    let id = proposal.id.0.as_str();
    match proposal.kind {
        ProposalKind::Change => {
            super::staff::update(tx, &proposal.entry()).await?;
            return Ok(true);
        }
        ProposalKind::Invite => {
            sqlx::query(include_str!("../../sql/staff_proposal/make_person.sql"))
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        ProposalKind::Reset => {
            sqlx::query(include_str!("../../sql/staff_proposal/reset_person.sql"))
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
    }
    sqlx::query(include_str!("../../sql/staff/forget_recovery_codes.sql"))
        .bind(proposal.person.0.as_str())
        .execute(&mut *tx)
        .await?;
    sqlx::query(include_str!("../../sql/staff/take_recovery_codes.sql"))
        .bind(proposal.person.0.as_str())
        .bind(id)
        .execute(&mut *tx)
        .await?;
    forget_credentials(tx, id).await?;
    Ok(true)
}

/// Ends a proposal that shall never count; `false` where somebody closed it first.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn stop(tx: &mut Conn, id: &ProposalId) -> Result<bool, DbError> {
    let stopped = close(tx, id, "stopped").await?;
    if stopped {
        forget_credentials(tx, &id.0).await?;
    }
    Ok(stopped)
}

/// Ends whatever is open about a person; answers how many.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn stop_of_person(tx: &mut Conn, person: &StaffId) -> Result<u64, DbError> {
    let stopped = sqlx::query(include_str!("../../sql/staff_proposal/stop_of_person.sql"))
        .bind(person.0.as_str())
        .execute(tx)
        .await?;
    Ok(stopped.rows_affected())
}

async fn close(tx: &mut Conn, id: &ProposalId, state: &str) -> Result<bool, DbError> {
    let closed = sqlx::query(include_str!("../../sql/staff_proposal/close.sql"))
        .bind(id.0.as_str())
        .bind(state)
        .execute(tx)
        .await?;
    Ok(closed.rows_affected() == 1)
}

async fn forget_credentials(tx: &mut Conn, id: &str) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff_proposal/forget_credentials.sql"))
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}
