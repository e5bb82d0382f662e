//! Suspensions of services, by name.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::StaffId;
use crate::domain::public_reason::PublicReason;
use crate::domain::suspension::{Grounds, Suspension};

fn read(row: &AnyRow) -> Result<Suspension, DbError> {
    let id: String = row.try_get("id")?;
    Ok(Suspension {
        service: ServiceId(row.try_get("service")?),
        at: Timestamp(row.try_get("at_ms")?),
        by: StaffId(row.try_get("suspended_by")?),
        grounds: Grounds {
            internal: row.try_get("grounds")?,
            public: row
                .try_get::<Option<String>, _>("public_reason")?
                .map(|text| PublicReason::parse(&text))
                .transpose()
                .map_err(|_| corrupt("service_suspension", &id))?
                .flatten(),
        },
        id,
    })
}

/// Keeps a suspension that begins.
///
/// # Errors
/// [`DbError::Statement`]; also where the name is suspended already.
pub async fn begin(tx: &mut Conn, suspension: &Suspension) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/suspension/insert.sql"))
        .bind(suspension.id.as_str())
        .bind(suspension.service.0.as_str())
        .bind(suspension.at.0)
        .bind(suspension.by.0.as_str())
        .bind(suspension.grounds.internal.as_str())
        .bind(suspension.grounds.public.as_ref().map(PublicReason::as_str))
        .execute(tx)
        .await?;
    Ok(())
}

/// Lifts the suspension of a name; `false` where the name is not suspended.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn lift(tx: &mut Conn, service: &ServiceId, at: Timestamp, by: &StaffId) -> Result<bool, DbError> {
    let lifted = sqlx::query(include_str!("../../sql/suspension/lift.sql"))
        .bind(service.0.as_str())
        .bind(at.0)
        .bind(by.0.as_str())
        .execute(tx)
        .await?;
    Ok(lifted.rows_affected() == 1)
}

/// The present suspension of a name.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn of_service(conn: &mut Conn, service: &ServiceId) -> Result<Option<Suspension>, DbError> {
    sqlx::query(include_str!("../../sql/suspension/open_of_service.sql"))
        .bind(service.0.as_str())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Every present suspension, by name.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn all(conn: &mut Conn) -> Result<Vec<Suspension>, DbError> {
    sqlx::query(include_str!("../../sql/suspension/open.sql"))
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}
