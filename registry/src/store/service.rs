//! Names of services and whose they are.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use sqlx::Row as _;

use crate::domain::OrganisationId;
use crate::manifest::skeleton;

/// Takes a name for an organisation, unless somebody has it; answers whose it is now.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn claim(
    tx: &mut Conn,
    name: &ServiceId,
    organisation: &OrganisationId,
    now: Timestamp,
) -> Result<OrganisationId, DbError> {
    sqlx::query(include_str!("../../sql/service/claim.sql"))
        .bind(name.0.as_str())
        .bind(skeleton(&name.0))
        .bind(organisation.0.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    let owner = sqlx::query(include_str!("../../sql/service/owner.sql"))
        .bind(name.0.as_str())
        .fetch_one(tx)
        .await?
        .try_get("organisation")?;
    Ok(OrganisationId(owner))
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
