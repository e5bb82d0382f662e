//! The citizens who take part in a service's test, counted against its boundary.

use sqlx::Row as _;

use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind};
use crate::invocation::{CitizenId, ServiceId};

/// Counts the citizen in, once; who is in already stays in. The count's row is locked by the update, so
/// that two who come at once cannot share the last place.
///
/// # Errors
/// `limit-exceeded(citizens)`; a storage failure.
pub async fn enrol(
    tx: &mut Conn,
    service: &ServiceId,
    citizen: &CitizenId,
    citizens_max: u32,
    now: Timestamp,
) -> Result<(), GovError> {
    let new = sqlx::query(include_str!("../../sql/consent/enrol.sql"))
        .bind(service.0.as_str())
        .bind(citizen.0.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if new == 0 {
        return Ok(());
    }
    sqlx::query(include_str!("../../sql/consent/enrol_open.sql"))
        .bind(service.0.as_str())
        .execute(&mut *tx)
        .await?;
    let counted = sqlx::query(include_str!("../../sql/consent/enrol_count.sql"))
        .bind(service.0.as_str())
        .bind(i64::from(citizens_max))
        .execute(tx)
        .await?
        .rows_affected();
    if counted == 1 {
        Ok(())
    } else {
        Err(GovError::LimitExceeded(LimitKind::Citizens))
    }
}

/// How many citizens take part in a service's test.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn enrolled(tx: &mut Conn, service: &ServiceId) -> Result<u32, DbError> {
    let row = sqlx::query(include_str!("../../sql/consent/enrolled.sql"))
        .bind(service.0.as_str())
        .fetch_optional(tx)
        .await?;
    let citizens = match row {
        Some(row) => row.try_get::<i64, _>("citizens")?,
        None => 0,
    };
    u32::try_from(citizens).map_err(|_| DbError::Corrupt {
        table: "consent_enrolment_count",
        id: service.0.clone(),
    })
}
