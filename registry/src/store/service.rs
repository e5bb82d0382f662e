//! Names of services and whose they are.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use sqlx::Row as _;

use crate::domain::OrganisationId;
use crate::manifest::skeleton;

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The name is the organisation's, now or since before.
    Ours,
    /// It was another organisation's, lapsed, and is the organisation's now.
    Lapsed,
    /// It is another organisation's.
    Taken,
}

/// Takes a name for an organisation, unless another one has it. A name that was claimed at `lapsed_before` or
/// earlier, was never deployed, and has no version on its way is free again.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn claim(
    tx: &mut Conn,
    name: &ServiceId,
    organisation: &OrganisationId,
    now: Timestamp,
    lapsed_before: Timestamp,
) -> Result<Claim, DbError> {
    sqlx::query(include_str!("../../sql/service/claim.sql"))
        .bind(name.0.as_str())
        .bind(skeleton(&name.0))
        .bind(organisation.0.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    let taken_over = sqlx::query(include_str!("../../sql/service/take_lapsed.sql"))
        .bind(name.0.as_str())
        .bind(organisation.0.as_str())
        .bind(now.0)
        .bind(lapsed_before.0)
        .execute(&mut *tx)
        .await?;
    if taken_over.rows_affected() == 1 {
        return Ok(Claim::Lapsed);
    }
    let owner = owner(tx, name).await?;
    Ok(if owner.as_ref() == Some(organisation) {
        Claim::Ours
    } else {
        Claim::Taken
    })
}

/// Lets nobody else suspend, resume or deploy under this name until the transaction ends.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn lock(tx: &mut Conn, name: &ServiceId) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/service/lock.sql"))
        .bind(name.0.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that a version of this name is deployed; the first time counts.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn deployed(tx: &mut Conn, name: &ServiceId, at: Timestamp) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/service/deployed.sql"))
        .bind(name.0.as_str())
        .bind(at.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whose name it is.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn owner(conn: &mut Conn, name: &ServiceId) -> Result<Option<OrganisationId>, DbError> {
    let row = sqlx::query(include_str!("../../sql/service/owner.sql"))
        .bind(name.0.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row
        .map(|row| row.try_get("organisation"))
        .transpose()?
        .map(OrganisationId))
}

/// Other organisations' names that look the same at a glance.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn look_alikes(
    conn: &mut Conn,
    name: &ServiceId,
    organisation: &OrganisationId,
) -> Result<Vec<String>, DbError> {
    sqlx::query(include_str!("../../sql/service/look_alikes.sql"))
        .bind(skeleton(&name.0))
        .bind(name.0.as_str())
        .bind(organisation.0.as_str())
        .fetch_all(conn)
        .await?
        .iter()
        .map(|row| Ok(row.try_get("name")?))
        .collect()
}
