//! AIM's staff and their log-ins.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::sessions::hashed;
use aim_gov::{row, sql};

use crate::domain::StaffId;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;

/// The most events on a page.
const EVENTS_MAX: i64 = 50;

/// An event about a person's entry or credentials.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Timestamp,
    /// The actor; empty if it happened because the waiting time passed.
    pub by: String,
    pub what: StaffEvent,
    pub person: String,
    pub role: StaffRole,
    /// The name of the organisation that the person is tied to.
    pub organisation: Option<String>,
    pub active: bool,
}

/// Password, second factor and recovery codes that a person chose.
#[derive(Clone, Debug)]
pub struct NewCredentials {
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Base32.
    pub totp_secret: String,
    pub totp_step: i64,
    /// The codes themselves; only their hashes are stored.
    pub recovery_codes: Vec<String>,
}

/// The data for verifying a log-in.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub staff: Staff,
    /// Argon2id in PHC form.
    pub password_hash: String,
}

row!(Staff, "staff", "id", row => Self {
    id: row.get("id")?,
    email: row.get("email")?,
    name: row.get("name")?,
    role: row.get("role")?,
    organisation: row.get("organisation")?,
    active: row.flag("active")?,
});
row!(Credentials, "staff", "id", row => Self {
    staff: row.rest()?,
    password_hash: row.get("password_hash")?,
});
row!(Event, "staff_event", "id", row => Self {
    at: row.get("at_ms")?,
    by: row.get("actor_name")?,
    what: row.get("event")?,
    person: row.get("person_name")?,
    role: row.get("role")?,
    organisation: row.get("organisation_name")?,
    active: row.flag("active")?,
});

/// A person, and the generation that their valid log-ins have.
struct LogIn(Staff, i64);

row!(LogIn, "staff", "id", row => Self(row.rest()?, row.get("generation")?));

/// Adds a person; `false` if the e-mail address is taken.
pub async fn add(tx: &mut Conn, staff: &Staff, password_hash: &str) -> Result<bool, DbError> {
    let inserted = sql!(
        "staff/insert",
        &staff.id,
        &staff.email,
        &staff.name,
        staff.role,
        &staff.organisation,
        i64::from(staff.active),
        password_hash
    );
    Ok(inserted.run(tx).await? == 1)
}

pub async fn credentials(conn: &mut Conn, email: &str) -> Result<Option<Credentials>, DbError> {
    sql!("staff/by_email", email).optional(conn).await
}

/// The person with this id, read at every request so that a change of role takes effect at once.
pub async fn get(conn: &mut Conn, id: &StaffId) -> Result<Option<Staff>, DbError> {
    sql!("staff/by_id", id).optional(conn).await
}

/// All people, those who left last.
pub async fn all(conn: &mut Conn) -> Result<Vec<Staff>, DbError> {
    sql!("staff/all").all(conn).await
}

/// Stores a person's role, tie and membership; `false` if the person does not exist.
pub async fn update(tx: &mut Conn, staff: &Staff) -> Result<bool, DbError> {
    let active = i64::from(staff.active);
    let updated = sql!("staff/update", &staff.id, staff.role, &staff.organisation, active);
    Ok(updated.run(tx).await? == 1)
}

/// Writes an event in the transaction of its effect. `by` is empty if the waiting time passed.
pub async fn append_event(
    tx: &mut Conn,
    id: &str,
    at: Timestamp,
    by: &str,
    what: StaffEvent,
    person: &Staff,
) -> Result<(), DbError> {
    sql!(
        "staff/append_event",
        id,
        at,
        by,
        what,
        &person.name,
        person.role,
        &person.organisation,
        i64::from(person.active)
    )
    .run(tx)
    .await?;
    Ok(())
}

/// The newest events, newest first.
pub async fn events(conn: &mut Conn) -> Result<Vec<Event>, DbError> {
    sql!("staff/events", EVENTS_MAX).all(conn).await
}

/// The person with this id, and the generation that their valid log-ins have.
pub async fn log_in(conn: &mut Conn, id: &StaffId) -> Result<Option<(Staff, i64)>, DbError> {
    let known: Option<LogIn> = sql!("staff/log_in", id).optional(conn).await?;
    Ok(known.map(|LogIn(staff, generation)| (staff, generation)))
}

/// The secret of a person's second factor, if they have one.
pub async fn factor(conn: &mut Conn, id: &StaffId) -> Result<Option<String>, DbError> {
    let factor: Option<(_,)> = sql!("staff/factor", id).optional(conn).await?;
    Ok(factor.and_then(|(secret,)| secret))
}

/// Uses the code of a time step; `false` if it, or a later one, was used before.
pub async fn spend_step(tx: &mut Conn, id: &StaffId, step: i64) -> Result<bool, DbError> {
    Ok(sql!("staff/spend_step", id, step).run(tx).await? == 1)
}

/// Uses a recovery code; `false` if the code is wrong or was used.
pub async fn spend_recovery_code(tx: &mut Conn, id: &StaffId, code: &str) -> Result<bool, DbError> {
    let spent = sql!("staff/spend_recovery_code", id, hashed(code));
    Ok(spent.run(tx).await? == 1)
}

/// The number of a person's unused recovery codes.
pub async fn recovery_codes_left(conn: &mut Conn, id: &StaffId) -> Result<i64, DbError> {
    let (codes,) = sql!("staff/recovery_codes_left", id).one(conn).await?;
    Ok(codes)
}

/// Replaces the recovery codes of a person, or of a pending proposal.
pub async fn set_recovery_codes(tx: &mut Conn, owner: &str, codes: &[String]) -> Result<(), DbError> {
    sql!("staff/forget_recovery_codes", owner).run(tx).await?;
    for code in codes {
        sql!("staff/insert_recovery_code", owner, hashed(code))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Replaces a person's password; their log-ins end.
pub async fn set_password(tx: &mut Conn, id: &StaffId, password_hash: &str) -> Result<(), DbError> {
    sql!("staff/set_password", id, password_hash).run(tx).await?;
    Ok(())
}

/// Replaces a person's second factor; their log-ins end.
pub async fn set_factor(tx: &mut Conn, id: &StaffId, secret: &str, step: i64) -> Result<(), DbError> {
    sql!("staff/set_factor", id, secret, step).run(tx).await?;
    Ok(())
}

/// Counts an attempt before it is made; at most `attempts_max` count until `ends_at`. Returns when the next one
/// is allowed, if this one is not.
pub async fn attempt(
    tx: &mut Conn,
    id: &str,
    now: Timestamp,
    ends_at: Timestamp,
    attempts_max: i64,
) -> Result<Option<Timestamp>, DbError> {
    sql!("staff/forget_old_attempts", now).run(tx).await?;
    let counted = sql!("staff/attempt", id, now, ends_at, attempts_max);
    if counted.run(tx).await? == 1 {
        return Ok(None);
    }
    let (end,) = sql!("staff/attempt_end", id).one(tx).await?;
    Ok(Some(end))
}

/// Forgets the passwords that were tried, after a right one.
pub async fn forget_attempts(tx: &mut Conn, id: &str) -> Result<(), DbError> {
    sql!("staff/forget_attempts", id).run(tx).await?;
    Ok(())
}
