//! AIM's staff and their log-ins.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::sessions::hashed;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;
use crate::domain::{OrganisationId, StaffId};

/// Events that a page shows.
const EVENTS_MAX: i64 = 50;

/// What happened to somebody's entry or credentials.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it; empty where the waiting time did.
    pub by: String,
    /// What.
    pub what: StaffEvent,
    /// Whose entry.
    pub person: String,
    /// The role.
    pub role: StaffRole,
    /// The name of the organisation that the person is tied to.
    pub organisation: Option<String>,
    /// Whether the person is let in.
    pub active: bool,
}

/// Password, second factor and recovery codes that somebody chose.
#[derive(Clone, Debug)]
pub struct NewCredentials {
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Base32.
    pub totp_secret: String,
    /// The time step of the code that proved it.
    pub totp_step: i64,
    /// The codes themselves; their hashes are kept.
    pub recovery_codes: Vec<String>,
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
        role: role.parse().map_err(|_| corrupt("staff", &id))?,
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

/// Keeps somebody's role, tie and whether they are still there; `false` where the person does not exist.
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

/// Writes what happened, in the transaction that makes it so. `by` is empty where the waiting time did it.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn append_event(
    tx: &mut Conn,
    id: &str,
    at: Timestamp,
    by: &str,
    what: StaffEvent,
    person: &Staff,
) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/append_event.sql"))
        .bind(id)
        .bind(at.0)
        .bind(by)
        .bind(what.code())
        .bind(person.name.as_str())
        .bind(person.role.code())
        .bind(tied(person))
        .bind(i64::from(person.active))
        .execute(tx)
        .await?;
    Ok(())
}

/// The newest events, newest first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn events(conn: &mut Conn) -> Result<Vec<Event>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/staff/events.sql"))
        .bind(EVENTS_MAX)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("id")?;
            let (role, event): (String, String) = (row.try_get("role")?, row.try_get("event")?);
            Ok(Event {
                at: Timestamp(row.try_get("at_ms")?),
                by: row.try_get("actor_name")?,
                what: event.parse().map_err(|_| corrupt("staff_event", &id))?,
                person: row.try_get("person_name")?,
                role: role.parse().map_err(|_| corrupt("staff_event", &id))?,
                organisation: row.try_get("organisation_name")?,
                active: row.try_get::<i64, _>("active")? == 1,
            })
        })
        .collect()
}

/// Who this is, and of which generation their log-ins must be to count.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn log_in(conn: &mut Conn, id: &StaffId) -> Result<Option<(Staff, i64)>, DbError> {
    let row = sqlx::query(include_str!("../../sql/staff/log_in.sql"))
        .bind(id.0.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((read(&row)?, row.try_get("generation")?)))
        .transpose()
}

/// The secret of somebody's second factor, if they have one.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn factor(conn: &mut Conn, id: &StaffId) -> Result<Option<String>, DbError> {
    let row = sqlx::query(include_str!("../../sql/staff/factor.sql"))
        .bind(id.0.as_str())
        .fetch_optional(conn)
        .await?;
    match row {
        Some(row) => Ok(row.try_get("totp_secret")?),
        None => Ok(None),
    }
}

/// Spends the code of a time step; `false` where it, or a later one, was spent before.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn spend_step(tx: &mut Conn, id: &StaffId, step: i64) -> Result<bool, DbError> {
    let spent = sqlx::query(include_str!("../../sql/staff/spend_step.sql"))
        .bind(id.0.as_str())
        .bind(step)
        .execute(tx)
        .await?;
    Ok(spent.rows_affected() == 1)
}

/// Spends a recovery code; `false` where the code is wrong or was spent.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn spend_recovery_code(tx: &mut Conn, id: &StaffId, code: &str) -> Result<bool, DbError> {
    let spent = sqlx::query(include_str!("../../sql/staff/spend_recovery_code.sql"))
        .bind(id.0.as_str())
        .bind(hashed(code))
        .execute(tx)
        .await?;
    Ok(spent.rows_affected() == 1)
}

/// How many recovery codes somebody has left.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn recovery_codes_left(conn: &mut Conn, id: &StaffId) -> Result<i64, DbError> {
    Ok(
        sqlx::query(include_str!("../../sql/staff/recovery_codes_left.sql"))
            .bind(id.0.as_str())
            .fetch_one(conn)
            .await?
            .try_get("codes")?,
    )
}

/// Replaces the recovery codes of a person, or of a proposal that waits.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn set_recovery_codes(tx: &mut Conn, owner: &str, codes: &[String]) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/forget_recovery_codes.sql"))
        .bind(owner)
        .execute(&mut *tx)
        .await?;
    for code in codes {
        sqlx::query(include_str!("../../sql/staff/insert_recovery_code.sql"))
            .bind(owner)
            .bind(hashed(code))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Replaces somebody's password; their log-ins are over.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn set_password(tx: &mut Conn, id: &StaffId, password_hash: &str) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/set_password.sql"))
        .bind(id.0.as_str())
        .bind(password_hash)
        .execute(tx)
        .await?;
    Ok(())
}

/// Replaces somebody's second factor; their log-ins are over.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn set_factor(tx: &mut Conn, id: &StaffId, secret: &str, step: i64) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/staff/set_factor.sql"))
        .bind(id.0.as_str())
        .bind(secret)
        .bind(step)
        .execute(tx)
        .await?;
    Ok(())
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
