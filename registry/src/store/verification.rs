//! Which organisations an officer has verified.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use sqlx::Row as _;

use crate::domain::OrganisationId;
use crate::domain::StaffId;
use crate::domain::organisation::Verification;

/// Keeps that an officer verified an organisation; `false` where somebody did before.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn insert(
    tx: &mut Conn,
    organisation: &OrganisationId,
    at: Timestamp,
    by: &StaffId,
    evidence: &str,
) -> Result<bool, DbError> {
    let inserted = sqlx::query(include_str!("../../sql/verification/insert.sql"))
        .bind(organisation.0.as_str())
        .bind(at.0)
        .bind(by.0.as_str())
        .bind(evidence)
        .execute(tx)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The verification of an organisation, where there is one.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn of(conn: &mut Conn, organisation: &OrganisationId) -> Result<Option<Verification>, DbError> {
    let row = sqlx::query(include_str!("../../sql/verification/of_organisation.sql"))
        .bind(organisation.0.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(Verification {
            at: Timestamp(row.try_get("at_ms")?),
            by: row.try_get("verified_by_name")?,
            evidence: row.try_get("evidence")?,
        })
    })
    .transpose()
}
