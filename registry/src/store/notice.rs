//! What staff tell the public about the suspension of a service.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use sqlx::Row as _;

use crate::domain::public_reason::PublicReason;

/// Keeps what the public is told about a service from `at` on.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn append(
    tx: &mut Conn,
    service: &ServiceId,
    at: Timestamp,
    reason: &PublicReason,
) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/notice/insert.sql"))
        .bind(service.0.as_str())
        .bind(at.0)
        .bind(reason.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// What the public was told since `suspended_at`, where it was told anything.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn since(
    conn: &mut Conn,
    service: &ServiceId,
    suspended_at: Timestamp,
) -> Result<Option<String>, DbError> {
    let row = sqlx::query(include_str!("../../sql/notice/since.sql"))
        .bind(service.0.as_str())
        .bind(suspended_at.0)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(row.try_get("reason")?)).transpose()
}
