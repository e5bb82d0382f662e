//! AIM's staff and their log-ins.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::{OrganisationId, StaffId};

/// What a log-in needs to know.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who it would be.
    pub staff: Staff,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// No attempt counts before this moment.
    pub locked_until: Timestamp,
}

fn read(row: &AnyRow) -> Result<Staff, DbError> {
    let id: String = row.try_get("id")?;
    let role: String = row.try_get("role")?;
    Ok(Staff {
        role: StaffRole::from_code(&role).ok_or_else(|| corrupt("staff", &id))?,
        id: StaffId(id),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        organisation: row
            .try_get::<Option<String>, _>("organisation")?
            .map(OrganisationId),
    })
}

/// Adds somebody; `false` where the log-in name is taken.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn add(tx: &mut Conn, staff: &Staff, password_hash: &str) -> Result<bool, DbError> {
    let inserted = sqlx::query(include_str!("../../sql/staff/insert.sql"))
        .bind(staff.id.0.as_str())
        .bind(staff.email.as_str())
        .bind(staff.name.as_str())
        .bind(staff.role.code())
        .bind(
            staff
                .organisation
                .as_ref()
                .map(|organisation| organisation.0.as_str()),
        )
        .bind(password_hash)
        .execute(tx)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// What the log-in of this name needs.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn credentials(conn: &mut Conn, email: &str) -> Result<Option<Credentials>, DbError> {
    let row = sqlx::query(include_str!("../../sql/staff/by_email.sql"))
        .bind(email)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(Credentials {
        staff: read(&row)?,
        password_hash: row.try_get("password_hash")?,
        locked_until: Timestamp(row.try_get("locked_until_ms")?),
    }))
}

/// Who this is, read again at every request so that a change of role acts at once.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn get(conn: &mut Conn, id: &StaffId) -> Result<Option<Staff>, DbError> {
    sqlx::query(include_str!("../../sql/staff/by_id.sql"))
        .bind(id.0.as_str())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Counts a wrong password; the `attempts_max`-th locks the log-in until `locked_until`.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn record_failure(
    tx: &mut Conn,
    id: &StaffId,
    attempts_max: i64,
    locked_until: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/record_failure.sql"))
        .bind(id.0.as_str())
        .bind(attempts_max)
        .bind(locked_until.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets wrong passwords after a right one.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn record_success(tx: &mut Conn, id: &StaffId) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/record_success.sql"))
        .bind(id.0.as_str())
        .execute(tx)
        .await?;
    Ok(())
}
