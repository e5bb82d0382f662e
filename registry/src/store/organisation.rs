//! Organisations and who belongs to them.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::CitizenId;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::domain::OrganisationId;
use crate::domain::organisation::Organisation;

fn read(row: &AnyRow) -> Result<Organisation, DbError> {
    Ok(Organisation {
        id: OrganisationId(row.try_get("id")?),
        name: row.try_get("name")?,
        tax_id: row.try_get("tax_id")?,
        created_at: Timestamp(row.try_get("created_at_ms")?),
    })
}

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It is there, with its first member.
    Yes,
    /// The taxpayer's number is another organisation's.
    TaxIdTaken,
    /// The citizen belongs to an organisation already. The transaction must be rolled back.
    Member,
}

/// Registers an organisation with its first member.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn register(
    tx: &mut Conn,
    organisation: &Organisation,
    by: &CitizenId,
) -> Result<Registered, DbError> {
    let inserted = sqlx::query(include_str!("../../sql/organisation/insert.sql"))
        .bind(organisation.id.0.as_str())
        .bind(organisation.name.as_str())
        .bind(organisation.tax_id.as_str())
        .bind(organisation.created_at.0)
        .execute(&mut *tx)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Registered::TaxIdTaken);
    }
    let joined = sqlx::query(include_str!("../../sql/organisation/join.sql"))
        .bind(organisation.id.0.as_str())
        .bind(by.0.as_str())
        .bind(organisation.created_at.0)
        .execute(tx)
        .await?;
    Ok(if joined.rows_affected() == 1 {
        Registered::Yes
    } else {
        Registered::Member
    })
}

/// Lets nobody else count or add what this organisation has until the transaction ends.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn lock(tx: &mut Conn, id: &OrganisationId) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/organisation/lock.sql"))
        .bind(id.0.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// The organisations that a citizen belongs to, oldest first.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn of_citizen(conn: &mut Conn, citizen: &CitizenId) -> Result<Vec<Organisation>, DbError> {
    sqlx::query(include_str!("../../sql/organisation/of_citizen.sql"))
        .bind(citizen.0.as_str())
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// One organisation.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn get(conn: &mut Conn, id: &OrganisationId) -> Result<Option<Organisation>, DbError> {
    sqlx::query(include_str!("../../sql/organisation/get.sql"))
        .bind(id.0.as_str())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The organisation with this taxpayer's number.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn by_tax_id(conn: &mut Conn, tax_id: &str) -> Result<Option<Organisation>, DbError> {
    sqlx::query(include_str!("../../sql/organisation/by_tax_id.sql"))
        .bind(tax_id)
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}
