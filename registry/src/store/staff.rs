//! AIM's staff and their log-ins.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::{OrganisationId, StaffId};

/// Changes that a page shows.
const CHANGES_MAX: i64 = 50;

/// A change of somebody's entry, as it is since then.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who changed it.
    pub by: String,
    /// Whose entry.
    pub person: String,
    /// The role.
    pub role: StaffRole,
    /// The organisation that the person is tied to.
    pub organisation: Option<String>,
    /// Whether the person is let in.
    pub active: bool,
}

/// What a log-in needs to know.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who it would be.
    pub staff: Staff,
    /// Argon2id in PHC form.
    pub password_hash: String,
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
        active: row.try_get::<i64, _>("active")? == 1,
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
        .bind(tied(staff))
        .bind(i64::from(staff.active))
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

/// Everybody, those who left last.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn all(conn: &mut Conn) -> Result<Vec<Staff>, DbError> {
    sqlx::query(include_str!("../../sql/staff/all.sql"))
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Keeps somebody's role, tie and whether they are still there; `false` where there is no such person.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn update(tx: &mut Conn, staff: &Staff) -> Result<bool, DbError> {
    let updated = sqlx::query(include_str!("../../sql/staff/update.sql"))
        .bind(staff.id.0.as_str())
        .bind(staff.role.code())
        .bind(tied(staff))
        .bind(i64::from(staff.active))
        .execute(tx)
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// Writes who made somebody's entry what it is now, in the transaction that makes it so.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn append_change(
    tx: &mut Conn,
    id: &str,
    at: Timestamp,
    by: &StaffId,
    person: &Staff,
) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/append_change.sql"))
        .bind(id)
        .bind(at.0)
        .bind(by.0.as_str())
        .bind(person.id.0.as_str())
        .bind(person.role.code())
        .bind(tied(person))
        .bind(i64::from(person.active))
        .execute(tx)
        .await?;
    Ok(())
}

/// The newest changes, newest first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn changes(conn: &mut Conn) -> Result<Vec<Change>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/staff/changes.sql"))
        .bind(CHANGES_MAX)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("id")?;
            let role: String = row.try_get("role")?;
            Ok(Change {
                at: Timestamp(row.try_get("at_ms")?),
                by: row.try_get("actor_name")?,
                person: row.try_get("person_name")?,
                role: StaffRole::from_code(&role).ok_or_else(|| corrupt("staff_change", &id))?,
                organisation: row.try_get("organisation_name")?,
                active: row.try_get::<i64, _>("active")? == 1,
            })
        })
        .collect()
}

fn tied(staff: &Staff) -> Option<&str> {
    staff
        .organisation
        .as_ref()
        .map(|organisation| organisation.0.as_str())
}

/// Counts a password that is about to be tried; `attempts_max` of them count together until `ends_at`.
/// Answers when the next one is allowed, where this one is not.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn attempt(
    tx: &mut Conn,
    id: &str,
    now: Timestamp,
    ends_at: Timestamp,
    attempts_max: i64,
) -> Result<Option<Timestamp>, DbError> {
    sqlx::query(include_str!("../../sql/staff/forget_old_attempts.sql"))
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    let counted = sqlx::query(include_str!("../../sql/staff/attempt.sql"))
        .bind(id)
        .bind(now.0)
        .bind(ends_at.0)
        .bind(attempts_max)
        .execute(&mut *tx)
        .await?;
    if counted.rows_affected() == 1 {
        return Ok(None);
    }
    let end: i64 = sqlx::query(include_str!("../../sql/staff/attempt_end.sql"))
        .bind(id)
        .fetch_one(tx)
        .await?
        .try_get("ends_at_ms")?;
    Ok(Some(Timestamp(end)))
}

/// Forgets the passwords that were tried, after a right one.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn forget_attempts(tx: &mut Conn, id: &str) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/forget_attempts.sql"))
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}
